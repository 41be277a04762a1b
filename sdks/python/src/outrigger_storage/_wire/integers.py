"""Integers as JSON has them: a number without a fraction, however it is written, that every language holds exactly."""

from __future__ import annotations

MAX_INTEGER = 2**53 - 1


def to_integer(value: object) -> int | None:
    """None: it is none. 1.0 is one, and true is not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        return None
    return value
