"""What a benchmark found beside what was promised: as a table, as JSON, and drawn for docs/performance.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

BAR, ROW, LEFT, RIGHT = 260, 22, 430, 130
AT_MOST_SHOWN = 2.0  # of the promise; longer bars are cut


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`, with the lowest and highest round. `wanted` None: only told. `more`: is more better?"""

    what: str
    value: float
    low: float
    high: float
    unit: str
    wanted: float | None = None
    more: bool = True

    @property
    def kept(self) -> bool | None:
        if self.wanted is None:
            return None
        return self.value >= self.wanted if self.more else self.value <= self.wanted


def table(figures: Sequence[Figure]) -> str:
    width = max((len(f.what) for f in figures), default=0)
    return "\n".join(
        f"{f.what:{width}}  {number(f.value):>8} [{number(f.low)}-{number(f.high)}] {f.unit}{_promise(f)}"
        for f in figures
    )


def number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


def _promise(figure: Figure) -> str:
    if figure.wanted is None:
        return ""
    side = "at least" if figure.more else "at most"
    return f"   {side} {number(figure.wanted)}: {'kept' if figure.kept else 'MISSED'}"


def write(path: Path, figures: Sequence[Figure]) -> None:
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> list[Figure]:
    return [Figure(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def svg(figures: Sequence[Figure], *, title: str) -> str:
    """A bar for each promise, as long as what was found against it; the line is the promise itself."""
    shown = [figure for figure in figures if figure.wanted]
    height = ROW * (len(shown) + 2)
    line = LEFT + BAR / AT_MOST_SHOWN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + BAR + RIGHT} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="16" font-weight="600">{escape(title)}</text>',
    ]
    for n, figure in enumerate(shown, 1):
        top = ROW * n + 6
        length = min(figure.value / (figure.wanted or 1), AT_MOST_SHOWN) * BAR / AT_MOST_SHOWN
        colour = "#2f6f4f" if figure.kept else "#a33b2e"
        side = "≥" if figure.more else "≤"
        told = f"{number(figure.value)} ({side} {number(figure.wanted or 0)})"
        parts.append(
            f'<text x="8" y="{top + 14}">{escape(figure.what)}</text>'
            f'<rect x="{LEFT}" y="{top + 4}" width="{length:.0f}" height="12" fill="{colour}"/>'
            f'<text x="{LEFT + BAR + 8}" y="{top + 14}">{told}</text>'
        )
    parts.append(f'<line x1="{line}" x2="{line}" y1="{ROW}" y2="{height - ROW // 2}" stroke="#222"/></svg>')
    return "\n".join(parts) + "\n"
