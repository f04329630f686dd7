"""Product Master: products, tax classes, stock and its movements."""
