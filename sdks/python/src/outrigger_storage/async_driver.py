"""What an asyncio driver is: the same as `driver`, with coroutines. It runs on the event loop of the session."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .values import (
    FileInfo,
    ListPage,
    LocalFile,
    LocalObject,
    Redirect,
    RedirectRequest,
    WalkPage,
    WriterMode,
)


class AsyncReader(Protocol):
    """As `Reader`."""

    @property
    def size(self) -> int: ...

    @property
    def mod_time(self) -> int: ...

    @property
    def version(self) -> str | None: ...

    async def read(self, count: int, /) -> bytes: ...

    async def close(self) -> None: ...


class AsyncWriter(Protocol):
    """As `Writer`."""

    @property
    def size(self) -> int: ...

    async def write(self, chunk: memoryview, /) -> None: ...

    async def commit(self) -> None: ...

    async def close(self) -> None: ...

    async def cancel(self) -> None: ...


@runtime_checkable
class AsyncPlacingWriter(Protocol):
    """As `PlacingWriter`."""

    async def commit_to(self, path: str, /) -> None: ...


@runtime_checkable
class AsyncLocalWriter(Protocol):
    """As `LocalWriter`."""

    @property
    def local(self) -> LocalFile: ...

    async def accept(self, count: int, /) -> None: ...


class AsyncDriver(Protocol):
    """As `Driver`. The task of a request that the host cancelled is cancelled, except for what changes the store."""

    async def stat(self, path: str, /) -> FileInfo: ...

    async def list(self, path: str, /, *, cursor: str | None, limit: int) -> ListPage: ...

    async def put(self, path: str, content: bytes, /) -> None: ...

    async def reader(self, path: str, /, *, offset: int, length: int | None, if_match: str | None) -> AsyncReader: ...

    async def writer(self, path: str, /, *, mode: WriterMode, expected_size: int | None) -> AsyncWriter: ...

    async def move(self, source: str, destination: str, /) -> None:
        """The two are never the same."""

    async def delete(self, path: str, /) -> None: ...

    async def close(self) -> None: ...


class AsyncSupportsWalk(Protocol):
    """Capability walk."""

    async def walk(self, path: str, /, *, after: str | None, skip_children: bool, limit: int) -> WalkPage: ...


class AsyncSupportsCopy(Protocol):
    """Capability copy."""

    async def copy(self, source: str, destination: str, /) -> None: ...


class AsyncSupportsRedirect(Protocol):
    """Capability redirectURL."""

    async def redirect_url(self, path: str, request: RedirectRequest, /) -> Redirect | None: ...


class AsyncSupportsIsolatedWriters(Protocol):
    """Capability isolatedWriters."""

    async def isolated_writer(self, path: str, /, *, expected_size: int | None) -> AsyncWriter: ...


class AsyncSupportsLocalFiles(Protocol):
    """Capability localFiles."""

    @property
    def roots(self) -> tuple[str, ...]: ...

    async def local_file(self, path: str, /) -> LocalObject: ...
