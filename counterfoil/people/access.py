"""Who may do what: the one table. Pages and API calls name an ability; nothing else decides."""

from counterfoil.people.models import Role
from counterfoil.rules.errors import Forbidden

OWNER, CASHIER, ACCOUNTANT = Role.OWNER.value, Role.CASHIER.value, Role.ACCOUNTANT.value

ABILITIES: dict[str, frozenset[str]] = {
    "look": frozenset({OWNER, CASHIER, ACCOUNTANT}),  # masters, tills, invoices, their PDFs
    "sell": frozenset({OWNER, CASHIER}),  # ring up, price, hold and recall, return, add a customer, mail again
    "till": frozenset({OWNER, CASHIER}),  # open, count, cash in and out, close
    "masters": frozenset({OWNER}),  # change products, customers, denominations, tills; import
    "day": frozenset({OWNER, ACCOUNTANT}),  # the day, totals, tax summaries
    "export": frozenset({OWNER, ACCOUNTANT}),
    "mail": frozenset({OWNER}),  # the outbox: retry all
    "settings": frozenset({OWNER}),  # the shop, users, tokens, the audit trail
}


def may(role: str, ability: str) -> bool:
    return role in ABILITIES[ability]


def require(role: str, ability: str) -> None:
    """Raises Forbidden."""
    if not may(role, ability):
        raise Forbidden("This needs another role: ask the owner.")
