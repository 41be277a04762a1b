"""What a synchronous driver is. Its methods run in a pool of threads, several at a time.

The paths that a driver sees were checked: see docs/protocol/operations.md. Each operation raises what `errors`
has; anything else becomes INTERNAL. Optional powers are methods too: a driver that has `walk` declares `walk`.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol, runtime_checkable

from .values import (
    FileInfo,
    FileSlice,
    ListPage,
    LocalFile,
    LocalObject,
    Redirect,
    RedirectRequest,
    WalkPage,
    WriterMode,
)


class Reader(Protocol):
    """An open object, from the offset that was asked for. Used by one thread at a time."""

    @property
    def size(self) -> int:
        """Bytes of the whole object, as it was opened."""

    @property
    def mod_time(self) -> int: ...

    @property
    def version(self) -> str | None: ...

    def read(self, count: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""

    def close(self) -> None: ...


@runtime_checkable
class FileBacked(Protocol):
    """A reader whose bytes lie in a file: the kernel sends them (sendfile)."""

    def file_slice(self) -> FileSlice: ...


class Writer(Protocol):
    """Open content of one path. Used by one thread at a time."""

    @property
    def size(self) -> int:
        """Bytes that were taken, those that an append found included."""

    def write(self, chunk: memoryview, /) -> None:
        """Takes all of the chunk, which is only lent. After an error the writer stays open with what it took."""

    def commit(self) -> None:
        """Makes the content durable and visible. After one that failed there is still a `cancel`."""

    def close(self) -> None:
        """Makes durable what was taken, so that an append goes on from there. An isolated writer is discarded."""

    def cancel(self) -> None:
        """Removes what this writer wrote."""


@runtime_checkable
class PlacingWriter(Protocol):
    """A writer of a driver with the capability commitTo."""

    def commit_to(self, path: str, /) -> None:
        """A commit whose content appears at another path, atomically; nothing stays at the writer's own."""


@runtime_checkable
class LocalWriter(Protocol):
    """A writer whose content the host may write into a file by itself."""

    @property
    def local(self) -> LocalFile: ...

    def accept(self, count: int, /) -> None:
        """So many bytes more are in the file, behind the writer's size."""


class Driver(Protocol):
    """The required operations."""

    def stat(self, path: str, /) -> FileInfo: ...

    def list(self, path: str, /, *, cursor: str | None, limit: int) -> ListPage:
        """A page of the children of a directory; `/` can always be listed."""

    def put(self, path: str, content: bytes, /) -> None:
        """Replaces the whole of an object: atomic, durable when it returns, the last of several wins as a whole."""

    def reader(self, path: str, /, *, offset: int, length: int | None, if_match: str | None) -> Reader:
        """Opens an object. At or behind the end there are no bytes; an offset is never negative."""

    def writer(self, path: str, /, *, mode: WriterMode, expected_size: int | None) -> Writer:
        """`append` goes on behind content that was closed without a commit, in this process or another."""

    def move(self, source: str, destination: str, /) -> None:
        """The two are never the same."""

    def delete(self, path: str, /) -> None: ...

    def close(self) -> None:
        """Gives everything back. The last call."""


@runtime_checkable
class SupportsWalk(Protocol):
    """Capability walk."""

    def walk(self, path: str, /, *, after: str | None, skip_children: bool, limit: int) -> WalkPage: ...


@runtime_checkable
class SupportsCopy(Protocol):
    """Capability copy."""

    def copy(self, source: str, destination: str, /) -> None: ...


@runtime_checkable
class SupportsRedirect(Protocol):
    """Capability redirectURL."""

    def redirect_url(self, path: str, request: RedirectRequest, /) -> Redirect | None: ...


@runtime_checkable
class SupportsIsolatedWriters(Protocol):
    """Capability isolatedWriters: nobody sees anything before the commit, which is atomic."""

    def isolated_writer(self, path: str, /, *, expected_size: int | None) -> Writer: ...


@runtime_checkable
class SupportsLocalFiles(Protocol):
    """Capability localFiles, the plane file."""

    @property
    def roots(self) -> tuple[str, ...]:
        """1 to 16 absolute directories, without symbolic links in them, that hold every local file."""

    def local_file(self, path: str, /) -> LocalObject: ...


@runtime_checkable
class MovesAtomically(Protocol):
    """Capability atomicMove: who reads the destination sees the old or the new content."""

    atomic_move: ClassVar[Literal[True]]


@runtime_checkable
class MovesDirectoriesAtomically(Protocol):
    """Capability atomicDirectoryMove: what somebody puts into a directory while it is moved is not lost."""

    atomic_directory_move: ClassVar[Literal[True]]


@runtime_checkable
class CommitsTo(Protocol):
    """Capability commitTo: the writers of `writer` are `PlacingWriter`."""

    commits_to: ClassVar[Literal[True]]
