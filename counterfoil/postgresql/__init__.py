"""A database engine for Django's settings: see base.py."""
