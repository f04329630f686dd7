"""`python -m counterfoil` is the `counterfoil` command."""

import sys

from counterfoil.cli import main

if __name__ == "__main__":
    sys.exit(main())
