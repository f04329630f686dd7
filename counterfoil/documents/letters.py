from dataclasses import dataclass
@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
def letter(document): ...
