"""Names of files that are being written."""

from __future__ import annotations

import re
import uuid

from .errors import ForeignFile

#: NAME_MAX of Linux file systems, in bytes.
_MAX_NAME = 255

#: As Distribution names its own, `<name>.<uuid>.tmp`: both may leave one behind when they are killed, and neither may
#: show one. The name is a legal part of a driver's path, so it is reserved.
_TEMPORARY = re.compile(r"\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp(?=/|\Z)")
_LEGAL = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]+\Z")


def temporary_for(name: str) -> str:
    """A new name for the same directory, so that a rename is atomic."""
    suffix = f".{uuid.uuid4()}.tmp"
    return name[: _MAX_NAME - len(suffix)] + suffix


def is_temporary(path: str) -> bool:
    """Whether a name, or any part of a path, is reserved for temporary files."""
    return ".tmp" in path and _TEMPORARY.search(path) is not None


def require_open(path: str) -> None:
    """Raises:
    ForeignFile: the path is reserved for temporary files.
    """
    if is_temporary(path):
        raise ForeignFile("the name is reserved for temporary files")


def is_ours(name: str) -> bool:
    """Whether a name of a directory is a part of a driver's path."""
    return _LEGAL.match(name) is not None and not is_temporary(name)
