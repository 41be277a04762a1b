"""Writes stripes, several at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from outrigger_storage import AlreadyClosed

from .blobs import Blob, Blobs, stripes_of
from .cluster import Pool
from .errors import told_about

#: Bytes that are on their way to Ceph, of one writer.
_UNDER_WAY = 16 * 1024 * 1024


class RadosWriter:
    """Content of its own. Only its size and a reference make it the object of a path."""

    def __init__(
        self,
        pool: Pool,
        blobs: Blobs,
        path: str,
        blob: Blob,
        *,
        is_isolated: bool,
        place: Callable[[Blob, str], None],
        drop: Callable[[Blob, str], None],
    ) -> None:
        self._pool = pool
        self._blobs = blobs
        self._path = path
        self._blob = blob
        self._is_isolated = is_isolated
        self._place = place
        self._drop = drop
        self._pending: deque[tuple[Any, int]] = deque()
        self._under_way = 0
        self._is_open = True
        self._broken: OSError | None = None
        self.size = blob.size

    def write(self, chunk: memoryview) -> None:
        self._require_open()
        done = 0
        with told_about(self._path):
            for stripe in stripes_of(self._blob, self.size, self.size + len(chunk)):
                data = bytes(chunk[done : done + stripe.count])
                self._settle(_UNDER_WAY - stripe.count)
                self._pending.append((self._pool.aio_write(stripe.name, data, stripe.offset), stripe.count))
                self._under_way += stripe.count
                done += stripe.count
        self.size += len(chunk)

    def commit(self) -> None:
        self.commit_to(self._path)

    def commit_to(self, path: str) -> None:
        self._require_open()
        with told_about(path):
            self._finish()
            if self._is_isolated or path != self._path:
                self._place(self._blob, path)
        self._is_open = False

    def close(self) -> None:
        self._require_open()
        with told_about(self._path):
            if self._is_isolated:
                self._discard()
            else:
                self._finish()
        self._is_open = False

    def cancel(self) -> None:
        self._require_open()
        with told_about(self._path):
            self._discard()
        self._is_open = False

    def _finish(self) -> None:
        self._settle(0)
        self._blobs.set_size(self._blob.oid, self.size)

    def _discard(self) -> None:
        """What is on its way is waited for, or it would come after the end."""
        try:
            self._settle(0)
        except OSError:
            self._pending.clear()
        self._drop(self._blob, self._path)

    def _settle(self, most: int) -> None:
        """Until at most so many bytes are under way. A write that failed fails the writer for good."""
        while self._pending and self._under_way > most:
            completion, count = self._pending.popleft()
            completion.wait_for_complete()
            self._under_way -= count
            status = completion.get_return_value()
            if status < 0:
                self._broken = OSError(-status, "a write failed")
        if self._broken is not None:
            raise self._broken

    def _require_open(self) -> None:
        if not self._is_open:
            raise AlreadyClosed(f"already closed: {self._path}", path=self._path)
