"""The errors that a driver raises. The set of codes is closed: see docs/protocol/errors.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

ErrorCode = Literal[
    "PATH_NOT_FOUND",
    "INVALID_PATH",
    "INVALID_OFFSET",
    "UNSUPPORTED",
    "ALREADY_CLOSED",
    "QUOTA_EXCEEDED",
    "UNAVAILABLE",
    "CANCELLED",
    "INTERNAL",
]


class StorageError(Exception):
    """What a driver answers in place of a result; INTERNAL unless a subclass says otherwise.

    The message says in one line what was tried and what went wrong, without secrets and without the driver's
    name. It is logged by the host and not shown to clients of a registry.
    """

    code: ClassVar[ErrorCode] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        retryable: bool | None = None,
        offset: int | float | None = None,
        size: int | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        #: Whether the same call may succeed later; None: that is so for UNAVAILABLE only.
        self.retryable = retryable
        #: INVALID_OFFSET: what was refused.
        self.offset = offset
        #: INVALID_OFFSET of a writer: its true size.
        self.size = size


class PathNotFound(StorageError):
    """Nothing is at the path, or not the kind that the operation needs.

    Never for "no right" or "cannot be reached": a host takes it as proof of absence, and may delete because of it.
    """

    code = "PATH_NOT_FOUND"

    def __init__(self, path: str) -> None:
        super().__init__(f"path not found: {path}", path=path)


class InvalidPath(StorageError):
    """The path is not of the form, or cannot be used: an object where a directory would be needed."""

    code = "INVALID_PATH"

    def __init__(self, path: str, reason: str | None = None) -> None:
        shown = path if len(path) <= 64 else path[:64] + "..."
        super().__init__(f"invalid path: {shown!r}" + (f" ({reason})" if reason else ""), path=shown)


class InvalidOffset(StorageError):
    """A negative offset of a read; a write or commit that is not at the writer's size."""

    code = "INVALID_OFFSET"

    def __init__(self, path: str, offset: int | float, size: int | None = None) -> None:
        known = "" if size is None else f", the size is {size}"
        super().__init__(f"invalid offset: {offset} for path {path}{known}", path=path, offset=offset, size=size)


class Unsupported(StorageError):
    """The driver cannot do this: a capability it lacks, a plane, more content than a put takes."""

    code = "UNSUPPORTED"

    def __init__(self, what: str, path: str | None = None) -> None:
        super().__init__(f"unsupported: {what}", path=path)


class AlreadyClosed(StorageError):
    """The writer was committed, closed or cancelled before, or there is none."""

    code = "ALREADY_CLOSED"


class QuotaExceeded(StorageError):
    """The store is full, or a quota of it is."""

    code = "QUOTA_EXCEEDED"


class Unavailable(StorageError):
    """The backend cannot be had at the moment: a timeout, a refused connection, a 503, throttling."""

    code = "UNAVAILABLE"


class Cancelled(StorageError):
    """The host no longer wants the answer."""

    code = "CANCELLED"

    def __init__(self, path: str | None = None) -> None:
        super().__init__("cancelled" if path is None else f"cancelled: {path}", path=path)


class VersionChanged(Unavailable):
    """`if_match` is no longer the version at the path: reading on would mix two objects."""

    def __init__(self, path: str) -> None:
        super().__init__(f"content changed while it was read: {path}", path=path, retryable=False)


@dataclass(frozen=True)
class Issue:
    """What is wrong with one parameter. The message names what is expected, never the value."""

    key: str
    message: str


class InvalidParameters(Exception):
    """The parameters of the driver cannot be used; raised when it is made."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(f"{issue.key}: {issue.message}" if issue.key else issue.message for issue in issues))
        self.issues = tuple(issues)
