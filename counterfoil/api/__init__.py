"""The JSON API: schemas, views, error mapping. No rule lives here."""
