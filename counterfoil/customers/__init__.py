"""Customer Master."""
