"""Why a letter did not go out, in words for the shop, and what may be done about it."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    TEMPORARY = "temporary"  # not accepted; worth another try
    PERMANENT = "permanent"  # not accepted; another try would end the same way
    AMBIGUOUS = "ambiguous"  # handed over in full, no answer came: accepted or not, nobody here knows


@dataclass(eq=False)
class Trouble(Exception):
    """One failed try. `code` is the mail server's, 0 when it gave none; `look_at` names the settings to check."""

    reason: str
    kind: Kind = Kind.TEMPORARY
    code: int = 0
    look_at: str = ""

    def __str__(self) -> str:
        return self.reason


class ClaimLost(Exception):
    """The sweep took this worker for dead and gave the letter away: it must not be sent by this worker."""
