"""When a drawer holds too much, and what then goes to the safe."""

from collections.abc import Mapping

MANY_NOTES = 30
KEPT_NOTES = 6
LARGE_FROM_PAISE = 100_00


def too_much(notes: Mapping[int, int]) -> dict[int, int]:
    """{paise: count} of the large notes, once there are many of one; else nothing."""
    large = {value: count for value, count in notes.items() if value >= LARGE_FROM_PAISE}
    if max(large.values(), default=0) < MANY_NOTES:
        return {}
    return {value: count - KEPT_NOTES for value, count in large.items() if count > KEPT_NOTES}
