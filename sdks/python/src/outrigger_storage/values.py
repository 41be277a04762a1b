"""What drivers and the library pass to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

WriterMode = Literal["truncate", "append"]


@dataclass(frozen=True)
class FileInfo:
    """Size, time and kind of what is at a path."""

    path: str
    #: Bytes; 0 for a directory.
    size: int
    #: Unix time in milliseconds of the last change of the content. See `milliseconds`.
    mod_time: int
    is_dir: bool = False
    #: Names the bytes at the path, also across restarts; opaque, at most 256 characters. None: there is no such thing.
    version: str | None = None


@dataclass(frozen=True)
class Entry:
    """A child of a directory. What costs nothing is told with it."""

    path: str
    is_dir: bool | None = None
    size: int | None = None
    mod_time: int | None = None


@dataclass(frozen=True)
class ListPage:
    """Children in ascending byte order of their names."""

    entries: Sequence[Entry]
    #: There if and only if more may follow. Self-contained: valid in another process too.
    cursor: str | None = None


@dataclass(frozen=True)
class WalkPage:
    """All below a path in walk order. An empty page is always the last."""

    entries: Sequence[FileInfo]
    done: bool


@dataclass(frozen=True)
class LocalFile:
    """A file that the host may open by itself."""

    local_path: str
    dev: int
    ino: int


@dataclass(frozen=True)
class LocalObject(LocalFile):
    """A file that is the content of an object, and does not change any more."""

    size: int
    mod_time: int
    version: str | None = None


@dataclass(frozen=True)
class FileSlice:
    """Bytes of an open file, which the kernel can send by itself."""

    fd: int
    offset: int
    count: int


@dataclass(frozen=True)
class RedirectRequest:
    """A client's request, as far as it is known."""

    #: The client's HTTP method: GET and HEAD are signed apart.
    method: str
    scheme: str | None = None
    host: str | None = None
    client_ip: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Redirect:
    """Where a client can fetch an object by itself. The URL is a credential: never log it."""

    url: str
    #: Unix time in milliseconds at which the URL ends.
    expires_at: int | None = None


def milliseconds(moment: datetime) -> int:
    """Unix time of a moment, as the protocol has it. A moment without a time zone is local time."""
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
