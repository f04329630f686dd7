"""A till's day in the simulation: opened with a count, cash moved, counted, handed over, closed. Some click twice."""

from collections import Counter
from datetime import datetime
from random import Random

import pytest

from counterfoil.billing.models import Draft
from counterfoil.checkout.plan import Cashier
from counterfoil.history.session import report
from counterfoil.rules.errors import ChangeUnavailable, Invalid
from counterfoil.till import queries as till_queries
from counterfoil.till import sessions
from counterfoil.till.models import Session, Till
from tests.simulation.books import VALUES, Books, Tally, worth

FLOAT = {100_00: 3, 50_00: 4, 20_00: 5, 10_00: 8, 5_00: 6, 2_00: 10, 1_00: 10}
REPORTS_READ = 0.3


class TillDays:
    dice: Random
    now: datetime
    books: Books
    cashier: Cashier
    takers: list[int]
    happened: Counter[str]

    def open(self, till: Till) -> None:
        """The night may have changed the drawer; the float is made up in the morning."""
        expected = self.books.drawer(till.code)
        notes = dict(expected)
        for value, count in FLOAT.items():
            notes[value] = max(notes.get(value, 0), count)
        key = self._form()
        for _ in range(self._clicks()):
            session = sessions.open_session(till=till, notes=notes, now=self.now, user_id=self.cashier.id, key=key)
        known = session.opening_expected
        if till.code in self.books.drawers:
            assert till_queries.as_notes(known) == expected
        else:
            assert known is None
        self._begin(till, notes)

    def _begin(self, till: Till, notes: dict[int, int]) -> None:
        self.books.drawers[till.code] = dict(notes)
        self.books.open[till.code] = Tally()

    def close(self, till: Till) -> None:
        counted, wrong = self._miscounted(till)
        if self.dice.random() < 0.05:
            self._refused_while_paying(till, counted)
        expected, key = self.books.drawer(till.code), self._form()
        for _ in range(self._clicks()):
            session, variance = sessions.close_session(
                till=till, notes=counted, now=self.now, user_id=self.cashier.id, key=key
            )
            assert variance == wrong
        self._ended(till, session, expected, counted)
        self.books.open.pop(till.code)
        self.happened["closed"] += 1

    def hand_over(self, till: Till) -> None:
        if till.code not in self.books.open:
            return
        counted, wrong = self._miscounted(till)
        expected, key = self.books.drawer(till.code), self._form()
        current = till_queries.open_session(till)
        assert current is not None
        to_id = next(pk for pk in self.takers if pk != current.opened_by_id)
        for _ in range(self._clicks()):
            left, taken = sessions.hand_over(
                till=till, notes=counted, now=self.now, user_id=current.opened_by_id, to_id=to_id, key=key
            )
        assert (taken.opened_by_id, taken.handed_from, taken.opening_notes) == (to_id, left, left.closing_notes)
        assert till_queries.variance_of(left) == wrong
        self._ended(till, left, expected, counted)
        self._begin(till, counted)
        self.happened["handed over"] += 1

    def _ended(self, till: Till, session: Session, expected: dict[int, int], counted: dict[int, int]) -> None:
        """What was expected and counted is what the books say; so is, for some, the whole Z report, which is slow."""
        self.books.drawers[till.code] = dict(counted)
        assert till_queries.as_notes(session.expected_notes) == expected
        assert till_queries.notes(till) == till_queries.as_notes(session.closing_notes) == counted
        if self.dice.random() < REPORTS_READ:
            self._read_report(till, session, expected, counted)

    def _read_report(self, till: Till, session: Session, expected: dict[int, int], counted: dict[int, int]) -> None:
        told, tally = report(session, now=self.now), self.books.open[till.code]
        assert (told.expected_notes, told.counted_notes) == (expected, counted)
        assert all(row.adds_up for row in told.rows)
        assert (told.invoices, told.payable_paise) == (tally.bills, tally.sold_paise)
        assert (told.credit_notes, told.refunded_paise) == (tally.returns, tally.back_paise)
        assert sum(paise for _, paise in told.by_method.values()) == told.kept_paise
        assert told.variance_paise == worth(counted) - worth(expected)
        self.happened["Z report read"] += 1

    def _refused_while_paying(self, till: Till, counted: dict[int, int]) -> None:
        sale = {"lines": [{"product": "P001"}], "payments": [{"method": "cash", "notes": {"50": 1}}]}
        paying = Draft.objects.create(
            till=till, user_id=self.cashier.id, sale=sale, key=self._form(), created_at=self.now, updated_at=self.now
        )
        with pytest.raises(Invalid) as refused:
            sessions.close_session(till=till, notes=counted, now=self.now, user_id=self.cashier.id)
        assert [draft["id"] for draft in refused.value.more["drafts"]] == [str(paying.pk)]
        self.happened["not closed: paying"] += 1
        paying.delete()

    def count(self, till: Till) -> None:
        if till.code not in self.books.open:
            return
        counted, wrong = self._miscounted(till)
        expected, key = self.books.drawer(till.code), self._form()
        for _ in range(self._clicks()):
            said = sessions.count(till=till, notes=counted, now=self.now, user_id=self.cashier.id, key=key)
            assert said == (expected, wrong)
        self.books.drawers[till.code] = counted

    def _miscounted(self, till: Till) -> tuple[dict[int, int], dict[int, int]]:
        """What is counted, and how that differs from the books: now and then a note is gone, or one too many."""
        counted, wrong = self.books.drawer(till.code), {}
        if self.dice.random() < 0.3:
            value = self.dice.choice(VALUES)
            by = self.dice.choice([-1, 1]) if counted.get(value) else 1
            counted[value] = counted.get(value, 0) + by
            wrong = {value: by}
        return {value: count for value, count in counted.items() if count}, wrong

    def agree(self, till: Till) -> None:
        """Drawer, movements and books say the same."""
        assert till_queries.notes(till) == till_queries.explained_notes(till) == self.books.drawer(till.code)

    def move_cash(self, till: Till) -> None:
        if not self.books.drawer(till.code):
            return  # nobody has counted it yet
        kind, key = self.dice.choice(["cash-in", "cash-out", "safe-drop"]), self._form()
        value, count = self.dice.choice(VALUES), self.dice.randint(1, 4)
        there = self.books.drawer(till.code).get(value, 0)
        try:
            for _ in range(self._clicks()):
                sessions.move_cash(till=till, kind=kind, notes={value: count}, reason="Tea", now=self.now, key=key)
        except ChangeUnavailable:
            assert kind != "cash-in"
            assert there < count
            self.happened["cash not there"] += 1
            return
        self.books.put(till.code, {value: count}, 1 if kind == "cash-in" else -1)
        self.happened[kind] += 1

    def _clicks(self) -> int:
        return 2 if self.dice.random() < 0.1 else 1

    def _form(self) -> str:
        return f"form-{self.dice.getrandbits(64):016x}"
