"""The contract over a store of objects; directories are what their paths imply."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from outrigger_storage import (
    BytesReader,
    Entry,
    FileInfo,
    InvalidPath,
    ListPage,
    PathNotFound,
    VersionChanged,
    WriterMode,
    join_path,
)

from .parameters import Parameters
from .store import Store, StoredObject

#: Where committed objects lie in the store, and what was written without a commit.
OBJECTS = "objects"
UNFINISHED = "unfinished"


class Driver:
    """Paths and offsets were checked before a call gets here. The promises are those of `outrigger_storage.Driver`."""

    def __init__(self, parameters: Parameters) -> None:
        self._store = Store()
        logging.info("bucket %s is open", parameters.bucket)

    def stat(self, path: str) -> FileInfo:
        found = self._store.find(OBJECTS + path)
        if found is not None:
            return FileInfo(path, len(found.content), found.mod_time, version=found.version)
        if path != "/" and not self._keys_at(OBJECTS, path):
            raise PathNotFound(path)
        return FileInfo(path, 0, 0, is_dir=True)

    def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        prefix = OBJECTS + inside(path)
        keys = self._store.keys(prefix)
        if path != "/" and not keys:
            raise PathNotFound(path)
        names = sorted({key[len(prefix) :].split("/", 1)[0] for key in keys})
        names = [name for name in names if cursor is None or name > cursor]
        entries = [Entry(join_path(path, name)) for name in names[:limit]]
        return ListPage(entries, cursor=names[limit - 1] if len(names) > limit else None)

    def put(self, path: str, content: bytes) -> None:
        self._require_free(path)
        self._store.save(OBJECTS + path, content)
        self._store.remove(UNFINISHED + path)

    def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> BytesReader:
        """A real driver opens a stream of the range."""
        found = self._find(path)
        if if_match not in (None, found.version):
            raise VersionChanged(path)
        return BytesReader(found.content, mod_time=found.mod_time, version=found.version, offset=offset, length=length)

    def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> Writer:
        self._require_free(path)
        if mode == "truncate":
            return Writer(self, self._store, path, b"")
        begun = self._store.find(UNFINISHED + path) or self._find(path)
        return Writer(self, self._store, path, begun.content)

    def move(self, source: str, destination: str) -> None:
        keys = self._keys_at(OBJECTS, source)
        if not keys:
            raise PathNotFound(source)
        self._require_free(destination)
        for key in keys:
            path = key.removeprefix(OBJECTS)
            self._store.save(OBJECTS + destination + path.removeprefix(source), self._find(path).content)
            self._store.remove(key)

    def delete(self, path: str) -> None:
        keys = [*self._keys_at(OBJECTS, path), *self._keys_at(UNFINISHED, path)]
        if not keys:
            raise PathNotFound(path)
        for key in keys:
            self._store.remove(key)

    def close(self) -> None:
        """Nothing to give back."""

    def _find(self, path: str) -> StoredObject:
        found = self._store.find(OBJECTS + path)
        if found is None:
            raise PathNotFound(path)
        return found

    def _keys_at(self, space: str, path: str) -> Sequence[str]:
        """The key of the object at a path, or those of all below it."""
        key = space + path
        return self._store.keys(space + inside(path)) if self._store.find(key) is None else [key]

    def _require_free(self, path: str) -> None:
        """An object never becomes a directory, nor a directory an object."""
        parts = path.split("/")
        parents = ["/".join(parts[:count]) for count in range(2, len(parts))]
        if self._store.keys(OBJECTS + inside(path)) or any(self._store.find(OBJECTS + each) for each in parents):
            raise InvalidPath(path, "an object and a directory cannot be one")


class Writer:
    """Gathers all content in memory: a real driver uploads in parts."""

    def __init__(self, driver: Driver, store: Store, path: str, content: bytes) -> None:
        self._driver = driver
        self._store = store
        self._path = path
        self._content = bytearray(content)

    @property
    def size(self) -> int:
        return len(self._content)

    def write(self, chunk: memoryview) -> None:
        self._content += chunk

    def commit(self) -> None:
        self._driver.put(self._path, bytes(self._content))

    def close(self) -> None:
        self._store.save(UNFINISHED + self._path, bytes(self._content))

    def cancel(self) -> None:
        self._store.remove(UNFINISHED + self._path)


def inside(directory: str) -> str:
    return directory.rstrip("/") + "/"
