"""An asyncio driver that keeps its event loop busy, or waits on it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from outrigger_storage import AsyncWriter, Definition, FileInfo, ListPage, PathNotFound, WriterMode, serve


@dataclass(frozen=True)
class Config:
    """No parameters."""


class ZerosReader:
    """Waits for its backend after the first chunk of `/wait`."""

    size = 1024 * 1024
    mod_time = 0
    version = None

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = self.size

    async def read(self, count: int) -> bytes:
        if self._path == "/wait" and self._left < self.size:
            await asyncio.Event().wait()
        count = min(count, self._left)
        self._left -= count
        return bytes(count)

    async def close(self) -> None: ...


class BusyDriver:
    """See above."""

    def __init__(self, config: Config) -> None: ...

    async def stat(self, path: str) -> FileInfo:
        if path == "/busy":
            time.sleep(3600)  # noqa: ASYNC251 -- the fault that is tested
        if path == "/wait":
            await asyncio.Event().wait()
        return FileInfo(path, 0, 0)

    async def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        raise PathNotFound(path)

    async def put(self, path: str, content: bytes) -> None: ...

    async def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> ZerosReader:
        return ZerosReader(path)

    async def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> AsyncWriter:
        raise PathNotFound(path)

    async def move(self, source: str, destination: str) -> None: ...

    async def delete(self, path: str) -> None: ...

    async def close(self) -> None: ...


async def open_driver(config: Config) -> BusyDriver:
    """A driver may be made by a coroutine, too."""
    await asyncio.sleep(0)
    return BusyDriver(config)


if __name__ == "__main__":
    serve(Definition(name="busy", version="0.1.0", driver=open_driver, config=Config))
