"""A command that says no: printed as it is, exit code 1."""


class Refused(Exception):
    """The message says what is wrong and what to do."""
