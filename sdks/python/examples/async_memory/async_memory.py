#!/usr/bin/env python3
"""An asyncio driver that keeps everything in memory: how one looks, and what the library's tests run on.

Nothing here waits, so no other request comes between two lines: a driver over a network has to take care of that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar, Literal

from outrigger_storage import (
    AlreadyClosed,
    AsyncWriter,
    BytesReader,
    Definition,
    Entry,
    FileInfo,
    InvalidPath,
    ListPage,
    PathNotFound,
    VersionChanged,
    WalkPage,
    WriterMode,
    is_below,
    join_path,
    serve,
    split_path,
    walk_key,
)


@dataclass(frozen=True)
class Config:
    """No parameters."""


@dataclass(frozen=True)
class Content:
    """Of one object."""

    data: bytes
    version: str
    mod_time: int = field(default_factory=lambda: time.time_ns() // 1_000_000)


class Store:
    """Maps paths to objects; directories are what paths imply."""

    def __init__(self) -> None:
        self.objects: dict[str, Content] = {}
        #: What writers closed without a commit.
        self.unfinished: dict[str, bytes] = {}
        self._versions = count(1)

    def save(self, path: str, data: bytes) -> None:
        self.require_free(path)
        self.objects[path] = Content(data, f"v{next(self._versions)}")
        self.unfinished.pop(path, None)

    def find(self, path: str) -> Content:
        if path not in self.objects:
            raise PathNotFound(path)
        return self.objects[path]

    def require_free(self, path: str) -> None:
        """Nothing lies below an object, and an object never replaces a directory."""
        if self.below(path) or any(is_below(path, each) for each in self.objects):
            raise InvalidPath(path, "an object and a directory cannot be one")

    def below(self, directory: str) -> list[str]:
        return [each for each in self.objects if is_below(each, directory)]

    def info(self, path: str) -> FileInfo:
        if path in self.objects:
            found = self.objects[path]
            return FileInfo(path, len(found.data), found.mod_time, version=found.version)
        times = [self.objects[each].mod_time for each in self.below(path)]
        if not times and path != "/":
            raise PathNotFound(path)
        return FileInfo(path, 0, max(times, default=0), is_dir=True)

    def tree(self, directory: str) -> list[str]:
        """All below, directories included, in walk order."""
        if self.info(directory).is_dir is False:
            raise PathNotFound(directory)
        prefix = directory.rstrip("/")
        parts = [path[len(prefix) + 1 :].split("/") for path in self.below(directory)]
        paths = {prefix + "/" + "/".join(each[:depth]) for each in parts for depth in range(1, len(each) + 1)}
        return sorted(paths, key=walk_key)


class AsyncMemoryWriter:
    """Gathers; the store sees nothing before the commit."""

    def __init__(self, store: Store, path: str, data: bytes, *, resumable: bool) -> None:
        self._store = store
        self._path = path
        self._data = bytearray(data)
        self._resumable = resumable
        self._is_open = True

    @property
    def size(self) -> int:
        return len(self._data)

    async def write(self, chunk: memoryview) -> None:
        self._data += chunk

    async def commit(self) -> None:
        self._store.save(self._path, bytes(self._data))
        self._end()

    async def commit_to(self, path: str) -> None:
        self._store.save(path, bytes(self._data))
        self._store.objects.pop(self._path, None)
        self._end()

    async def close(self) -> None:
        self._end()
        if self._resumable:
            self._store.unfinished[self._path] = bytes(self._data)

    async def cancel(self) -> None:
        self._end()

    def _end(self) -> None:
        if not self._is_open:
            raise AlreadyClosed(f"already closed: {self._path}", path=self._path)
        self._is_open = False
        if self._resumable:
            self._store.unfinished.pop(self._path, None)


class AsyncBytesReader(BytesReader):
    """Of content that is in memory."""

    async def read(self, count: int) -> bytes:  # type: ignore[override]
        return super().read(count)

    async def close(self) -> None:  # type: ignore[override]
        super().close()


class AsyncMemoryDriver:
    """An `AsyncDriver`."""

    atomic_move: ClassVar[Literal[True]] = True
    commits_to: ClassVar[Literal[True]] = True

    def __init__(self, config: Config) -> None:
        self._store = Store()

    async def stat(self, path: str) -> FileInfo:
        return self._store.info(path)

    async def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        depth = 1 if path == "/" else path.count("/") + 1
        names = [each for each in self._store.tree(path) if each.count("/") == depth]
        page = sorted(each for each in names if cursor is None or each > join_path(path, cursor))
        entries = [Entry(each, each not in self._store.objects) for each in page[:limit]]
        return ListPage(entries, cursor=split_path(entries[-1].path)[1] if len(page) > limit else None)

    async def walk(self, path: str, *, after: str | None, skip_children: bool, limit: int) -> WalkPage:
        page = self._store.tree(path)
        if after is not None:
            page = [each for each in page if walk_key(each) > walk_key(after)]
            if skip_children:
                page = [each for each in page if not is_below(each, after)]
        return WalkPage([self._store.info(each) for each in page[:limit]], done=len(page) <= limit)

    async def put(self, path: str, content: bytes) -> None:
        self._store.save(path, content)

    async def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> AsyncBytesReader:
        found = self._store.find(path)
        if if_match not in (None, found.version):
            raise VersionChanged(path)
        return AsyncBytesReader(
            found.data, mod_time=found.mod_time, version=found.version, offset=offset, length=length
        )

    async def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> AsyncWriter:
        self._store.require_free(path)
        if mode == "truncate":
            self._store.unfinished.pop(path, None)
            return AsyncMemoryWriter(self._store, path, b"", resumable=True)
        data = self._store.unfinished.get(path)
        begun = self._store.find(path).data if data is None else data
        return AsyncMemoryWriter(self._store, path, begun, resumable=True)

    async def isolated_writer(self, path: str, *, expected_size: int | None) -> AsyncWriter:
        self._store.require_free(path)
        return AsyncMemoryWriter(self._store, path, b"", resumable=False)

    async def move(self, source: str, destination: str) -> None:
        paths = [source] if source in self._store.objects else self._store.below(source)
        if not paths:
            raise PathNotFound(source)
        if is_below(destination, source):
            raise InvalidPath(destination, "it lies below the source")
        for path in paths:
            self._store.save(destination + path[len(source) :], self._store.objects[path].data)
        await self.delete(source)

    async def copy(self, source: str, destination: str) -> None:
        self._store.save(destination, self._store.find(source).data)

    async def delete(self, path: str) -> None:
        gone = [(kept, each) for kept in (self._store.objects, self._store.unfinished) for each in kept]
        gone = [(kept, each) for kept, each in gone if each == path or is_below(each, path)]
        if not gone:
            raise PathNotFound(path)
        for kept, each in gone:
            del kept[each]

    async def close(self) -> None:
        self._store.objects.clear()


if __name__ == "__main__":
    serve(Definition(name="async-memory", version="0.1.0", driver=AsyncMemoryDriver, config=Config))
