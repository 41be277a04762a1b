"""The driver: names by reference, content by stripes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal, TypeVar

import rados
from outrigger_storage import (
    Entry,
    FileInfo,
    InvalidPath,
    ListPage,
    PathNotFound,
    Unavailable,
    VersionChanged,
    WriterMode,
    is_below,
    join_path,
)

from .blobs import Blob, Blobs
from .cluster import Cluster
from .config import RadosConfig
from .errors import told_about
from .reader import ContentGone, RadosReader
from .references import References
from .sweeping import Sweeping
from .writer import RadosWriter

T = TypeVar("T")

_LOCKS = 64
_TRIES = 100


class RadosDriver:
    """A `Driver` with isolated writers, commits to another path and atomic moves."""

    atomic_move: ClassVar[Literal[True]] = True
    commits_to: ClassVar[Literal[True]] = True

    def __init__(self, config: RadosConfig) -> None:
        self._cluster = Cluster(config)
        self._blobs = Blobs(self._cluster, config.chunksize)
        self._references = References(self._cluster)
        #: Of references: who replaces one has to see what it replaces, or content would stay for ever.
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._sweeping = Sweeping(self._blobs, self._references)

    def stat(self, path: str) -> FileInfo:
        with told_about(path):
            oid = self._references.find(path)
            if oid == "":
                return FileInfo(path, 0, self._directory_time(path), is_dir=True)
            blob = self._open(path, oid, _as_it_is)
        return FileInfo(path, blob.size, blob.mod_time, version=blob.version)

    def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        with told_about(path):
            if self._references.find(path) != "":
                raise PathNotFound(path)
            found = self._references.children(path, after=cursor or "", limit=limit + 1)
        entries = [Entry(join_path(path, name), oid == "") for name, oid in found[:limit]]
        return ListPage(entries, cursor=found[limit - 1][0] if len(found) > limit else None)

    def put(self, path: str, content: bytes) -> None:
        writer = self.isolated_writer(path, expected_size=len(content))
        try:
            writer.write(memoryview(content))
            writer.commit()
        except Exception:
            writer.cancel()
            raise

    def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> RadosReader:
        def begin(blob: Blob) -> RadosReader:
            if if_match is not None and if_match != blob.version:
                raise VersionChanged(path)
            reader = RadosReader(self._cluster.pool(), path, blob, offset, length)
            reader.begin()
            return reader

        with told_about(path):
            return self._open(path, self._references.find(path), begin)

    def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> RadosWriter:
        with told_about(path):
            if mode == "append":
                found = self._open(path, self._references.find(path), _as_it_is)
                return self._to_writer(path, replace(found, owner=path), is_isolated=False)
            self._require_place(path)
            blob = self._blobs.create(path)
            # Named at once, so that an upload that nobody ends can be found and deleted.
            self._place(blob, path)
            return self._to_writer(path, blob, is_isolated=False)

    def isolated_writer(self, path: str, *, expected_size: int | None) -> RadosWriter:
        with told_about(path):
            self._require_place(path)
            return self._to_writer(path, self._blobs.create(path), is_isolated=True)

    def move(self, source: str, destination: str) -> None:
        with told_about(source):
            oid = self._references.find(source)
            if oid is None:
                raise PathNotFound(source)
            if is_below(destination, source):
                raise InvalidPath(destination, "it lies below the source")
            if oid == "":
                self._move_directory(source, destination)
            else:
                self._move_object(oid, source, destination)

    def delete(self, path: str) -> None:
        with told_about(path):
            with self._lock_of(path):
                oid = self._references.find(path)
                if oid is None:
                    raise PathNotFound(path)
                self._references.remove(path)
            if oid == "":
                self._delete_below(path)
            else:
                self._blobs.delete(oid, path)

    def close(self) -> None:
        self._sweeping.close()
        self._cluster.close()

    def _to_writer(self, path: str, blob: Blob, *, is_isolated: bool) -> RadosWriter:
        pool = self._cluster.pool()
        return RadosWriter(pool, self._blobs, path, blob, is_isolated=is_isolated, place=self._place, drop=self._drop)

    def _open(self, path: str, oid: str | None, use: Callable[[Blob], T]) -> T:
        """Who replaces content deletes it: whoever found it a moment before looks again."""
        for _ in range(_TRIES):
            if not oid:
                raise PathNotFound(path)
            try:
                return use(self._blobs.inspect(oid))
            except (rados.ObjectNotFound, ContentGone):
                before, oid = oid, self._references.find(path)
                if oid == before:
                    raise
        raise Unavailable(f"content is replaced again and again: {path}", path=path)

    def _require_place(self, path: str) -> None:
        """Where an object can be: below directories, and not in place of one."""
        if self._references.find(path) == "" and self._references.children(path, limit=1):
            raise InvalidPath(path, "a directory is there")
        self._references.make_parents(path)

    def _place(self, blob: Blob, path: str) -> None:
        """Content that belongs to one path becomes that of another, or of its own for the first time."""
        owner = blob.owner or path
        if owner != path:
            self._require_place(path)
            # Before it is named twice: whoever deletes the old name then leaves the content alone.
            self._blobs.set_owner(blob.oid, path, owner)
        with self._lock_of(path):
            old = self._references.find(path)
            self._references.set(path, blob.oid)
        if owner != path and self._references.find(owner) == blob.oid:
            self._references.remove(owner)
        if old and old != blob.oid:
            self._blobs.delete(old, path)

    def _drop(self, blob: Blob, path: str) -> None:
        with self._lock_of(path):
            if self._references.find(path) == blob.oid:
                self._references.remove(path)
        self._blobs.delete(blob.oid, path)

    def _move_object(self, oid: str, source: str, destination: str) -> None:
        self._require_place(destination)
        blob = self._open(source, oid, _as_it_is)
        self._place(replace(blob, owner=source), destination)

    def _move_directory(self, source: str, destination: str) -> None:
        """Name by name: no byte is copied, and others may see a part of it."""
        if self._references.find(destination):
            raise InvalidPath(destination, "an object is there")
        self._references.make_parents(destination)
        self._references.set(destination, "")
        for name, oid in self._references.all_children(source):
            origin, target = join_path(source, name), join_path(destination, name)
            if oid == "":
                self._move_directory(origin, target)
            else:
                self._move_object(oid, origin, target)
        self._references.remove(source)
        self._references.remove_directory(source)

    def _delete_below(self, directory: str) -> None:
        for name, oid in self._references.all_children(directory):
            path = join_path(directory, name)
            if oid == "":
                self._delete_below(path)
            else:
                self._blobs.delete(oid, path)
        self._references.remove_directory(directory)

    def _directory_time(self, path: str) -> int:
        try:
            return self._cluster.mod_time(path)
        except rados.ObjectNotFound:
            return 0  # nothing was ever put into it

    def _lock_of(self, path: str) -> threading.Lock:
        return self._locks[hash(path) % _LOCKS]


def _as_it_is(blob: Blob) -> Blob:
    return blob
