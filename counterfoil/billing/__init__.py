"""Invoices and credit notes, their lines, taxes and payments, number series, drafts. Issued means issued."""
