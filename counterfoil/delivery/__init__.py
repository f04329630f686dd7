"""The outbox: one row for each promise to mail an invoice, and who keeps the promise."""
