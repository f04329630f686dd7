"""Pages, forms, templates, static files. No rule lives here."""
