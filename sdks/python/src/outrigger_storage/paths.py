"""Paths of a store: `^(/[A-Za-z0-9._-]+)+$`, at most 1,024 bytes, no part `.` or `..`."""

from __future__ import annotations

import re

from .errors import InvalidPath

ROOT = "/"
MAX_PATH_BYTES = 1024
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+)+\Z")


def check_path(path: str, *, root: bool = False) -> str:
    """The path, if it is one. `/` is one only where `root` says so.

    Raises:
        InvalidPath: it is not.
    """
    if (len(path) <= MAX_PATH_BYTES and _PATH.match(path)) or (root and path == ROOT):
        return path
    raise InvalidPath(path)


def join_path(directory: str, name: str) -> str:
    """The path of a child."""
    return f"/{name}" if directory == ROOT else f"{directory}/{name}"


def split_path(path: str) -> tuple[str, str]:
    """Directory and name of a path: what `join_path` takes."""
    directory, _, name = path.rpartition("/")
    return directory or ROOT, name


def is_below(path: str, directory: str) -> bool:
    """Whether a path lies somewhere below another one; no path lies below itself."""
    return path != directory and path.startswith(directory if directory == ROOT else directory + "/")


def walk_key(path: str) -> str:
    """Sorts paths in walk order: as if `/` were the smallest character."""
    return path.replace("/", "\0")
