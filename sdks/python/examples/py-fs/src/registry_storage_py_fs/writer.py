"""Open content of one path."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

from outrigger_storage import AlreadyClosed, LocalFile

from .early_sync import EarlySync
from .errors import told_about
from .replacing import write_fully
from .root import Root


@dataclass(frozen=True)
class Target:
    """What is written to: the path itself, or a temporary file."""

    path: str
    file: str
    descriptor: int
    found: os.stat_result
    #: What an append found; otherwise 0.
    size: int

    @property
    def is_isolated(self) -> bool:
        return self.file != self.path


class FilesystemWriter:
    """`truncate` and `append` write in place, as Distribution does, so that either continues the other's uploads."""

    def __init__(
        self,
        root: Root,
        target: Target,
        early: EarlySync,
        durable: bool,
        place: Callable[[Target, str], None],
    ) -> None:
        self._root = root
        self._target = target
        self._early = early
        self._durable = durable
        #: Gives the file its name, a new one or its own, and makes it durable.
        self._place = place
        self._ended: str | None = None
        self._failed = False
        self.size = target.size
        self.local = LocalFile(root.local(target.file), target.found.st_dev, target.found.st_ino)

    def write(self, chunk: memoryview) -> None:
        self._require_open()
        descriptor = self._target.descriptor
        try:
            with told_about(self._target.path, "write"):
                write_fully(descriptor, chunk, self.size)
        except Exception:
            # What was not accepted must not be found by an append.
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self.size)
            raise
        self.size += len(chunk)
        self._early.note(len(chunk))

    def accept(self, count: int) -> None:
        """So many bytes more were written by the host."""
        self._require_open()
        self.size += count
        self._early.note(count)

    def commit(self) -> None:
        self.commit_to(self._target.path)

    def commit_to(self, path: str) -> None:
        self._end("committed", path, lambda: self._keep(path))

    def close(self) -> None:
        if self._target.is_isolated:
            self._end("closed", self._target.path, self._drop)
        else:
            self._end("closed", self._target.path, lambda: self._keep(self._target.path))

    def cancel(self) -> None:
        # After a close or commit that failed there may still be something to remove; the descriptor is closed then.
        if not self._failed:
            self._require_open()
        is_open, self._ended, self._failed = self._ended is None, "cancelled", False
        if is_open:
            self._close()
        with told_about(self._target.path, "write"), contextlib.suppress(FileNotFoundError):
            self._unlink()

    def _end(self, how: str, path: str, run: Callable[[], None]) -> None:
        self._require_open()
        self._ended = how
        try:
            with told_about(path, "write"):
                run()
        except BaseException:
            self._failed = True
            raise

    def _keep(self, to: str) -> None:
        self._seal()
        self._place(self._target, to)

    def _drop(self) -> None:
        self._close()
        with contextlib.suppress(OSError):
            self._unlink()

    def _seal(self) -> None:
        """Closes the file after its content is on disk. An fsync that failed is never repeated, and the file goes."""
        try:
            self._cut()
            self._early.settle()
            if self._durable:
                os.fsync(self._target.descriptor)
        except OSError:
            self._drop()
            raise
        os.close(self._target.descriptor)

    def _cut(self) -> None:
        """Whoever writes to the file directly may have written more than it told; never less."""
        found = os.fstat(self._target.descriptor).st_size
        if found > self.size:
            os.ftruncate(self._target.descriptor, self.size)
        if found < self.size:
            raise OSError(errno.EIO, "bytes that were told of are not there")

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._early.settle()
        os.close(self._target.descriptor)

    def _unlink(self) -> None:
        with self._root.parent(self._target.file) as (directory, name):
            os.unlink(name, dir_fd=directory)

    def _require_open(self) -> None:
        if self._ended is not None:
            raise AlreadyClosed(f"already {self._ended}: {self._target.path}", path=self._target.path)
