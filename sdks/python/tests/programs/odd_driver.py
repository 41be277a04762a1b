"""A synchronous driver whose paths say what it does: waits, prints, fails, tells secrets."""

from __future__ import annotations

import logging
import os
import sys
import threading
from dataclasses import dataclass
from typing import cast

from outrigger_storage import (
    Definition,
    FileInfo,
    InvalidParameters,
    InvalidPath,
    Issue,
    ListPage,
    PathNotFound,
    Redirect,
    RedirectRequest,
    Unavailable,
    WriterMode,
    current_cancellation,
    current_traceparent,
    parameter,
    serve,
)


@dataclass(frozen=True)
class Config:
    secretkey: str = parameter(default="", secret=True)
    refuse: bool = parameter(default=False)
    chatter: bool = parameter(default=False)

    def __post_init__(self) -> None:
        if self.chatter:
            raise InvalidParameters([Issue("k" * 2000, f"{self.secretkey} is {'no ' * 200_000}key")] * 100)
        if self.refuse:
            raise InvalidParameters([Issue("refuse", "was asked for")])


class OddReader:
    """Endless zeros; with `wait` it hangs in its backend until the request is cancelled."""

    size = 64 * 1024 * 1024
    mod_time = 0
    version = None

    def __init__(self, path: str) -> None:
        self._path = path
        self._sent = 0

    def read(self, count: int) -> bytes:
        if self._path == "/wait" and self._sent > 0:
            current_cancellation().wait(60)
            current_cancellation().check(self._path)
        if self._path == "/break" and self._sent > 0:
            raise Unavailable("the backend broke", path=self._path)
        if self._path == "/short" and self._sent > 0:
            return b""
        if self._path == "/shorter":
            count = min(count, 1000 - self._sent)
        self._sent += count
        return bytes(min(count, self.size - self._sent + count))

    def close(self) -> None:
        print("reader closed", file=sys.stderr)


class OddWriter:
    """Counts."""

    def __init__(self, path: str) -> None:
        self.size = 0
        self._path = path

    def write(self, chunk: memoryview) -> None:
        if self._path == "/full" and self.size + len(chunk) > 300_000:
            raise Unavailable("no more", path=self._path)
        self.size += len(chunk)

    def commit(self) -> None: ...

    def close(self) -> None:
        if self._path == "/lost":
            raise OSError("the disk is gone")
        print(f"closed at {self.size}", file=sys.stderr)

    def cancel(self) -> None: ...


class OddDriver:
    """See above."""

    def __init__(self, config: Config) -> None:
        self._config = config
        #: Set by a read that was given up.
        self._shutting_down = threading.Event()

    def stat(self, path: str) -> FileInfo:
        if path == "/print":
            print("a line of somebody's library")
            os.write(1, b"and of a library in C\n")
        if path == "/secret":
            logging.getLogger("odd").warning("the key is %s", self._config.secretkey)
            raise InvalidPath(path, f"{self._config.secretkey} does not open it")
        if path == "/long":
            raise Unavailable(f"{self._config.secretkey} {'is no key ' * 200_000}", path="/" + "x" * 1_000_000)
        if path == "/fault":
            raise ZeroDivisionError("told to nobody")
        if path == "/object":
            return FileInfo(path, 0, 0, version=cast(str, self))
        if path == "/wait":
            current_cancellation().wait(60)
            current_cancellation().check(path)
        if path == "/hang":
            threading.Event().wait()
        if path == "/until-the-end":
            current_cancellation().wait(60)
            self._shutting_down.set()
        if path == "/trace":
            return FileInfo(path, 0, 0, version=current_traceparent())
        return FileInfo(path, 0, 0)

    def list(self, path: str, *, cursor: str | None, limit: int) -> ListPage:
        raise PathNotFound(path)

    def put(self, path: str, content: bytes) -> None: ...

    def reader(self, path: str, *, offset: int, length: int | None, if_match: str | None) -> OddReader:
        return OddReader(path)

    def writer(self, path: str, *, mode: WriterMode, expected_size: int | None) -> OddWriter:
        if path == "/late":
            self._shutting_down.wait(60)
        return OddWriter(path)

    def move(self, source: str, destination: str) -> None:
        print("moved", file=sys.stderr)

    def delete(self, path: str) -> None:
        self._shutting_down.wait(60)
        raise PathNotFound(path)

    def redirect_url(self, path: str, request: RedirectRequest) -> Redirect | None:
        return Redirect(f"https://example.com{path}?{request.method}", expires_at=5) if path != "/none" else None

    def close(self) -> None:
        print("driver closed", file=sys.stderr)


if __name__ == "__main__":
    if "ODD_PATIENCE" in os.environ:
        # A busy machine may need longer than the protocol has for a driver to close.
        vars(sys.modules["outrigger_storage.serve"])["_CLOSE_SECONDS"] = float(os.environ["ODD_PATIENCE"])
    serve(Definition(name="odd", version="1.2.3", driver=OddDriver, config=Config, environment=["ODD_*"], threads=8))
