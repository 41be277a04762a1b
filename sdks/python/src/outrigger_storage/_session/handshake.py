"""The first request: docs/protocol/session.md, The handshake."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Mapping
from typing import Any, cast

from .._wire.limits import Limits
from .._wire.params import Params
from .._wire.rpc_error import INVALID_PARAMETERS, NO_COMMON_VERSION, RpcError, shortened
from ..async_driver import AsyncDriver
from ..capabilities import Capabilities
from ..definition import PROTOCOL_VERSIONS, Definition, data_planes
from ..driver import Driver
from ..errors import InvalidParameters, Issue
from ..logs import Redaction
from .cooperative import CooperativeRunner
from .local_files import ProbeFile, place_probe_file
from .operations import Served
from .runner import Runner
from .threaded import ThreadedRunner
from .writers import Writers


def choose_version(params: Params) -> int:
    """The highest major that both sides speak."""
    offered = params.items("protocolVersions")
    common = [each for each in PROTOCOL_VERSIONS if each in offered]
    if common:
        return max(common)
    mine, theirs = (", ".join(map(str, each)) for each in (PROTOCOL_VERSIONS, offered))
    message = f"no common protocol version: this driver speaks {mine}, the host {theirs}"
    raise RpcError(NO_COMMON_VERSION, message, {"protocolVersions": list(PROTOCOL_VERSIONS)})


async def open_driver(
    definition: Definition[Any], parameters: Mapping[str, object], redaction: Redaction
) -> Driver | AsyncDriver:
    """A synchronous driver is made in a thread, since it may wait for its backend; an asyncio driver on the loop."""
    maker = definition.driver
    try:
        if inspect.iscoroutinefunction(maker) or is_async(maker):
            made = definition.open(parameters)
        else:
            made = await asyncio.get_running_loop().run_in_executor(None, definition.open, parameters)
        return await made if isinstance(made, Awaitable) else made
    except InvalidParameters as error:
        message = f"invalid parameters for storage driver {definition.name}: {error}"
        issues = [_to_wire(issue, redaction) for issue in error.issues[:_MOST_ISSUES]]
        raise RpcError(INVALID_PARAMETERS, message, {"issues": issues}) from error


#: What a host takes of issues.
_MOST_ISSUES = 64


def _to_wire(issue: Issue, redaction: Redaction) -> dict[str, str]:
    key, message = redaction.mask(issue.key), redaction.mask(issue.message)
    return {"key": shortened(key, 256), "message": shortened(message, 1024)}


def is_async(driver: object) -> bool:
    """Whether the methods of a driver, or of its class, are coroutines."""
    return inspect.iscoroutinefunction(getattr(driver, "stat", None))


def settle(definition: Definition[Any], driver: Driver | AsyncDriver, params: Params, limits: Limits) -> Served:
    """What the operations of the session work on."""
    cooperates = is_async(driver)
    threads = getattr(driver, "threads", definition.threads)
    runner: Runner = CooperativeRunner(limits.streams) if cooperates else ThreadedRunner(threads, limits.streams)
    socket_path = params.optional_string("socketPath")
    return Served(
        driver=cast(Driver, driver),
        is_async=cooperates,
        capabilities=Capabilities.of(driver),
        limits=limits,
        socket_path=socket_path,
        runner=runner,
        writers=Writers(runner, socket_path),
    )


def place_probe(served: Served, params: Params) -> ProbeFile | None:
    nonce = params.optional_string("nonce")
    if not served.capabilities.local_files or nonce is None or "file" not in params.items("dataPlanes"):
        return None
    return place_probe_file(roots_of(served.driver), nonce)


def roots_of(driver: object) -> tuple[str, ...]:
    return tuple(getattr(driver, "roots", ()))


def answer(definition: Definition[Any], served: Served, version: int, probe: ProbeFile | None) -> dict[str, object]:
    """The result of `initialize`."""
    capabilities = served.capabilities.to_wire()
    if served.capabilities.local_files:
        capabilities["roots"] = list(roots_of(served.driver))
    result: dict[str, object] = {
        "protocolVersion": version,
        "driver": {"name": definition.name, "version": definition.version},
        "capabilities": capabilities,
        "dataPlanes": data_planes(served.capabilities),
    }
    if definition.concurrency is not None:
        result["concurrency"] = definition.concurrency
    return result if probe is None else {**result, "probe": probe.location}
