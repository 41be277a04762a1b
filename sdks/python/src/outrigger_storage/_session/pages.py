"""Pages of `list` and `walk` that fit in a message."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..values import Entry, FileInfo, ListPage, WalkPage

Page = TypeVar("Page", ListPage, WalkPage)

#: Room for the cursor and the message around a page.
_REST_BYTES = 32 * 1024
#: Names and values of the other fields of an entry.
_ENTRY_BYTES = 128


async def fit_page(message_bytes: int, limit: int, ask: Callable[[int], Awaitable[Page]]) -> Page:
    """A full page of long paths is too large: it is asked for again, with half as many entries."""
    page = await ask(limit)
    while len(page.entries) > 1 and not _fits(page, message_bytes - _REST_BYTES):
        page = await ask(len(page.entries) // 2)
    return page


def list_to_wire(page: ListPage) -> dict[str, object]:
    result: dict[str, object] = {"entries": [_entry_to_wire(each) for each in page.entries]}
    return result if page.cursor is None else {**result, "cursor": page.cursor}


def walk_to_wire(page: WalkPage) -> dict[str, object]:
    return {"entries": [info_to_wire(each) for each in page.entries], "done": page.done}


def info_to_wire(info: FileInfo) -> dict[str, object]:
    wire: dict[str, object] = {
        "path": info.path,
        "size": info.size,
        "modTime": info.mod_time,
        "isDir": info.is_dir,
    }
    return wire if info.version is None else {**wire, "version": info.version}


def _entry_to_wire(entry: Entry) -> dict[str, object]:
    wire = {"path": entry.path, "isDir": entry.is_dir, "size": entry.size, "modTime": entry.mod_time}
    return {key: value for key, value in wire.items() if value is not None}


def _fits(page: ListPage | WalkPage, most: int) -> bool:
    """Most pages are small, and that is seen without making the text twice."""
    rough = sum(_ENTRY_BYTES + len(each.path) + 6 * len(getattr(each, "version", None) or "") for each in page.entries)
    if rough <= most:
        return True
    wire = list_to_wire(page) if isinstance(page, ListPage) else walk_to_wire(page)
    return len(json.dumps(wire)) <= most
