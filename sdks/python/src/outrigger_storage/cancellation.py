"""How code of a driver learns that the host no longer wants the answer to the request that it works on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar

from .errors import Cancelled


class Cancellation:
    """Set once, from any thread, when the request is cancelled or its data connection is closed."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleeps, less long when it is set meanwhile. For pauses between tries."""
        return self._event.wait(seconds)

    def check(self, path: str | None = None) -> None:
        """Raises:
        Cancelled: it is set.
        """
        if self._event.is_set():
            raise Cancelled(path)

    def on_set(self, callback: Callable[[], None]) -> None:
        """Calls back when it is set, or now if it is already."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def set(self) -> None:
        with self._lock:
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def current_cancellation() -> Cancellation:
    """Of the request that is worked on; outside of one it is never set."""
    return _current.get() or Cancellation()


def enter_cancellation(cancellation: Cancellation) -> None:
    """Makes it the one of this task and of the threads that work for it."""
    _current.set(cancellation)
