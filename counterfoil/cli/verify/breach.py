"""What a check has found."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """`check` is the short name of the rule; `row` what breaks it; `wrong` how; `advice` what to do about it."""

    check: str
    row: str
    wrong: str
    advice: str

    def line(self) -> str:
        return f"{self.row}: {self.wrong} [{self.check}]"

    def as_json(self) -> dict[str, str]:
        return asdict(self)


RESTORE = "Somebody or something wrote past the program. Compare with a backup, and with the printed or mailed paper."
COUNT = "Count what is there, and enter the difference as an adjustment, so that it is explained."
ASK = "This should be impossible: keep a backup of the database as it is, and report it."
