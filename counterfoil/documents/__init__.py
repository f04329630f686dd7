"""An issued invoice on paper and in the post: A4 PDF, 80 mm receipt, UPI QR, letter.

Everything here is a pure function of one plain dict, the invoice of the JSON API with a few additions (see
`sheet.py`). No models, no settings, no clock, and nothing is priced again: what the dict says is what is printed.
"""

from counterfoil.documents.accounts import tax_tables
from counterfoil.documents.letters import Letter, letter
from counterfoil.documents.printing import filename, pdf
from counterfoil.documents.sheet import title
from counterfoil.documents.upi import upi_qr_svg, upi_uri

__all__ = ["Letter", "filename", "letter", "pdf", "tax_tables", "title", "upi_qr_svg", "upi_uri"]
