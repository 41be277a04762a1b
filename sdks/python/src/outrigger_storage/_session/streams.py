"""stdin and stdout for the protocol alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import stat
import threading
from collections.abc import Callable

_READ_BYTES = 256 * 1024


def take_descriptors() -> tuple[int, int]:
    """Our own copies of 0 and 1. What else the program and its children print goes to stderr, where it is log."""
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, target


def read_from(source: int, on_data: Callable[[bytes], None]) -> None:
    """Passes on everything, and b"" at the end. Returns at once."""
    loop = asyncio.get_running_loop()
    if stat.S_ISREG(os.fstat(source).st_mode):
        # Somebody tries the driver by hand: files are always ready, and epoll takes none.
        threading.Thread(target=_read_file, args=(source, loop, on_data), daemon=True).start()
        return
    os.set_blocking(source, False)

    def ready() -> None:
        try:
            data = os.read(source, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(source)
        on_data(data)

    loop.add_reader(source, ready)


def _read_file(source: int, loop: asyncio.AbstractEventLoop, on_data: Callable[[bytes], None]) -> None:
    data = b"begin"
    while data:
        data = os.read(source, _READ_BYTES)
        loop.call_soon_threadsafe(on_data, data)


def watch_end(source: int, on_end: Callable[[], None]) -> None:
    """Calls back, in a thread, when the host is gone, also while the event loop is kept busy by a driver."""
    hang_up = select.POLLHUP | getattr(select, "POLLRDHUP", 0)

    def wait() -> None:
        poll = select.poll()
        poll.register(source, hang_up)
        with contextlib.suppress(OSError):
            poll.poll()
            on_end()

    threading.Thread(target=wait, name="end of stdin", daemon=True).start()


class FrameSink:
    """Writes without ever waiting: what the host does not read yet is kept, in order."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        #: Done when nobody reads any more.
        self.broken: asyncio.Future[None] = self._loop.create_future()
        os.set_blocking(target, False)

    def write(self, frame: bytes) -> None:
        if self.broken.done():
            return
        if self._waiting:
            self._waiting += frame
            return
        count = self._try(frame)
        if count < len(frame) and not self.broken.done():
            self._waiting += frame[count:]
            self._is_empty.clear()
            self._loop.add_writer(self._target, self._go_on)

    async def drain(self) -> None:
        """Until everything is written, or nobody reads any more."""
        await self._is_empty.wait()

    def _go_on(self) -> None:
        del self._waiting[: self._try(self._waiting)]
        if not self._waiting or self.broken.done():
            self._loop.remove_writer(self._target)
            self._is_empty.set()

    def _try(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._target, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.broken.set_result(None)
            return 0
