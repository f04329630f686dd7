"""The shop under chance: days of it, returns of it, and its processes killed; all of it repeated by its seed."""
