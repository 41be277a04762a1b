"""What a driver is before it runs: its name, its parameters and how it is made."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .async_driver import AsyncDriver
from .capabilities import Capabilities
from .driver import Driver
from .parameters import parse_parameters, schema_of, secrets_in

C = TypeVar("C")

PROTOCOL_VERSIONS = (1,)


@dataclass(frozen=True)
class Definition(Generic[C]):
    """Of the driver `registry-storage-<name>`."""

    name: str
    version: str
    #: Makes the driver of its parameters; most often its class. What waits is run in a thread, or is a coroutine.
    #: Raises InvalidParameters when it cannot work with them; what may work later should not fail here.
    driver: Callable[[C], Driver | AsyncDriver | Awaitable[Driver | AsyncDriver]]
    #: A dataclass, see `parameters`.
    config: type[C]
    #: Variables that the driver wants to see; `*` at the end stands for any rest.
    environment: Sequence[str] = ()
    #: What drivers can do at the most. Default: read off `driver`, if that is a class.
    capabilities: Capabilities | None = None
    #: Threads for the calls of a synchronous driver; streams have their own.
    threads: int = 32
    #: Requests that the host may have open at a time. None: any number.
    concurrency: int | None = None

    def open(self, parameters: Mapping[str, object]) -> Driver | AsyncDriver | Awaitable[Driver | AsyncDriver]:
        """Raises:
        InvalidParameters: the parameters are not of the schema, or the driver refuses them.
        """
        return self.driver(parse_parameters(self.config, parameters))

    def secrets(self, parameters: Mapping[str, object]) -> list[str]:
        """Values that may not be shown to anybody."""
        return secrets_in(self.config, parameters)

    def describe(self) -> dict[str, object]:
        """What `--describe` prints."""
        capabilities = self.capabilities or self._read_off()
        return {
            "name": self.name,
            "version": self.version,
            "protocolVersions": list(PROTOCOL_VERSIONS),
            "parameters": schema_of(self.config),
            "environment": list(self.environment),
            "dataPlanes": data_planes(capabilities),
            "capabilities": capabilities.to_wire(),
            **({} if self.concurrency is None else {"concurrency": self.concurrency}),
        }

    def _read_off(self) -> Capabilities:
        return Capabilities.of(self.driver) if inspect.isclass(self.driver) else Capabilities()


def data_planes(capabilities: Capabilities) -> list[str]:
    """`inline` and `socket` come with the library, `file` with local files."""
    return ["inline", "socket", *(["file"] if capabilities.local_files else [])]
