"""A host as small as the tests need: one process, and data connections."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from outrigger_storage._wire.framing import FrameParser, Message, encode_frame

LIMITS = {
    "headerBytes": 4096,
    "messageBytes": 1024 * 1024,
    "nesting": 32,
    "inlineChunkBytes": 256 * 1024,
    "smallContentBytes": 32 * 1024,
    "putBytes": 8 * 1024 * 1024,
    "pageEntries": 1000,
    "streams": 256,
    "preambleBytes": 4096,
}
#: Longer than a busy machine makes anything take.
_SECONDS = 200.0


class MiniHost:
    """Speaks to one driver. Answers are kept until somebody asks for them."""

    def __init__(self, command: Sequence[str], directory: Path, argument: str = "{}") -> None:
        self.child = subprocess.Popen(
            [*command, argument], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.socket_path = str(directory / "data")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(_SECONDS)
        self._listener.bind(self.socket_path)
        self._listener.listen()
        self._ids = count(1)
        self._parser = FrameParser()
        self._answers: dict[int, Message] = {}
        #: Ids of requests that were told to be worked on still.
        self._progress: set[int] = set()

    def initialize(self, parameters: Mapping[str, object] | None = None, **more: object) -> Message:
        params: dict[str, object] = {
            "protocolVersions": [1],
            "host": {"name": "test", "version": "0"},
            "hostPid": os.getpid(),
            "parameters": dict(parameters or {}),
            "dataPlanes": ["socket", "inline"],
            "socketPath": self.socket_path,
            "limits": LIMITS,
        }
        answer = self.ask("initialize", **{**params, **more})
        self.notify("initialized", dataPlanes=["socket", "inline"])
        return answer

    def send(self, method: str, /, **params: object) -> int:
        request_id = next(self._ids)
        self.write(encode_frame({"id": request_id, "method": method, "params": params}))
        return request_id

    def notify(self, method: str, /, **params: object) -> None:
        self.write(encode_frame({"method": method, "params": params}))

    def write(self, data: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def answer_of(self, request_id: int) -> Message:
        while request_id not in self._answers:
            self._read()
        return self._answers.pop(request_id)

    def wait_for_progress(self, request_id: int) -> None:
        """Until the driver says that it still works on a request."""
        while request_id not in self._progress:
            self._read()

    def _read(self) -> None:
        assert self.child.stdout is not None
        chunk = os.read(self.child.stdout.fileno(), 65536)
        assert chunk, "the driver ended without an answer"
        for message in self._parser.push(chunk):
            if "method" in message:
                self._progress.add(message["params"]["id"])
            else:
                self._answers[message["id"]] = message

    def ask(self, method: str, /, **params: object) -> Message:
        return self.answer_of(self.send(method, **params))

    def result(self, method: str, /, **params: object) -> Any:
        return self.ask(method, **params)["result"]

    @contextmanager
    def accept(self) -> Iterator[tuple[socket.socket, dict[str, object]]]:
        """A data connection, and its preamble."""
        connection, _ = self._listener.accept()
        connection.settimeout(_SECONDS)
        with connection:
            line = b""
            while not line.endswith(b"\n"):
                line += connection.recv(1)
            yield connection, json.loads(line)

    def close_input(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()

    def ends_with(self) -> tuple[int, str]:
        """Exit status, and what came on stderr."""
        assert self.child.stderr is not None
        status = self.child.wait(timeout=_SECONDS)
        return status, self.child.stderr.read().decode()

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        self._listener.close()
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def receive_all(connection: socket.socket) -> bytes:
    parts = []
    while chunk := connection.recv(65536):
        parts.append(chunk)
    return b"".join(parts)
