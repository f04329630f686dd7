"""Measurements, as ratios to a bare floor that does the same work in the same run."""
