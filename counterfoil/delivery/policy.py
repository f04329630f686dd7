"""How patient the outbox is: waits between tries, when to give up, when a worker counts as dead. Pure."""

import random
from datetime import timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# 1 + 2 + … + 256 minutes and then 6 hours each: twenty tries fill three days. Tries, not days, are counted, because
# a shop's PC is off at night.
TRIES_AT_MOST = 20
JITTER = 0.2  # so that a thousand letters put off together do not come back together
DEAD_AFTER = timedelta(minutes=5)  # a claim this old has no worker any more; see smtp.LETTER_SECONDS
SKEW = timedelta(seconds=2)  # two machines' clocks differ, and the doorbell must not come too early

_ORDINALS = ("No", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


def wait_before_next(tries: int, *, chance: float | None = None) -> timedelta | None:
    """How long to wait after so many tries, or None: give up. `chance` (0 to 1) is drawn when not given."""
    if tries >= TRIES_AT_MOST:
        return None
    plain = min(FIRST_WAIT * 2 ** (max(tries, 1) - 1), LONGEST_WAIT)
    drawn = random.random() if chance is None else chance
    return plain * (1 - JITTER + 2 * JITTER * drawn)


def ordinal(tries: int) -> str:
    """`First`, `Second` …, `Try 11`'s beginning of a sentence."""
    return f"{_ORDINALS[tries]} try" if 0 < tries < len(_ORDINALS) else f"Try {tries}"


def in_words(wait: timedelta) -> str:
    """`in a minute`, `in 8 minutes`, `in 6 hours`."""
    minutes = round(wait.total_seconds() / 60)
    if minutes < 1:
        return "in less than a minute"
    if minutes < 90:
        return "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return f"in {round(minutes / 60)} hours"
