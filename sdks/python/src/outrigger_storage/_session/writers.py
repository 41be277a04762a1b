"""The writers that the host has open, by their ids."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from .._wire.params import Params
from ..driver import LocalWriter, PlacingWriter, Writer
from ..errors import AlreadyClosed, InvalidOffset, Unavailable, Unsupported
from ..paths import check_path
from ..values import LocalFile
from .data_socket import DataSocket
from .local_files import location_of
from .receiving import Receiving
from .runner import Runner

log = logging.getLogger("outrigger_storage")


@dataclass
class _Open:
    path: str
    writer: Writer
    #: Whether a commit may place the content at another path: those of `isolated` and `put` cannot.
    is_placing: bool
    #: The calls of one writer follow each other, in the order in which they came.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Writers:
    """Of one session."""

    def __init__(self, runner: Runner, socket_path: str | None) -> None:
        self._runner = runner
        self._socket_path = socket_path
        self._open: dict[str, _Open] = {}
        self._ids = count(1)
        self._receiving = Receiving()
        self._is_over = False

    async def add(self, path: str, writer: Writer, *, is_placing: bool, has_files: bool) -> dict[str, object]:
        """What `writer/open` answers."""
        if self._is_over:
            # Nobody will learn its id.
            await self._runner.call(writer.close)
            raise Unavailable("the session is over", path=path)
        writer_id = str(next(self._ids))
        self._open[writer_id] = _Open(path, writer, is_placing)
        answer: dict[str, object] = {"writer": writer_id, "size": writer.size}
        if has_files and isinstance(writer, LocalWriter):
            answer["file"] = location_of(writer.local)
        return answer

    async def write(self, params: Params) -> dict[str, object]:
        writer_id, offset = params.string("writer", 64), params.size("offset")
        data = params.content("data") if params.has("data") else None
        token, written = params.optional_string("token", 128), params.optional_size("written")
        async with self._in_turn(writer_id) as each:
            writer, path = each.writer, each.path
            if offset != writer.size:
                raise InvalidOffset(path, offset, writer.size)
            if sum(given is not None for given in (data, token, written)) != 1:
                raise Unsupported("a write with other than one of data, token and written", path)
            if data is not None:
                await self._runner.call(writer.write, memoryview(data))
            elif written is not None:
                await self._accept(each, written)
            else:
                data_socket = DataSocket.of(self._socket_path, token, path)
                await self._runner.receive(writer, data_socket, self._receiving)
            return {"size": writer.size}

    async def commit(self, params: Params) -> dict[str, object]:
        writer_id, size = params.string("writer", 64), params.size("size")
        written = params.optional_size("written")
        to = params.optional_string("to")
        async with self._in_turn(writer_id) as each:
            writer = each.writer
            if size != writer.size + (written or 0):
                raise InvalidOffset(each.path, size, writer.size)
            if written is not None:
                # Counted whatever becomes of the commit: the host does not tell of them again.
                await self._accept(each, written)
            if to is None:
                await self._runner.call(writer.commit)
            else:
                await self._commit_to(each, to)
            del self._open[writer_id]
            return {"size": size}

    async def close(self, params: Params) -> dict[str, object]:
        writer_id = params.string("writer", 64)
        async with self._in_turn(writer_id) as each:
            await self._runner.call(each.writer.close)
            del self._open[writer_id]
            return {"size": each.writer.size}

    async def cancel(self, params: Params) -> dict[str, object]:
        writer_id = params.string("writer", 64)
        async with self._in_turn(writer_id) as each:
            await self._runner.call(each.writer.cancel)
            del self._open[writer_id]
            return {}

    async def close_all(self) -> None:
        """What the host left open is kept as far as it came, as if it had closed it; streams that run are cut."""
        self._is_over = True
        self._receiving.cut()
        await asyncio.gather(*map(self._keep, list(self._open.items())))

    async def _keep(self, item: tuple[str, _Open]) -> None:
        writer_id, each = item
        async with each.turn:
            if self._open.pop(writer_id, None) is None:
                return
            # A writer that cannot be kept is like one that was lost with its process. The others are kept all the same.
            try:
                if isinstance(each.writer, LocalWriter):
                    await self._accept_rest(each.writer.local, each)
                await self._runner.call(each.writer.close)
            except Exception:
                log.warning("an upload of %s could not be kept", each.path, exc_info=True)

    async def _commit_to(self, each: _Open, to: str) -> None:
        """What is refused here leaves the writer as it is: another commit may follow."""
        writer = each.writer
        if not each.is_placing or not isinstance(writer, PlacingWriter):
            raise Unsupported("a commit to another path", each.path)
        if check_path(to) == each.path:
            await self._runner.call(writer.commit)
        else:
            await self._runner.call(writer.commit_to, to)

    async def _accept(self, each: _Open, written: int) -> None:
        if not isinstance(each.writer, LocalWriter):
            raise Unsupported("plane file", each.path)
        await self._runner.call(each.writer.accept, written)

    async def _accept_rest(self, local: LocalFile, each: _Open) -> None:
        """What the host wrote and did not come to tell: in order and without a gap, so it may be kept."""
        try:
            found = os.stat(local.local_path, follow_symlinks=False)
        except OSError:
            return
        if (found.st_dev, found.st_ino) == (local.dev, local.ino) and found.st_size > each.writer.size:
            await self._accept(each, found.st_size - each.writer.size)

    @asynccontextmanager
    async def _in_turn(self, writer_id: str) -> AsyncIterator[_Open]:
        each = self._open.get(writer_id)
        if each is not None:
            async with each.turn:
                if writer_id in self._open:
                    yield each
                    return
        raise AlreadyClosed(f"already closed: writer {writer_id}", path=each.path if each else None)
