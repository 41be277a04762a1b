"""The data connections that writers receive from."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from .data_socket import shut


class Receiving:
    """Of one session. Connections come and go in any thread, and the end of the session cuts those that are there."""

    def __init__(self) -> None:
        self._connections: set[socket.socket] = set()
        self._is_cut = False

    @contextmanager
    def of(self, connection: socket.socket) -> Iterator[bool]:
        """Whether something is still taken: it is not on connections that come after the cut."""
        self._connections.add(connection)
        try:
            # Looked at after it was added: whoever cuts meanwhile finds it.
            yield not self._is_cut
        finally:
            self._connections.discard(connection)

    def cut(self) -> None:
        """What came until now is the writers'."""
        self._is_cut = True
        for connection in list(self._connections):
            shut(connection)
