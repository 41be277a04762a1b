"""The W3C trace context that came with a request (docs/protocol/operations.md, Trace context)."""

from __future__ import annotations

import re
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """`traceparent` of the request that is worked on, as the parent of a driver's own spans. None: nobody traces."""
    return _current.get()


def enter_trace_context(value: object) -> None:
    """A value that is no traceparent counts as none."""
    _current.set(value if isinstance(value, str) and _TRACEPARENT.match(value) else None)
