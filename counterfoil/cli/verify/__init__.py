"""`counterfoil verify`: what must always be true (docs/architecture.md), checked over the whole database.

One function for each check; each yields a `Breach` for every row that breaks it. `documents` goes through all issued
documents once, in order; `books`, `outbox` and `database` ask in SQL. Nothing is written, and everything is read from
one moment in time, so that a shop may go on selling meanwhile.
"""
