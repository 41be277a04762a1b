"""Removes directories with all below them, and temporary files that nobody writes to any more."""

from __future__ import annotations

import errno
import os
import threading
import time

from .names import is_temporary

_MAX_ATTEMPTS = 4
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DAY_SECONDS = 24 * 3600.0
#: Not while a registry starts: a large store takes a while.
_FIRST_AFTER_SECONDS = 600.0


def remove_tree(directory: int, name: str) -> None:
    """Links in it are removed and never followed. Somebody may put files into it meanwhile: hence the tries."""
    for attempt in range(_MAX_ATTEMPTS):
        _empty(directory, name)
        try:
            os.rmdir(name, dir_fd=directory)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == _MAX_ATTEMPTS - 1:
                raise


def _empty(directory: int, name: str) -> None:
    try:
        descriptor = os.open(name, _DIRECTORY, dir_fd=directory)
    except FileNotFoundError:
        return
    try:
        with os.scandir(descriptor) as found:
            children = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        for child, is_dir in children:
            if is_dir:
                remove_tree(descriptor, child)
            else:
                _unlink_if_present(descriptor, child)
    finally:
        os.close(descriptor)


def _unlink_if_present(directory: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return


class Sweeping:
    """Removes, now and then, the temporary files that killed processes have left: nobody else sees them."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()

    def _run(self) -> None:
        pause = _FIRST_AFTER_SECONDS
        while not self._closed.wait(pause):
            sweep_temporaries(self._root, _DAY_SECONDS, self._closed)
            pause = _DAY_SECONDS


def sweep_temporaries(root: str, older_than: float, stop: threading.Event) -> int:
    """What was written to lately may still be in use. Links are not followed. Answers how many were removed."""
    removed = 0
    for _, _, files, directory in os.fwalk(root):
        if stop.is_set():
            break
        for name in filter(is_temporary, files):
            removed += _remove_if_old(directory, name, older_than)
    return removed


def _remove_if_old(directory: int, name: str, older_than: float) -> bool:
    try:
        if time.time() - os.stat(name, dir_fd=directory, follow_symlinks=False).st_mtime < older_than:
            return False
        os.unlink(name, dir_fd=directory)
        return True
    except OSError:
        return False  # the next time may do better
