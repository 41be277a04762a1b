"""Makes directories, and keeps in mind which names are not on disk yet."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from typing import TypeVar

from outrigger_storage import Unavailable, is_below, split_path

from .root import Root, readable

T = TypeVar("T")

_MAX_ATTEMPTS = 10
_MAX_SETTLED = 4096
#: Of file systems that know no sync of a directory (some FUSE and SMB mounts), where more cannot be done.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP)


class Directories:
    """Of one root. All methods are for any thread."""

    def __init__(self, root: Root, durable: bool) -> None:
        self._root = root
        self._durable = durable
        self._lock = threading.Lock()
        #: Directories whose own names are on disk, as far as this process knows. A killed process may have left new
        #: ones among the others: whoever finds them there would not make them again, and so not sync them.
        self._settled: set[str] = set()

    def with_parent(self, path: str, attempt: Callable[[int, str], T]) -> T:
        """Runs `attempt` with the directory of a path, which is made if it is missing, and the name in it.

        Again, a few times, when somebody deletes the directory meanwhile.
        """
        for _ in range(_MAX_ATTEMPTS):
            try:
                with self._root.parent(path, self._forget) as (directory, name):
                    return attempt(directory, name)
            except FileNotFoundError as error:
                last = error
        raise Unavailable(f"the directory is deleted again and again: {path}", path=path) from last

    def sync(self, path: str) -> None:
        """Makes the names in a directory durable, and those of the directories above that may not be."""
        if self._durable:
            self._sync_one(path)
            self._sync_above(path)

    def sync_open(self, directory: int, path: str) -> None:
        """The same of a directory that was opened as the one of this path, and may have another name by now."""
        if self._durable:
            _sync_descriptor(directory)
            self._sync_above(path)

    def sync_parent(self, path: str) -> None:
        """As `sync`, of the directory that a path lies in."""
        self.sync(split_path(path)[0])

    def gone(self, path: str) -> None:
        """A directory was deleted, or has another name now."""
        with self._lock:
            self._settled = {each for each in self._settled if each != path and not is_below(each, path)}

    def _sync_above(self, path: str) -> None:
        while path != "/":
            above, _ = split_path(path)
            if not self._is_settled(path):
                self._sync_one(above)
                self._settle(path)
            path = above

    def _sync_one(self, path: str) -> None:
        try:
            with self._root.directory(path) as directory:
                _sync_descriptor(directory)
        except FileNotFoundError:
            return  # what is gone has nothing to sync

    def _forget(self, path: str) -> None:
        with self._lock:
            self._settled.discard(path)

    def _is_settled(self, path: str) -> bool:
        with self._lock:
            return path in self._settled

    def _settle(self, path: str) -> None:
        with self._lock:
            if len(self._settled) >= _MAX_SETTLED:
                self._settled.clear()
            self._settled.add(path)


def _sync_descriptor(directory: int) -> None:
    try:
        with readable(directory) as descriptor:
            os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
