"""`counterfoil backup FILE` and `restore FILE`: the whole shop in one compressed file, the same for SQLite and
PostgreSQL, so that a shop can also move from the one to the other.

The file is a zip: one entry of JSON lines for each table, and a manifest that says what should be in them. Sessions
(everybody signs in again), the secret key and mail files are not in it.
"""
