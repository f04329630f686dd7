"""Whose counter it is: the user, the till that they chose, and the draft that they have open there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from counterfoil.billing import drafts
from counterfoil.billing.models import Draft
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.sale import read_sale
from counterfoil.rules.errors import NotFound
from counterfoil.till import queries as tills
from counterfoil.till.models import Till
from counterfoil.web.counter.bill import Bill
from counterfoil.web.pages.counting import blind

TILL, SAVED = "counter_till", "counter_saved"  # in the session: the till chosen, the invoice whose change still shows


@dataclass
class Desk:
    user: Any
    till: Till
    now: datetime
    blind: bool = False  # this user must not see what the drawer should hold

    @property
    def cashier(self) -> Cashier:
        return Cashier(id=self.user.pk, name=self.user.first_name or self.user.username)

    def current(self) -> Draft | None:
        return drafts.current(user_id=self.user.pk, till_id=self.till.pk)

    def open(self, draft_id: str) -> Draft:
        """The draft to change, locked; a new one where none is named and none is open."""
        if draft_id:
            return drafts.locked(draft_id=draft_id, user_id=self.user.pk)
        found = self.current()
        if found is not None:
            return drafts.locked(draft_id=str(found.id), user_id=self.user.pk)
        return drafts.begin(till=self.till, user_id=self.user.pk, now=self.now)

    def price(self, bill: Bill) -> dict[str, Any] | None:
        """Every figure that is shown, or None for a bill without lines."""
        if not bill.sale.get("lines"):
            return None
        return price_sale(sale=read_sale({**bill.sale, "till": self.till.code}), now=self.now)


def desk_of(request: HttpRequest) -> Desk:
    """The till chosen in this browser, else the first one."""
    chosen = request.session.get(TILL, "")
    try:
        till = tills.till(code=chosen)
        till = till if till.enabled else tills.till()
    except NotFound:
        till = tills.till()
    return Desk(user=request.user, till=till, now=timezone.now(), blind=blind(request))


def bill_of(draft: Draft | None) -> Bill:
    return Bill(draft.sale, draft.state) if draft else Bill()
