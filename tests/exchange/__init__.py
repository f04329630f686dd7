"""Import and export, with real files."""
