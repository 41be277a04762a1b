"""One page of everything below a path, in walk order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from outrigger_storage import FileInfo, WalkPage, current_cancellation, is_below, join_path, walk_key

from .entries import DirectoryEntry, Entries, index_after
from .errors import ForeignFile
from .info import to_file_info
from .root import Root

_ABSENT = (FileNotFoundError, NotADirectoryError, ForeignFile)


def walk_page(
    root: Root, entries: Entries, path: str, *, after: str | None, skip_children: bool, limit: int
) -> WalkPage:
    """A page starts with one read of each directory on the way to `after`."""
    paths = _walk_from(entries, path, after, skip_children)
    ahead = next(paths, None)
    while True:
        infos: list[FileInfo] = []
        taken = [] if ahead is None else [ahead, *islice(paths, limit - 1)]
        ahead = next(paths, None)
        for each in taken:
            current_cancellation().check(path)
            info = _stat(root, each)
            if info is not None:
                infos.append(info)
        # An empty page says that the walk is over, which it is not when a whole page has vanished.
        if infos or ahead is None:
            return WalkPage(infos, done=ahead is None)


def _walk_from(entries: Entries, path: str, after: str | None, skip_children: bool) -> Iterator[str]:
    found = entries.read(path)
    if after is None:
        return _below(entries, path, found)
    if is_below(after, path):
        return _behind(entries, path, found, after, skip_children)
    if skip_children and (after == path or is_below(path, after)):
        return iter(())
    return iter(()) if after != path and walk_key(after) > walk_key(path) else _below(entries, path, found)


def _behind(
    entries: Entries, directory: str, found: list[DirectoryEntry], after: str, skip_children: bool
) -> Iterator[str]:
    """What follows `after` in a directory that it lies below."""
    name = after[len(directory.rstrip("/")) + 1 :].split("/", 1)[0]
    index = index_after(found, name)
    path = join_path(directory, name)
    if index > 0 and found[index - 1] == (name, True) and not (path == after and skip_children):
        children = _read_if_present(entries, path)
        if path == after:
            yield from _below(entries, path, children)
        else:
            yield from _behind(entries, path, children, after, skip_children)
    yield from _below(entries, directory, found[index:])


def _below(entries: Entries, directory: str, found: list[DirectoryEntry]) -> Iterator[str]:
    """With a stack of its own: trees are as deep as paths are long."""
    stack = [(directory, iter(found))]
    while stack:
        directory, rest = stack[-1]
        entry = next(rest, None)
        if entry is None:
            stack.pop()
            continue
        name, is_dir = entry
        path = join_path(directory, name)
        yield path
        if is_dir:
            stack.append((path, iter(_read_if_present(entries, path))))


def _read_if_present(entries: Entries, path: str) -> list[DirectoryEntry]:
    try:
        return entries.read(path)
    except _ABSENT:
        return []


def _stat(root: Root, path: str) -> FileInfo | None:
    try:
        return to_file_info(path, root.inspect(path))
    except _ABSENT:
        return None
