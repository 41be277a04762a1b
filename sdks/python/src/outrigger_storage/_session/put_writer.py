"""The writers of mode `put`: an atomic replacement that is larger than one message, gathered for the driver's `put`."""

from __future__ import annotations

from ..async_driver import AsyncDriver
from ..driver import Driver
from ..errors import Unsupported


class _Gathered:
    def __init__(self, path: str, most: int) -> None:
        self._path = path
        self._most = most
        self._content = bytearray()

    @property
    def size(self) -> int:
        return len(self._content)

    def _take(self, chunk: memoryview) -> None:
        if self.size + len(chunk) > self._most:
            raise Unsupported(f"put takes at most {self._most} bytes", self._path)
        self._content += chunk

    def _give(self) -> bytes:
        return bytes(self._content)

    def _drop(self) -> None:
        self._content = bytearray()


class PutWriter(_Gathered):
    """A `Writer`."""

    def __init__(self, driver: Driver, path: str, most: int) -> None:
        super().__init__(path, most)
        self._driver = driver

    def write(self, chunk: memoryview) -> None:
        self._take(chunk)

    def commit(self) -> None:
        self._driver.put(self._path, self._give())

    def close(self) -> None:
        self._drop()

    def cancel(self) -> None:
        self._drop()


class AsyncPutWriter(_Gathered):
    """An `AsyncWriter`."""

    def __init__(self, driver: AsyncDriver, path: str, most: int) -> None:
        super().__init__(path, most)
        self._driver = driver

    async def write(self, chunk: memoryview) -> None:
        self._take(chunk)

    async def commit(self) -> None:
        await self._driver.put(self._path, self._give())

    async def close(self) -> None:
        self._drop()

    async def cancel(self) -> None:
        self._drop()
