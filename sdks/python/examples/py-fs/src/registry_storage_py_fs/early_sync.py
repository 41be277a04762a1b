"""Has the disk at work while content is still coming, so that little is left to do at the end."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor

#: The least that is synced at a time; on a disk that is slower than the client it becomes more by itself.
_STEP = 4 * 1024 * 1024


class EarlySync:
    """Of one open file. A sync that fails is never repeated: it fails the writer at its end."""

    def __init__(self, pool: ThreadPoolExecutor | None, descriptor: int) -> None:
        self._pool = pool
        self._descriptor = descriptor
        self._unsynced = 0
        self._running: Future[None] | None = None

    def note(self, count: int) -> None:
        """So many bytes more were written."""
        self._unsynced += count
        if self._pool is None or self._unsynced < _STEP or not self._may_begin():
            return
        self._unsynced = 0
        self._running = self._pool.submit(os.fdatasync, self._descriptor)

    def settle(self) -> None:
        """Waits until none is under way: the descriptor may be closed then.

        Raises:
            OSError: one has failed.
        """
        if self._running is not None:
            self._running.result()

    def _may_begin(self) -> bool:
        if self._running is None:
            return True
        return self._running.done() and self._running.exception() is None
