"""Replaces a file as a whole: everybody, also after a crash, finds the old content or the new."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

from outrigger_storage import join_path, split_path

from .directories import Directories
from .names import temporary_for
from .root import Root, open_file

#: Larger writes make the kernel look for larger pieces of free memory.
_PIECE = 256 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class Replacing:
    """What makes new files under names that nobody sees, and gives them their own."""

    def __init__(self, root: Root, directories: Directories, durable: bool) -> None:
        self._root = root
        self._directories = directories
        self._durable = durable

    def create(self, path: str) -> tuple[int, os.stat_result, str]:
        """A temporary file beside a path: descriptor, facts and its path."""

        def attempt(directory: int, name: str) -> tuple[int, os.stat_result, str]:
            temporary = temporary_for(name)
            descriptor, found = open_file(directory, temporary, _NEW)
            return descriptor, found, temporary

        descriptor, found, temporary = self._directories.with_parent(path, attempt)
        return descriptor, found, join_path(split_path(path)[0], temporary)

    def replace(self, path: str, fill: Callable[[int], None]) -> None:
        """`fill` writes the content, and may run again when the directory vanishes meanwhile."""

        def attempt(directory: int, name: str) -> None:
            temporary = temporary_for(name)
            descriptor, _ = open_file(directory, temporary, _NEW)
            try:
                try:
                    fill(descriptor)
                    if self._durable:
                        os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
            except BaseException:
                # An fsync that failed is never repeated: the bytes that nobody can vouch for go.
                remove_quietly(temporary, directory)
                raise
            self._directories.sync_open(directory, split_path(path)[0])

        self._directories.with_parent(path, attempt)

    def publish(self, temporary: str, path: str) -> None:
        """Gives a synced temporary file its final name, atomically."""
        with self._root.parent(path) as (directory, name):
            hidden = split_path(temporary)[1]
            try:
                os.rename(hidden, name, src_dir_fd=directory, dst_dir_fd=directory)
            except OSError:
                remove_quietly(hidden, directory)
                raise
            self._directories.sync_open(directory, split_path(path)[0])


def write_fully(descriptor: int, content: bytes | memoryview, position: int) -> None:
    """The whole of it, however many calls the system makes of it."""
    rest = memoryview(content)
    while rest:
        count = os.pwrite(descriptor, rest[:_PIECE], position)
        rest, position = rest[count:], position + count


def remove_quietly(name: str, directory: int) -> None:
    """The error that led here is the one to tell."""
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=directory)
