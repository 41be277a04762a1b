"""The socket plane: the host listens, the driver dials (docs/protocol/content.md, Plane socket)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from ..driver import FileBacked, Reader, Writer
from ..errors import Cancelled, Unavailable, Unsupported
from ..values import FileSlice

#: Bytes of one call: large ones make the kernel look for large pieces of free memory.
CHUNK_BYTES = 256 * 1024
_SENDFILE_BYTES = 8 * 1024 * 1024
#: How far the kernel may run ahead of the host with a file, which saves both sides half of their turns. It holds the
#: pages of the file itself, not copies of them. The system may allow less.
_AHEAD_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class DataSocket:
    """What a token is good for: one connection."""

    socket_path: str
    token: str

    @classmethod
    def of(cls, socket_path: str | None, token: str | None, path: str) -> DataSocket:
        if socket_path is None or token is None:
            raise Unsupported("plane socket without a token or a socket", path)
        return cls(socket_path, token)

    def dial(self, opened: Mapping[str, object]) -> socket.socket:
        """Connects and sends the preamble. Blocks while the host's backlog is full."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(self.socket_path)
            connection.sendall(json.dumps({"token": self.token, **opened}).encode() + b"\n")
        except OSError as error:
            connection.close()
            raise Unavailable(f"the host's data socket cannot be dialled: {error.strerror}") from error
        return connection


def shut(connection: socket.socket) -> None:
    """Ends both directions; the descriptor stays."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def send_content(connection: socket.socket, reader: Reader, path: str, left: int) -> int:
    """All that is left in a reader, and a half-close, from this thread.

    Raises:
        Cancelled: the host closed the connection.
        Unavailable: the content ended early.
    """
    try:
        if isinstance(reader, FileBacked):
            sent = send_file(connection, reader.file_slice())
        else:
            sent = _send_chunks(connection, reader)
        connection.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError, ConnectionAbortedError) as error:
        raise Cancelled(path) from error
    return require_all(sent, left, path)


def require_all(sent: int, left: int, path: str) -> int:
    """Short content is never passed on as whole."""
    if sent == left:
        return sent
    raise Unavailable(f"content ended after {sent} of {left} bytes: {path}", path=path)


def send_file(connection: socket.socket, part: FileSlice) -> int:
    """By the kernel, without a copy in this process. The socket has to be a blocking one."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _AHEAD_BYTES)
    sent = 0
    while sent < part.count:
        wanted = min(_SENDFILE_BYTES, part.count - sent)
        count = os.sendfile(connection.fileno(), part.fd, part.offset + sent, wanted)
        if count == 0:
            break
        sent += count
    return sent


def receive_content(connection: socket.socket, writer: Writer) -> None:
    """Until the host's half-close, or until the connection breaks: what came is the writer's."""
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while True:
        try:
            count = connection.recv_into(buffer)
        except ConnectionError:
            return
        if count == 0:
            return
        writer.write(buffer[:count])


def _send_chunks(connection: socket.socket, reader: Reader) -> int:
    sent = 0
    while chunk := reader.read(CHUNK_BYTES):
        connection.sendall(chunk)
        sent += len(chunk)
    return sent
