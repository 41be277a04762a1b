"""Reads directories: what is a part of a driver's path, in ascending order of names."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from .names import is_ours
from .root import Root, readable

#: (name, whether it is a directory)
DirectoryEntry = tuple[str, bool]

#: Coarser than the clock of any file system in use: a directory that changed later than this may change unseen.
_CLOCK_TICK_NS = 2_000_000_000
_MAX_SNAPSHOTS = 4
_LARGE = 1000


@dataclass(frozen=True)
class _Snapshot:
    stamp: tuple[int, int, int]
    entries: list[DirectoryEntry]


class Entries:
    """Directories of more than a page are remembered, a few of them, so that a page does not read all of it again."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._snapshots: dict[str, _Snapshot] = {}

    def read(self, path: str) -> list[DirectoryEntry]:
        """Raises what the system does when the directory is absent or none."""
        with self._root.directory(path) as directory, readable(directory) as descriptor:
            before = _stamp(descriptor)
            known = self._snapshots.get(path)
            if known is not None and known.stamp == before:
                return known.entries
            entries = _scan(descriptor)
            if len(entries) > _LARGE and before == _stamp(descriptor) and time.time_ns() - before[2] > _CLOCK_TICK_NS:
                self._remember(path, _Snapshot(before, entries))
            return entries

    def _remember(self, path: str, snapshot: _Snapshot) -> None:
        with self._lock:
            self._snapshots.pop(path, None)
            while len(self._snapshots) >= _MAX_SNAPSHOTS:
                del self._snapshots[next(iter(self._snapshots))]
            self._snapshots[path] = snapshot


def index_after(entries: Sequence[DirectoryEntry], name: str) -> int:
    """Index of the first entry whose name is greater."""
    return bisect_right(entries, (name, True))


def _scan(descriptor: int) -> list[DirectoryEntry]:
    with os.scandir(descriptor) as found:
        entries = [
            (entry.name, entry.is_dir(follow_symlinks=False))
            for entry in found
            if is_ours(entry.name) and (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False))
        ]
    return sorted(entries)


def _stamp(descriptor: int) -> tuple[int, int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_ctime_ns
