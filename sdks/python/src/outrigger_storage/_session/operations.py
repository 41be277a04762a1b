"""The operations of a driver by their method names; the lifecycle is the session's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast

from .._wire.limits import Limits
from .._wire.params import Params
from .._wire.rpc_error import invalid_params
from ..async_driver import AsyncDriver
from ..capabilities import Capabilities
from ..driver import (
    Driver,
    SupportsCopy,
    SupportsIsolatedWriters,
    SupportsLocalFiles,
    SupportsRedirect,
    SupportsWalk,
    Writer,
)
from ..errors import InvalidOffset, Unsupported, VersionChanged
from ..values import ListPage, RedirectRequest, WalkPage, WriterMode
from .data_socket import DataSocket
from .local_files import location_of
from .pages import fit_page, info_to_wire, list_to_wire, walk_to_wire
from .put_writer import AsyncPutWriter, PutWriter
from .reading import ReadRequest, facts_of
from .runner import Runner
from .writers import Writers

Result = dict[str, object]
_PLANES = ("inline", "socket", "file")
_MODES = ("truncate", "append", "isolated", "put")


@dataclass(frozen=True)
class Served:
    """What the handshake settled."""

    #: An asyncio driver has the same shape, and the runner knows.
    driver: Driver
    is_async: bool
    capabilities: Capabilities
    limits: Limits
    socket_path: str | None
    runner: Runner
    writers: Writers


async def _stat(served: Served, params: Params) -> Result:
    return info_to_wire(await served.runner.call(served.driver.stat, params.path(root=True)))


async def _list(served: Served, params: Params) -> Result:
    path, cursor = params.path(root=True), params.optional_string("cursor", 4096)

    async def ask(limit: int) -> ListPage:
        return await served.runner.call(served.driver.list, path, cursor=cursor, limit=limit)

    return list_to_wire(await fit_page(served.limits.message_bytes, _page_limit(served, params), ask))


async def _walk(served: Served, params: Params) -> Result:
    path, driver = params.path(root=True), served.driver
    after, skip_children = params.optional_string("after", 1024), params.flag("skipChildren")
    if not isinstance(driver, SupportsWalk):
        raise Unsupported("walk", path)
    method = driver.walk

    async def ask(limit: int) -> WalkPage:
        return await served.runner.call(method, path, after=after, skip_children=skip_children, limit=limit)

    return walk_to_wire(await fit_page(served.limits.message_bytes, _page_limit(served, params), ask))


async def _get(served: Served, params: Params) -> Result:
    return await served.runner.get(served.driver, params.path(), served.limits.small_content_bytes)


async def _put(served: Served, params: Params) -> Result:
    path, content = params.path(), params.content("content")
    if len(content) > served.limits.small_content_bytes:
        raise Unsupported(f"content of a put is at most {served.limits.small_content_bytes} bytes", path)
    await served.runner.call(served.driver.put, path, content)
    return {}


async def _read(served: Served, params: Params) -> Result:
    plane, offset = params.choice("plane", _PLANES), params.integer("offset")
    length, if_match = params.optional_size("length"), params.optional_string("ifMatch", 256)
    token = params.optional_string("token", 128)
    path = params.path()
    if offset < 0:
        raise InvalidOffset(path, offset)
    if plane == "file":
        return await _local_file(served, path, if_match)
    if plane == "inline":
        most = served.limits.inline_chunk_bytes
        request = ReadRequest(path, offset, most if length is None else min(length, most), if_match, most, None)
    else:
        data_socket = DataSocket.of(served.socket_path, token, path)
        request = ReadRequest(path, offset, length, if_match, served.limits.small_content_bytes, data_socket)
    return await served.runner.read(served.driver, request)


async def _local_file(served: Served, path: str, if_match: str | None) -> Result:
    driver = served.driver
    if not isinstance(driver, SupportsLocalFiles):
        raise Unsupported("plane file", path)
    file = await served.runner.call(driver.local_file, path)
    if if_match is not None and if_match != file.version:
        raise VersionChanged(path)
    return {**location_of(file), **facts_of(file)}


async def _writer_open(served: Served, params: Params) -> Result:
    mode, expected = params.choice("mode", _MODES), params.optional_size("expectedSize")
    path = params.path()
    writer = await _open_writer(served, path, mode, expected)
    is_placing = served.capabilities.commit_to and mode in ("truncate", "append")
    return await served.writers.add(path, writer, is_placing=is_placing, has_files=served.capabilities.local_files)


async def _open_writer(served: Served, path: str, mode: str, expected: int | None) -> Writer:
    driver = served.driver
    if mode == "put":
        if served.is_async:
            return cast(Writer, AsyncPutWriter(cast(AsyncDriver, driver), path, served.limits.put_bytes))
        return PutWriter(driver, path, served.limits.put_bytes)
    if mode != "isolated":
        kind: WriterMode = "append" if mode == "append" else "truncate"
        return await served.runner.call(driver.writer, path, mode=kind, expected_size=expected)
    if not isinstance(driver, SupportsIsolatedWriters):
        raise Unsupported("mode isolated", path)
    return await served.runner.call(driver.isolated_writer, path, expected_size=expected)


async def _move(served: Served, params: Params) -> Result:
    source, destination = params.path("source"), params.path("destination")
    if source == destination:
        # Nothing changes, also with a driver that would copy and delete.
        await served.runner.call(served.driver.stat, source)
    else:
        await served.runner.call(served.driver.move, source, destination)
    return {}


async def _copy(served: Served, params: Params) -> Result:
    source, destination, driver = params.path("source"), params.path("destination"), served.driver
    if not isinstance(driver, SupportsCopy):
        raise Unsupported("copy", source)
    await served.runner.call(driver.copy, source, destination)
    return {}


async def _delete(served: Served, params: Params) -> Result:
    await served.runner.call(served.driver.delete, params.path())
    return {}


async def _redirect_url(served: Served, params: Params) -> Result:
    driver = served.driver
    headers = params.optional_map("headers") or {}
    request = RedirectRequest(
        params.string("method"),
        params.optional_string("scheme"),
        params.optional_string("host"),
        params.optional_string("clientIp"),
        {key: value for key, value in headers.items() if isinstance(value, str)},
    )
    path = params.path()
    if not isinstance(driver, SupportsRedirect):
        return {"url": None}
    redirect = await served.runner.call(driver.redirect_url, path, request)
    if redirect is None:
        return {"url": None}
    return {"url": redirect.url, **({} if redirect.expires_at is None else {"expiresAt": redirect.expires_at})}


def _page_limit(served: Served, params: Params) -> int:
    most = served.limits.page_entries
    limit = params.optional_size("limit")
    if limit is None:
        return most
    if not 1 <= limit <= 1000:
        raise invalid_params("limit has to be 1 to 1000")
    return min(limit, most)


Operation = Callable[[Served, Params], Awaitable[Result]]

OPERATIONS: Mapping[str, Operation] = {
    "stat": _stat,
    "list": _list,
    "walk": _walk,
    "get": _get,
    "put": _put,
    "read": _read,
    "writer/open": _writer_open,
    "writer/write": lambda served, params: served.writers.write(params),
    "writer/commit": lambda served, params: served.writers.commit(params),
    "writer/close": lambda served, params: served.writers.close(params),
    "writer/cancel": lambda served, params: served.writers.cancel(params),
    "move": _move,
    "copy": _copy,
    "delete": _delete,
    "redirectURL": _redirect_url,
}
