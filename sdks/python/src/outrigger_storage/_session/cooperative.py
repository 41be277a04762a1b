"""Runs asyncio drivers on the loop of the session. Only dialling and sendfile, which block, go to threads."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar, cast

from ..async_driver import AsyncDriver, AsyncReader, AsyncWriter
from ..driver import Driver, FileBacked, Writer
from ..errors import Cancelled
from .data_socket import CHUNK_BYTES, DataSocket, require_all, send_file, shut
from .reading import ReadRequest, facts_of, to_base64
from .receiving import Receiving

P = ParamSpec("P")
T = TypeVar("T")


class CooperativeRunner:
    """A `Runner`. What it is given as a synchronous driver is an AsyncDriver: the shapes are the same."""

    def __init__(self, streams: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._streams = ThreadPoolExecutor(streams, "stream")

    async def call(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        coroutine = cast(Callable[P, Awaitable[T]], method)
        return await coroutine(*args, **kwargs)

    async def get(self, driver: Driver, path: str, most: int) -> dict[str, object]:
        async with _open(driver, ReadRequest(path, 0, None, None, most, None)) as reader:
            if reader.size > most:
                return facts_of(reader)
            return {"content": to_base64(await _read_fully(reader, reader.size, path)), **facts_of(reader)}

    async def read(self, driver: Driver, request: ReadRequest) -> dict[str, object]:
        async with _open(driver, request) as reader:
            left = request.left_of(reader.size)
            if request.data_socket is None or left <= request.most_inline:
                return {"data": to_base64(await _read_fully(reader, left, request.path)), **facts_of(reader)}
            return {"bytes": await self._send(reader, request.data_socket, request.path, left), **facts_of(reader)}

    async def receive(self, writer: Writer, data_socket: DataSocket, receiving: Receiving) -> None:
        with await self._dial(data_socket, {}) as connection, receiving.of(connection) as is_taken:
            connection.setblocking(False)
            if is_taken:
                await self._receive_content(connection, cast(AsyncWriter, writer))

    async def _send(self, reader: AsyncReader, data_socket: DataSocket, path: str, left: int) -> int:
        connection = await self._dial(data_socket, facts_of(reader))
        try:
            if isinstance(reader, FileBacked):
                sent = await self._in_thread(connection, functools.partial(send_file, connection, reader.file_slice()))
            else:
                connection.setblocking(False)
                sent = await self._send_chunks(connection, reader)
            connection.shutdown(socket.SHUT_WR)
            return require_all(sent, left, path)
        except (ConnectionError, asyncio.CancelledError) as error:
            raise Cancelled(path) from error
        finally:
            connection.close()

    async def _in_thread(self, connection: socket.socket, task: Callable[[], int]) -> int:
        running = self._loop.run_in_executor(self._streams, task)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            shut(connection)
            with contextlib.suppress(OSError):
                await running
            raise

    async def _send_chunks(self, connection: socket.socket, reader: AsyncReader) -> int:
        """The host's end of the connection cancels this task, also while it waits for the backend."""
        task = asyncio.current_task()
        if task is not None:
            self._loop.add_reader(connection, task.cancel)
        sent = 0
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                await self._loop.sock_sendall(connection, chunk)
                sent += len(chunk)
            return sent
        finally:
            self._loop.remove_reader(connection)

    async def _receive_content(self, connection: socket.socket, writer: AsyncWriter) -> None:
        buffer = memoryview(bytearray(CHUNK_BYTES))
        while True:
            try:
                count = await self._loop.sock_recv_into(connection, buffer)
            except ConnectionError:
                return
            if count == 0:
                return
            await writer.write(buffer[:count])

    async def _dial(self, data_socket: DataSocket, opened: dict[str, object]) -> socket.socket:
        return await self._loop.run_in_executor(self._streams, data_socket.dial, opened)


@asynccontextmanager
async def _open(driver: Driver, request: ReadRequest) -> AsyncIterator[AsyncReader]:
    reader = await cast(AsyncDriver, driver).reader(
        request.path, offset=request.offset, length=request.length, if_match=request.if_match
    )
    try:
        yield reader
    finally:
        await reader.close()


async def _read_fully(reader: AsyncReader, count: int, path: str) -> bytes:
    parts: list[bytes] = []
    missing = count
    while missing > 0 and (chunk := await reader.read(missing)):
        parts.append(chunk)
        missing -= len(chunk)
    require_all(count - missing, count, path)
    return b"".join(parts)
