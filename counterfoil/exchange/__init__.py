"""Masters in from CSV and XLSX, masters and invoices out: reading, the dry run, applying, writing. Owns no tables."""
