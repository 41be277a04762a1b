"""The directory that holds everything, and the promise that nothing outside of it is touched."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from outrigger_storage import InvalidParameters, Issue, split_path

from .errors import ForeignFile

_DIRECTORY = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
_FILE_MODE = 0o640
_DIRECTORY_MODE = 0o750

#: Called before and after a directory is made, with its path.
OnMade = Callable[[str], None]


class Root:
    """Every path is walked part by part from the root's descriptor, and no symbolic link is followed on the way.

    So nobody can lead the driver out by swapping a directory for a link meanwhile: the name that a call works on is
    always looked up in a directory that was reached without one.
    """

    def __init__(self, directory: str) -> None:
        try:
            os.makedirs(directory, _DIRECTORY_MODE, exist_ok=True)
            #: Absolute, without symbolic links.
            self.path = os.path.realpath(directory, strict=True)
            os.close(os.open(self.path, os.O_RDONLY | os.O_DIRECTORY))
        except OSError as error:
            reason = f"cannot be made or opened ({errno.errorcode.get(error.errno or 0, 'unknown error')})"
            raise InvalidParameters([Issue("rootdirectory", reason)]) from error

    def local(self, path: str) -> str:
        """The local path of a driver's path."""
        return self.path if path == "/" else self.path.rstrip("/") + path

    @contextmanager
    def directory(self, path: str, on_made: OnMade | None = None) -> Iterator[int]:
        """A descriptor of a directory, to look names up in. With `on_made` what is missing is made."""
        if on_made is not None:
            os.makedirs(self.path, _DIRECTORY_MODE, exist_ok=True)
        descriptor = os.open(self.path, _DIRECTORY)
        try:
            walked = ""
            for part in path.split("/")[1:] if path != "/" else ():
                walked = f"{walked}/{part}"
                child = _enter(descriptor, part, walked, on_made)
                os.close(descriptor)
                descriptor = child
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def parent(self, path: str, on_made: OnMade | None = None) -> Iterator[tuple[int, str]]:
        """A descriptor of the directory of a path, and the name in it."""
        directory, name = split_path(path)
        with self.directory(directory, on_made) as descriptor:
            yield descriptor, name

    def inspect(self, path: str) -> os.stat_result:
        """Of a regular file or a directory.

        Raises:
            ForeignFile: it is something else.
        """
        if path == "/":
            return os.stat(self.path)
        with self.parent(path) as (descriptor, name):
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise ForeignFile("it is neither a file nor a directory")
        return found


def open_file(directory: int, name: str, flags: int) -> tuple[int, os.stat_result]:
    """Opens a regular file. A FIFO does not block the open, and a link is not followed."""
    safe = flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, safe, _FILE_MODE, dir_fd=directory)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode):
        return descriptor, found
    os.close(descriptor)
    raise ForeignFile("it is not a regular file")


@contextmanager
def readable(directory: int) -> Iterator[int]:
    """A descriptor that can be listed and synced, of one that names can be looked up in."""
    descriptor = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(directory: int, part: str, path: str, on_made: OnMade | None) -> int:
    try:
        return os.open(part, _DIRECTORY, dir_fd=directory)
    except FileNotFoundError:
        if on_made is None:
            raise
    on_made(path)
    # Somebody else may be faster, and what is there shows after it.
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, _DIRECTORY_MODE, dir_fd=directory)
    on_made(path)
    return os.open(part, _DIRECTORY, dir_fd=directory)
