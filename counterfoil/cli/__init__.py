"""The `counterfoil` command: one module for each verb, imported only when it is asked for, so that each starts fast."""

from counterfoil.cli.arguments import main as main
