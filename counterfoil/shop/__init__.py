"""The shop's own settings, and its identity as invoices copy it."""
