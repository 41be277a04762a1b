"""Errors of librados to those of the contract."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import rados
from outrigger_storage import PathNotFound, QuotaExceeded, StorageError, Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_AWAY = frozenset(
    {errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNREFUSED}
)


@contextmanager
def told_about(path: str) -> Iterator[None]:
    """Any error of librados, or the number of an operation in the background, with the driver's path."""
    try:
        yield
    except rados.ObjectNotFound as error:
        raise PathNotFound(path) from error
    except (rados.Error, OSError) as error:
        raise to_storage_error(error, path) from error


def to_storage_error(error: Exception, path: str | None) -> StorageError:
    number = abs(getattr(error, "errno", None) or 0)
    name = errno.errorcode.get(number, type(error).__name__)
    kind: type[StorageError] = StorageError
    reason = "Ceph refuses it"
    if number in _FULL:
        kind, reason = QuotaExceeded, "the pool or the cluster is full"
    elif number in _AWAY:
        kind, reason = Unavailable, "Ceph does not answer"
    return kind(f"{reason}: {path or 'connecting'} ({name})", path=path)
