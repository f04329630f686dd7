"""The JSON API as a client meets it: through Django's own test client, on either database."""
