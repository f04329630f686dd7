"""Where the bars of a chart stand, in whole units of its view box. The figures stand in a table too."""

from dataclasses import dataclass

from counterfoil.history.day import Hour

LEFT, RIGHT, TOP, BOTTOM = 62, 800, 14, 196
STEPS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    hour: int
    paise: int
    usual_paise: int
    middle: int
    left: int
    width: int
    top: int
    usual: int  # where the usual mark stands

    @property
    def height(self) -> int:
        return BOTTOM - self.top

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def mark_left(self) -> int:
        return self.left - 5

    @property
    def mark_right(self) -> int:
        return self.right + 5

    @property
    def covered(self) -> bool:
        """The usual mark lies inside the bar."""
        return self.usual > self.top


@dataclass(frozen=True, slots=True)
class Rule:
    y: int
    paise: int

    @property
    def text_y(self) -> int:
        return self.y + 4


def bars(hours: list[Hour]) -> tuple[list[Bar], list[Rule]]:
    top_paise = ceiling(max([each.paise for each in hours] + [each.usual_paise for each in hours]))
    room = (RIGHT - LEFT) // len(hours)
    width = min(34, room * 2 // 3)

    def y(paise: int) -> int:
        return BOTTOM - (BOTTOM - TOP) * paise // top_paise

    made = []
    for n, each in enumerate(hours):
        middle = LEFT + room * n + room // 2
        made.append(
            Bar(
                each.hour,
                each.paise,
                each.usual_paise,
                middle,
                middle - width // 2,
                width,
                y(each.paise),
                y(each.usual_paise),
            )
        )
    return made, [Rule(y(top_paise * n // STEPS), top_paise * n // STEPS) for n in range(STEPS + 1)]


def ceiling(paise: int) -> int:
    """The next round figure, so that the rules stand at round figures: 1, 2, 4, 6, 8 or 12 of a power of ten."""
    step = 100 * STEPS
    while True:
        for n in (1, 2, 3, 5):
            if step * n >= paise:
                return step * n
        step *= 10


def share(paise: int, whole: int, width: int) -> int:
    """How long a bar is that shows a part of the whole."""
    return width * max(paise, 0) // whole if whole > 0 else 0
