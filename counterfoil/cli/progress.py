"""How far a long piece of work is: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from typing import TextIO

WIDTH = 30
BETWEEN_DRAWINGS_SECONDS = 0.1
BETWEEN_LINES_SECONDS = 10


class Progress:
    """`with Progress("Selling", 400) as progress: progress.at(17)`. A total of 0 is not known."""

    def __init__(self, what: str, total: int, *, out: TextIO | None = None, quiet: bool = False) -> None:
        self.what, self.total = what, total
        self.out = out or sys.stdout
        self.quiet = quiet
        self.drawn = 0.0
        self.done = 0

    def __enter__(self) -> "Progress":
        if not self.quiet and not self.out.isatty():
            print(f"{self.what} ...", file=self.out, flush=True)
        self.drawn = time.monotonic()
        return self

    def at(self, done: int) -> None:
        self.done = done
        now = time.monotonic()
        if self.quiet or now - self.drawn < (BETWEEN_DRAWINGS_SECONDS if self.out.isatty() else BETWEEN_LINES_SECONDS):
            return
        self.drawn = now
        if self.out.isatty():
            self._bar()
        else:
            print(f"{self.what}: {self._counted()}", file=self.out, flush=True)

    def _counted(self) -> str:
        return f"{self.done:,} of {self.total:,}" if self.total else f"{self.done:,}"

    def _bar(self) -> None:
        full = WIDTH * min(self.done, self.total) // self.total if self.total else 0
        bar = f"[{'#' * full}{'.' * (WIDTH - full)}] " if self.total else ""
        print(f"\r{self.what} {bar}{self._counted()}\x1b[K", end="", file=self.out, flush=True)

    def __exit__(self, *failure: object) -> None:
        if not self.quiet and self.out.isatty():
            self._bar()
            print(file=self.out, flush=True)
