"""The driver: Distribution's layout below a local directory."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ClassVar, Literal

from outrigger_storage import (
    Entry,
    FileInfo,
    FileReader,
    InvalidPath,
    ListPage,
    LocalObject,
    PathNotFound,
    QuotaExceeded,
    VersionChanged,
    WalkPage,
    WriterMode,
    is_below,
    join_path,
)

from .config import FilesystemConfig
from .directories import Directories
from .early_sync import EarlySync
from .entries import DirectoryEntry, Entries, index_after
from .errors import Access, told_about
from .info import mod_time_of, to_file_info, version_of
from .names import require_open
from .removing import Sweeping, remove_tree
from .replacing import Replacing, write_fully
from .root import Root, open_file
from .walking import walk_page
from .writer import FilesystemWriter, Target

#: Less is written and refused as quickly as the free space is asked for.
_WORTH_A_LOOK = 16 * 1024 * 1024
_EARLY_SYNC_THREADS = 8


class FilesystemDriver:
    """A `Driver` with every capability but redirectURL."""

    atomic_move: ClassVar[Literal[True]] = True
    atomic_directory_move: ClassVar[Literal[True]] = True
    commits_to: ClassVar[Literal[True]] = True

    def __init__(self, config: FilesystemConfig) -> None:
        self.threads = config.threads
        self._durable = config.commit == "durable"
        self._root = Root(config.rootdirectory)
        self._directories = Directories(self._root, self._durable)
        self._replacing = Replacing(self._root, self._directories, self._durable)
        self._entries = Entries(self._root)
        self._syncs = ThreadPoolExecutor(_EARLY_SYNC_THREADS, "sync") if self._durable else None
        self._sweeping = Sweeping(self._root.path)

    @property
    def roots(self) -> tuple[str, ...]:
        return (self._root.path,)

    def stat(self, path: str) -> FileInfo:
        with _serving(path, "read"):
            return to_file_info(path, self._root.inspect(path))

    def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        with _serving(path, "read"):
            entries = self._read_or_empty_root(path)
        start = 0 if cursor is None else index_after(entries, cursor)
        page = entries[start : start + limit]
        more = start + limit < len(entries)
        return ListPage(
            [Entry(join_path(path, name), is_dir) for name, is_dir in page],
            cursor=page[-1][0] if more and page else None,
        )

    def walk(self, path: str, *, after: str | None, skip_children: bool, limit: int) -> WalkPage:
        with _serving(path, "read"):
            return walk_page(self._root, self._entries, path, after=after, skip_children=skip_children, limit=limit)

    def put(self, path: str, content: bytes) -> None:
        with _serving(path, "write"):
            self._replacing.replace(path, lambda descriptor: write_fully(descriptor, content, 0))

    def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> FileReader:
        with _serving(path, "read"), self._root.parent(path) as (directory, name):
            descriptor, found = open_file(directory, name, os.O_RDONLY)
        version = version_of(found)
        if if_match is not None and if_match != version:
            os.close(descriptor)
            raise VersionChanged(path)
        return FileReader(
            descriptor,
            size=found.st_size,
            mod_time=mod_time_of(found),
            version=version,
            offset=offset,
            length=length,
        )

    def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> FilesystemWriter:
        if mode == "append":
            with _serving(path, "read"), self._root.parent(path) as (directory, name):
                descriptor, found = open_file(directory, name, os.O_WRONLY)
            return self._to_writer(Target(path, path, descriptor, found, found.st_size))
        with _serving(path, "write"):
            self._check_space(path, expected_size)
            descriptor, found = self._directories.with_parent(path, _open_truncated)
            return self._to_writer(Target(path, path, descriptor, found, 0))

    def isolated_writer(self, path: str, *, expected_size: int | None) -> FilesystemWriter:
        with _serving(path, "write"):
            self._check_space(path, expected_size)
            descriptor, found, temporary = self._replacing.create(path)
            return self._to_writer(Target(path, temporary, descriptor, found, 0))

    def move(self, source: str, destination: str) -> None:
        with _serving(source, "read"):
            found = self._root.inspect(source)
        if is_below(destination, source):
            raise InvalidPath(destination, "it lies below the source")
        with _serving(destination, "write"):
            self._rename(source, destination)
            if stat.S_ISDIR(found.st_mode):
                self._directories.gone(source)
            self._directories.sync_parent(destination)
            self._directories.sync_parent(source)

    def copy(self, source: str, destination: str) -> None:
        """Within the kernel, as a clone that shares its blocks where the file system can."""
        with _serving(source, "read"), self._root.parent(source) as (directory, name):
            descriptor, found = open_file(directory, name, os.O_RDONLY)
        try:
            with _serving(destination, "write"):
                self._replacing.replace(destination, lambda target: _copy_content(descriptor, target, found.st_size))
        finally:
            os.close(descriptor)

    def delete(self, path: str) -> None:
        with _serving(path, "read"):
            found = self._root.inspect(path)
            with self._root.parent(path) as (directory, name):
                if stat.S_ISDIR(found.st_mode):
                    remove_tree(directory, name)
                    self._directories.gone(path)
                else:
                    os.unlink(name, dir_fd=directory)
            self._directories.sync_parent(path)

    def local_file(self, path: str) -> LocalObject:
        with _serving(path, "read"):
            found = self._root.inspect(path)
        if not stat.S_ISREG(found.st_mode):
            raise PathNotFound(path)
        return LocalObject(
            self._root.local(path), found.st_dev, found.st_ino, found.st_size, mod_time_of(found), version_of(found)
        )

    def close(self) -> None:
        self._sweeping.close()
        if self._syncs is not None:
            self._syncs.shutdown(wait=False)

    def _read_or_empty_root(self, path: str) -> Sequence[DirectoryEntry]:
        """`/` can always be listed, also when somebody removed the root."""
        try:
            return self._entries.read(path)
        except FileNotFoundError:
            if path != "/":
                raise
            return []

    def _to_writer(self, target: Target) -> FilesystemWriter:
        early = EarlySync(self._syncs, target.descriptor)
        return FilesystemWriter(self._root, target, early, self._durable, self._place)

    def _place(self, target: Target, to: str) -> None:
        require_open(to)
        if target.is_isolated:
            self._replacing.publish(target.file, to)
        elif to == target.path:
            self._directories.sync_parent(to)
        else:
            self.move(target.path, to)

    def _rename(self, source: str, destination: str) -> None:
        def attempt(directory: int, name: str) -> None:
            with self._root.parent(source) as (origin, old):
                os.rename(old, name, src_dir_fd=origin, dst_dir_fd=directory)

        try:
            self._directories.with_parent(destination, attempt)
        except Exception:
            # The source may have gone meanwhile; that is what to tell then.
            with told_about(source, "read"):
                self._root.inspect(source)
            raise

    def _check_space(self, path: str, needed: int | None) -> None:
        """Early news of a full disk. Only root may use the reserve that `f_bavail` leaves out."""
        if needed is None or needed < _WORTH_A_LOOK:
            return
        system = os.statvfs(self._root.path)
        free = system.f_bfree if os.geteuid() == 0 else system.f_bavail
        if system.f_blocks > 0 and needed > free * system.f_frsize:
            raise QuotaExceeded(f"no space left for {needed} bytes: {path}", path=path)


@contextmanager
def _serving(path: str, access: Access) -> Iterator[None]:
    with told_about(path, access):
        require_open(path)
        yield


def _open_truncated(directory: int, name: str) -> tuple[int, os.stat_result]:
    """Nothing is cut before the file is known to be ours."""
    descriptor, found = open_file(directory, name, os.O_WRONLY | os.O_CREAT)
    try:
        if found.st_size > 0:
            os.ftruncate(descriptor, 0)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, found


def _copy_content(source: int, target: int, size: int) -> None:
    position = 0
    while position < size:
        try:
            count = os.copy_file_range(source, target, size - position, position, position)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            chunk = os.pread(source, 1024 * 1024, position)
            write_fully(target, chunk, position)
            count = len(chunk)
        if count == 0:
            raise OSError(errno.EIO, "the source has become shorter")
        position += count
