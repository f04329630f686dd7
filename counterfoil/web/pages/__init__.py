"""The office pages, one module for each."""
