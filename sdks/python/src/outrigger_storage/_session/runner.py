"""How the code of a driver is run: `threaded` for synchronous ones, `cooperative` for asyncio."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from ..driver import Driver, Writer
from .data_socket import DataSocket
from .reading import ReadRequest
from .receiving import Receiving

P = ParamSpec("P")
T = TypeVar("T")


class Runner(Protocol):
    """Operations are written against the synchronous protocols; a runner knows what to do with their methods."""

    async def call(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """One method of the driver, or of what it gave out."""

    async def get(self, driver: Driver, path: str, most: int) -> dict[str, object]:
        """The whole of an object of at most so many bytes; of a larger one only what is known of it."""

    async def read(self, driver: Driver, request: ReadRequest) -> dict[str, object]:
        """Opens, sends, closes."""

    async def receive(self, writer: Writer, data_socket: DataSocket, receiving: Receiving) -> None:
        """What comes on a data connection."""
