"""Pure rules: money, pricing and tax, change, returns, numbering, errors.

Nothing here imports Django or Celery, reads a clock, a file, a setting or a database: everything that a rule
needs arrives as an argument, in integers of the unit that the argument's name says.
"""
