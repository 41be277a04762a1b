"""Content: `blob:<uuid>`, striped over objects `blob:<uuid>-0`, `-1`, …; what is known of it lies at the first one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import rados

from .cluster import Cluster

_PREFIX = "blob:"
_SIZE = "total-size"
#: Ours: the path that the content belongs to, the one before the last move, and the size of its stripes. Older content
#: has none of them.
_OWNER = "path"
_FORMER = "former-path"
_CHUNK = "chunk-size"
#: The old driver writes ten bytes, of which eight are a number.
_SIZE_BYTES = 10


@dataclass(frozen=True)
class Blob:
    """Content that is there."""

    oid: str
    size: int
    chunk: int
    #: Unix time in milliseconds.
    mod_time: int
    owner: str | None
    former: str | None = None

    @property
    def version(self) -> str:
        """Content is never rewritten; only what nobody has committed grows."""
        return f"{self.oid}-{self.size}"


@dataclass(frozen=True)
class Stripe:
    """A part of content that lies in one object."""

    name: str
    offset: int
    count: int


class Blobs:
    """Of one pool."""

    def __init__(self, cluster: Cluster, chunk: int) -> None:
        self._cluster = cluster
        self._chunk = chunk

    def create(self, path: str) -> Blob:
        """New content of no bytes."""
        oid = f"{_PREFIX}{uuid.uuid4()}"
        with rados.WriteOpCtx() as operation:
            operation.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
            operation.set_xattr(_SIZE, _encode_size(0))
            operation.set_xattr(_OWNER, path.encode())
            operation.set_xattr(_CHUNK, b"%d" % self._chunk)
            self._cluster.operate(operation, f"{oid}-0")
        return Blob(oid, 0, self._chunk, time.time_ns() // 1_000_000, path)

    def inspect(self, oid: str) -> Blob:
        """Raises ObjectNotFound when it is gone."""
        facts = dict(self._cluster.pool().get_xattrs(f"{oid}-0"))
        changed = self._cluster.mod_time(f"{oid}-0")
        owner, former = (facts.get(each) for each in (_OWNER, _FORMER))
        return Blob(
            oid,
            int.from_bytes(facts[_SIZE][:8], "little"),
            int(facts.get(_CHUNK, self._chunk)),
            changed,
            None if owner is None else owner.decode(),
            None if former is None else former.decode(),
        )

    def everything(self) -> Iterator[str]:
        """All content of the pool, in no order."""
        for each in self._cluster.pool().list_objects():
            if each.key.startswith(_PREFIX) and each.key.endswith("-0"):
                yield each.key[:-2]

    def set_size(self, oid: str, size: int) -> None:
        self._cluster.pool().set_xattr(f"{oid}-0", _SIZE, _encode_size(size))

    def set_owner(self, oid: str, path: str, former: str) -> None:
        """Until the move is done it may be named by either."""
        with rados.WriteOpCtx() as operation:
            operation.set_xattr(_OWNER, path.encode())
            operation.set_xattr(_FORMER, former.encode())
            self._cluster.operate(operation, f"{oid}-0")

    def delete(self, oid: str, path: str) -> None:
        """Of a path that refers to it no more. Content that belongs to another path by now stays."""
        pool = self._cluster.pool()
        with suppress(rados.ObjectNotFound):
            blob = self.inspect(oid)
            if blob.owner not in (None, path):
                return
            # Behind its size there may be what a writer left that was killed.
            index = max(1, -(-blob.size // blob.chunk))
            with suppress(rados.ObjectNotFound):
                while True:
                    pool.remove_object(f"{oid}-{index}")
                    index += 1
            for index in range(-(-blob.size // blob.chunk) - 1, 0, -1):
                with suppress(rados.ObjectNotFound):
                    pool.remove_object(f"{oid}-{index}")
            pool.remove_object(f"{oid}-0")


def stripes_of(blob: Blob, start: int, end: int) -> Iterator[Stripe]:
    """Where the bytes from `start` to `end` lie."""
    while start < end:
        index, offset = divmod(start, blob.chunk)
        count = min(blob.chunk - offset, end - start)
        yield Stripe(f"{blob.oid}-{index}", offset, count)
        start += count


def _encode_size(size: int) -> bytes:
    return size.to_bytes(8, "little").ljust(_SIZE_BYTES, b"\0")
