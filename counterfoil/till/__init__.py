"""Denomination Master, tills, drawers counted per denomination, sessions, cash movements."""
