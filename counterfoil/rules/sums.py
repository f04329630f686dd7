"""Which sums a drawer can make: exact, and bounded in time and memory for any drawer.

A drawer is a list of (size, count), sizes in whole units, in the order of preference. "Suffix i" is the drawer from
entry i on. Four facts keep the search small:

1. What suffix i can make is symmetrical: s is a sum exactly if total - s is one.
2. Sums near either end are looked up in a table of bits (`window` of them), built by shifting a big integer.
3. In between, a sum must have a remainder modulo the entry's size that the rest of the drawer can make.
4. If suffix i can make a sum at all, it can with almost as many of entry i as fit: at most `slack` fewer. Take the
   way with the most of entry i. Were the rest to hold size_i / g notes of one size_j (g their greatest common
   divisor), these could be exchanged for size_j / g of entry i. So either fewer than size_j / g places for entry i
   are free, for some j, or the rest holds less than size_i / g notes of every size_j, and their sum says how many.
"""

import re
from collections.abc import Callable, Sequence
from math import gcd, lcm

Drawer = Sequence[tuple[int, int]]

# (bits in the table, steps allowed between the ends); the last one takes as many steps as it needs.
STAGES = ((1 << 14, 200), (1 << 18, 2_000), (1 << 20, 8_000), (1 << 23, 40_000), (1 << 26, 0))
FEWEST_STEPS = 20_000  # after these `fewest` takes the best it has
FIRST_SPAN = 256
ONE = re.compile("1")
LARGEST_MODULUS = 1 << 20


class _TooFar(Exception):
    """The search between the ends takes too long with this window; the next one is wider."""


def search[Answer](drawer: Drawer, ask: Callable[["Sums"], Answer]) -> Answer:
    """Asks with a small window first and a wider one where that does not do."""
    for window, steps in STAGES[:-1]:
        try:
            return ask(Sums(drawer, window=window, steps=steps))
        except _TooFar:
            continue
    window, steps = STAGES[-1]
    return ask(Sums(drawer, window=window, steps=steps))


def repeat(bits: int, *, step: int, count: int, window: int) -> int:
    """The sums in `bits` with up to `count` more of `step`, as far as the window goes."""
    mask = (1 << (window + 1)) - 1
    copies, wanted = 1, min(count, window // step) + 1
    while copies < wanted:
        more = min(copies, wanted - copies)
        bits |= (bits << (more * step)) & mask
        copies += more
    return bits


def _payable(sizes: Sequence[int], span: int) -> int:
    """Bit x is set if the sizes, as many as one likes, add up to x."""
    if 1 in sizes:
        return -1  # every bit
    bits = 1
    for size in sizes:
        bits = repeat(bits, step=size, count=span, window=span)
    return bits


class Sums:
    """The sums of one drawer. Everything is worked out when it is first asked for."""

    def __init__(self, drawer: Drawer, *, window: int, steps: int) -> None:
        self.drawer = drawer
        self.steps_left = steps or -1
        self.totals = [0]
        self.units = [0]
        for size, count in reversed(drawer):
            self.totals.append(self.totals[-1] + size * count)
            self.units.append(gcd(self.units[-1], size))
        self.totals.reverse()
        self.units.reverse()
        self.window = min(window, self.totals[0])
        self._slacks: dict[int, int] = {}
        self._bits: dict[int, int] = {len(drawer): 1}
        self._tables: dict[int, bytes] = {}
        self._remainders: dict[int, int] = {}
        self._known: dict[tuple[int, int], bool] = {}

    def _takes(self, entry: int, amount: int) -> range:
        """How many of the entry to try, the most first: as many as fit, down to the slack below that."""
        size, count = self.drawer[entry]
        slack = self._slacks.get(entry)
        if slack is None:
            rest = self.drawer[entry + 1 :]
            exchange = max((other // gcd(size, other) for other, _ in rest), default=0)
            most = sum(min(count * other, lcm(size, other) - other) for other, count in rest)
            slack = self._slacks[entry] = max(exchange, most // size)
        most = min(count, amount // size)
        return range(most, max(most - slack, 0) - 1, -1)

    def bits(self, entry: int) -> int:
        """Bit s is set if suffix `entry` can make s, for s within the window."""
        if entry not in self._bits:
            size, count = self.drawer[entry]
            self._bits[entry] = repeat(self.bits(entry + 1), step=size, count=count, window=self.window)
        return self._bits[entry]

    def _in_table(self, entry: int, amount: int) -> bool:
        table = self._tables.get(entry)
        if table is None:
            table = self._tables[entry] = self.bits(entry).to_bytes(self.window // 8 + 1, "little")
        return bool(table[amount >> 3] >> (amount & 7) & 1)

    def remainders(self, entry: int) -> int:
        """Bit r is set if the notes after `entry` can make some sum with remainder r modulo its size."""
        if entry not in self._remainders:
            modulus = self.drawer[entry][0]
            mask, bits = (1 << modulus) - 1, 1
            for size, count in self.drawer[entry + 1 :]:
                turn = size % modulus
                copies, wanted = 1, min(count, modulus // gcd(modulus, size) - 1) + 1
                while copies < wanted:
                    more = min(copies, wanted - copies)
                    shift = more * turn % modulus
                    bits |= (bits << shift | bits >> (modulus - shift)) & mask
                    copies += more
            self._remainders[entry] = bits
        return self._remainders[entry]

    def can(self, entry: int, amount: int) -> bool:
        """Whether suffix `entry` can make the amount."""
        total = self.totals[entry]
        if amount < 0 or amount > total:
            return False
        if entry == len(self.drawer):
            return True
        if amount % self.units[entry]:
            return False
        from_end = min(amount, total - amount)
        if from_end <= self.window:
            return self._in_table(entry, from_end)
        return self._can_between(entry, amount)

    def _can_between(self, entry: int, amount: int) -> bool:
        known = self._known.get((entry, amount))
        if known is not None:
            return known
        size = self.drawer[entry][0]
        if size <= LARGEST_MODULUS and not self.remainders(entry) >> (amount % size) & 1:
            return False
        found = False
        for taken in self._takes(entry, amount):
            self._step()
            if self.can(entry + 1, amount - taken * size):
                found = True
                break
        self._known[entry, amount] = found
        return found

    def _step(self) -> None:
        if self.steps_left == 0:
            raise _TooFar
        self.steps_left -= 1

    def first(self, amount: int) -> list[int] | None:
        """The counts with the most of the first entry, then of the second, and so on."""
        if not self.can(0, amount):
            return None
        counts = []
        for entry, (size, count) in enumerate(self.drawer):
            taken = min(count, amount // size)
            while not self.can(entry + 1, amount - taken * size):
                taken -= 1
            counts.append(taken)
            amount -= taken * size
        return counts

    def fewest(self, amount: int) -> list[int] | None:
        """Counts that add up to the amount, with the fewest notes in all that were found (sizes falling).

        They are the fewest there are, and the first such, if the search comes to its end. It is cut off after
        FEWEST_STEPS steps, for drawers exist where it would take hours: then they are the best so far, which are
        exact, never more notes than `first` gives, and not proven to be the fewest.
        """
        first = self.first(amount)
        if first is None:
            return None
        best = first
        least_used: dict[tuple[int, int], int] = {}
        steps_left = FEWEST_STEPS

        def improve(entry: int, left: int, counts: list[int], used: int) -> None:
            nonlocal best, steps_left
            if not left:
                best = counts + [0] * (len(self.drawer) - entry)
                return
            seen = least_used.get((entry, left))
            if (seen is not None and seen <= used) or not self.can(entry, left):
                return
            least_used[entry, left] = used
            size = self.drawer[entry][0]
            for taken in self._takes(entry, left):
                rest = left - taken * size
                steps_left -= 1
                if steps_left < 0 or used + taken + self._at_least(entry + 1, rest) >= sum(best):
                    return
                improve(entry + 1, rest, [*counts, taken], used + taken)

        improve(0, amount, [], 0)
        return best

    def _at_least(self, entry: int, amount: int) -> int:
        """Fewer notes cannot do it: the highest first, the last of them in part (sizes falling)."""
        notes = 0
        for size, count in self.drawer[entry:]:
            if amount <= size * count:
                return notes - (-amount // size)
            notes += count
            amount -= size * count
        return notes + amount

    def next_above(self, amount: int, payable: Sequence[int], reach: int) -> int | None:
        """The smallest extra above zero, at most `reach`, that is payable and makes amount + extra a sum."""
        reach = min(reach, self.totals[0] - amount)
        span = min(reach, FIRST_SPAN)
        while True:
            extras = self._may_be_sums(amount, span)
            flags = bin(extras & _payable(payable, span))[:1:-1]
            for flag in ONE.finditer(flags, 1):
                if self.can(0, amount + flag.start()):
                    return flag.start()
            if span == reach:
                return None
            span = min(reach, 8 * span)

    def _may_be_sums(self, amount: int, span: int) -> int:
        """Bit x is set where amount + x may be a sum, for x up to span; exact within the window."""
        mask = (1 << (span + 1)) - 1
        if amount + span <= self.window:
            return self.bits(0) >> amount & mask
        modulus = self.drawer[0][0]
        if modulus > LARGEST_MODULUS:
            return mask
        turned = self.remainders(0)
        shift = amount % modulus
        turned = (turned >> shift | turned << (modulus - shift)) & ((1 << modulus) - 1)
        return repeat(turned, step=modulus, count=span // modulus, window=span) & mask
