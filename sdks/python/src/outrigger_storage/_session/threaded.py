"""Runs synchronous drivers: calls in one pool of threads, data connections in another, since they may be slow."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import ParamSpec, TypeVar

from ..cancellation import Cancellation, current_cancellation
from ..driver import Driver, FileBacked, Reader, Writer
from .data_socket import DataSocket, receive_content, require_all, send_content, shut
from .reading import ReadRequest, facts_of, to_base64
from .receiving import Receiving

P = ParamSpec("P")
T = TypeVar("T")


class ThreadedRunner:
    """A `Runner`."""

    def __init__(self, threads: int, streams: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._calls = ThreadPoolExecutor(threads, "call")
        self._streams = ThreadPoolExecutor(streams, "stream")

    async def call(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(self._calls, functools.partial(method, *args, **kwargs))

    async def get(self, driver: Driver, path: str, most: int) -> dict[str, object]:
        return await self._run(self._calls, functools.partial(_get, driver, path, most))

    async def read(self, driver: Driver, request: ReadRequest) -> dict[str, object]:
        pool = self._calls if request.data_socket is None else self._streams
        return await self._run(pool, functools.partial(self._read, driver, request))

    async def receive(self, writer: Writer, data_socket: DataSocket, receiving: Receiving) -> None:
        await self._run(self._streams, functools.partial(_receive, writer, data_socket, receiving))

    async def _run(self, pool: ThreadPoolExecutor, task: Callable[[], T]) -> T:
        context = contextvars.copy_context()
        return await self._loop.run_in_executor(pool, context.run, _unless_cancelled, task)

    def _read(self, driver: Driver, request: ReadRequest) -> dict[str, object]:
        reader = driver.reader(request.path, offset=request.offset, length=request.length, if_match=request.if_match)
        with closing(reader):
            left = request.left_of(reader.size)
            if request.data_socket is None or left <= request.most_inline:
                return {"data": to_base64(_read_fully(reader, left, request.path)), **facts_of(reader)}
            return {"bytes": self._send(reader, request.data_socket, request.path, left), **facts_of(reader)}

    def _send(self, reader: Reader, data_socket: DataSocket, path: str, left: int) -> int:
        cancellation = current_cancellation()
        connection = data_socket.dial(facts_of(reader))
        # sendfile notices by itself that the host has gone; who waits for a backend does not.
        if not isinstance(reader, FileBacked):
            self._loop.call_soon_threadsafe(self._watch, connection, cancellation)
        try:
            # A cancel wakes whoever waits for the connection.
            cancellation.on_set(functools.partial(shut, connection))
            return send_content(connection, reader, path, left)
        finally:
            self._loop.call_soon_threadsafe(self._close, connection)

    def _watch(self, connection: socket.socket, cancellation: Cancellation) -> None:
        """On a read nothing comes from the host but its end."""

        def ended() -> None:
            self._loop.remove_reader(connection)
            cancellation.set()

        self._loop.add_reader(connection, ended)

    def _close(self, connection: socket.socket) -> None:
        """By the loop, which may watch it."""
        self._loop.remove_reader(connection)
        connection.close()


def _unless_cancelled(task: Callable[[], T]) -> T:
    """It may have waited for a thread."""
    current_cancellation().check()
    return task()


def _get(driver: Driver, path: str, most: int) -> dict[str, object]:
    with closing(driver.reader(path, offset=0, length=None, if_match=None)) as reader:
        if reader.size > most:
            return facts_of(reader)
        return {"content": to_base64(_read_fully(reader, reader.size, path)), **facts_of(reader)}


def _receive(writer: Writer, data_socket: DataSocket, receiving: Receiving) -> None:
    with data_socket.dial({}) as connection, receiving.of(connection) as is_taken:
        if is_taken:
            receive_content(connection, writer)


def _read_fully(reader: Reader, count: int, path: str) -> bytes:
    parts: list[bytes] = []
    missing = count
    while missing > 0 and (chunk := reader.read(missing)):
        parts.append(chunk)
        missing -= len(chunk)
    require_all(count - missing, count, path)
    return b"".join(parts)
