"""How a process of the pool begins, and how it tells how far it is. Imported before Django is set up there."""

from typing import Any

from counterfoil.cli.opened import set_up

_queue: Any = None


def begin(queue: Any) -> None:
    global _queue  # each process has one
    _queue = queue
    set_up()


def tell(written: int) -> None:
    _queue.put(written)
