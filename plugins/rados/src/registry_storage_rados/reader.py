"""Reads stripes, one piece ahead of what is asked for."""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Iterator

from outrigger_storage import Unavailable

from .blobs import Blob, Stripe, stripes_of
from .cluster import Pool
from .errors import to_storage_error

_PIECE = 1024 * 1024
_AHEAD = 2


class ContentGone(Unavailable):
    """It was deleted or replaced after it was found."""


class RadosReader:
    """Of content as it was opened."""

    def __init__(self, pool: Pool, path: str, blob: Blob, offset: int, length: int | None) -> None:
        self.size = blob.size
        self.mod_time = blob.mod_time
        self.version = blob.version
        end = blob.size if length is None else min(blob.size, offset + length)
        self._pool = pool
        self._path = path
        self._pieces = _pieces_of(blob, offset, end)
        self._coming: deque[_Piece] = deque()
        self._rest = memoryview(b"")

    def begin(self) -> None:
        """Waits for the first bytes: content that was replaced is found missing now, small content never later.

        Raises:
            ContentGone: it is.
        """
        self._rest = memoryview(self._next())

    def read(self, count: int) -> bytes:
        if not self._rest:
            self._rest = memoryview(self._next())
        chunk, self._rest = self._rest[:count], self._rest[count:]
        return bytes(chunk)

    def close(self) -> None:
        self._coming.clear()

    def _next(self) -> bytes:
        while len(self._coming) < _AHEAD:
            stripe = next(self._pieces, None)
            if stripe is None:
                break
            self._coming.append(_Piece(self._pool, stripe))
        return self._coming.popleft().wait(self._path) if self._coming else b""


class _Piece:
    """Bytes that are on their way."""

    def __init__(self, pool: Pool, stripe: Stripe) -> None:
        self._count = stripe.count
        self._arrived = threading.Event()
        self._data: bytes | None = None
        self._status = 0
        self._completion = pool.aio_read(stripe.name, stripe.count, stripe.offset, self._take)

    def wait(self, path: str) -> bytes:
        """Raises:
        Unavailable: the content is gone, or Ceph does not answer.
        """
        self._arrived.wait()
        if self._data is not None and len(self._data) == self._count:
            return self._data
        if self._status < 0 and self._status != -errno.ENOENT:
            raise to_storage_error(OSError(-self._status, ""), path)
        raise ContentGone(f"content is gone while it is read: {path}", path=path)

    def _take(self, completion: object, data: bytes | None) -> None:
        self._status = completion.get_return_value() if data is None else 0  # type: ignore[attr-defined]
        self._data = data
        self._arrived.set()


def _pieces_of(blob: Blob, start: int, end: int) -> Iterator[Stripe]:
    for stripe in stripes_of(blob, start, end):
        for done in range(0, stripe.count, _PIECE):
            yield Stripe(stripe.name, stripe.offset + done, min(_PIECE, stripe.count - done))
