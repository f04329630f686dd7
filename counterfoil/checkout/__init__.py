"""The sale and its way back, each in one transaction across the capabilities. Owns no tables."""
