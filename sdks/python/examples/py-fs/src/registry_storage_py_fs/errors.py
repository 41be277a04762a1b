"""errno to code: the one place where the operating system's errors get their meaning."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from outrigger_storage import InvalidPath, PathNotFound, QuotaExceeded, StorageError, Unavailable

#: Whether a call looks at what is there, or makes something: the same errno means different things.
Access = Literal["read", "write"]


class ForeignFile(Exception):
    """At the place is none of the driver's content: a link, a FIFO, a temporary file.

    To a reader nothing is there; a writer is refused.
    """


_ERRORS: dict[int, tuple[type[StorageError], str]] = {
    errno.ENOSPC: (QuotaExceeded, "no space left"),
    errno.EDQUOT: (QuotaExceeded, "disk quota exceeded"),
    errno.EFBIG: (QuotaExceeded, "larger than the file system allows"),
    errno.EMFILE: (Unavailable, "too many open files"),
    errno.ENFILE: (Unavailable, "too many open files"),
    errno.EIO: (Unavailable, "input/output error"),
    errno.EROFS: (Unavailable, "read-only file system"),
    errno.EBUSY: (Unavailable, "busy"),
    errno.ESTALE: (Unavailable, "stale file handle"),
}

#: These say that the path cannot be used as it is: nothing is there, or nothing can be put there.
_OBSTACLES: dict[int, str] = {
    errno.ENOTDIR: "a part of it is not a directory",
    errno.EEXIST: "something else is there",
    errno.ENOTEMPTY: "a directory is there",
    errno.EISDIR: "a directory is there",
    errno.ELOOP: "a symbolic link is there",
    errno.ENXIO: "it is not a regular file",
}


@contextmanager
def told_about(path: str, access: Access) -> Iterator[None]:
    """Any error of the system as one of the contract. Its message has the driver's path and never the local one."""
    try:
        yield
    except ForeignFile as error:
        raise _obstacle(str(error), path, access) from error
    except OSError as error:
        raise _to_storage_error(error, path, access) from error


def _to_storage_error(error: OSError, path: str, access: Access) -> StorageError:
    number = error.errno or 0
    name = errno.errorcode.get(number, "unknown error")
    if number == errno.ENOENT:
        return PathNotFound(path)
    if number == errno.ENAMETOOLONG:
        return InvalidPath(path, "a part of it is too long")
    if number in _OBSTACLES:
        return _obstacle(_OBSTACLES[number], path, access)
    kind, reason = _ERRORS.get(number, (StorageError, "unexpected error"))
    return kind(f"{reason}: {path} ({name})", path=path)


def _obstacle(reason: str, path: str, access: Access) -> StorageError:
    return PathNotFound(path) if access == "read" else InvalidPath(path, reason)
