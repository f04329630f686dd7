"""One paper, made in a process of its own: JSON in (`document`, `format`), PDF out. See `printing._pdf_elsewhere`."""

import json
import sys

from counterfoil.documents import pdf

if __name__ == "__main__":
    asked = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(pdf(asked["document"], format=asked["format"]))
