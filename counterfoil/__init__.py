"""Counterfoil: a billing counter a shop can trust with its money."""
