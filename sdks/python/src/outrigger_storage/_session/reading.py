"""What a `read` asks for, and its answers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Protocol

from .._wire.framing import Base64
from .data_socket import DataSocket


class Opened(Protocol):
    """What a reader of either kind knows."""

    @property
    def size(self) -> int: ...

    @property
    def mod_time(self) -> int: ...

    @property
    def version(self) -> str | None: ...


@dataclass(frozen=True)
class ReadRequest:
    """One `read` on the planes inline and socket."""

    path: str
    offset: int
    length: int | None
    if_match: str | None
    #: Up to so many bytes are answered as data whatever the plane.
    most_inline: int
    data_socket: DataSocket | None

    def left_of(self, size: int) -> int:
        """Bytes that are meant."""
        left = max(0, size - self.offset)
        return left if self.length is None else min(left, self.length)


def facts_of(opened: Opened) -> dict[str, object]:
    """Size, time and version as they are on the wire."""
    facts: dict[str, object] = {"size": opened.size, "modTime": opened.mod_time}
    return facts if opened.version is None else {**facts, "version": opened.version}


def to_base64(content: bytes) -> Base64:
    return Base64(base64.b64encode(content))
