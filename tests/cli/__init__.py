"""The command, as its users type it."""
