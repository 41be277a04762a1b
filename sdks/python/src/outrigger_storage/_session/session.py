"""One host: requests in, answers out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._wire.framing import Message, encode_frame, quote
from .._wire.limits import Limits
from .._wire.params import Params
from .._wire.rpc_error import (
    ALREADY_INITIALIZED,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    RpcError,
    from_storage_error,
    shortened,
)
from ..cancellation import Cancellation, enter_cancellation
from ..definition import Definition
from ..errors import Cancelled, StorageError
from ..logs import Redaction
from ..trace_context import enter_trace_context
from . import handshake
from .local_files import ProbeFile
from .operations import OPERATIONS, Operation, Served

log = logging.getLogger("outrigger_storage")

#: How often requests that are older than this say that they go on: the first time before they are twice as old, which
#: has to be within 5 s, on a busy machine too.
_PROGRESS_SECONDS = 2.0
#: What is read only, and may be given up at any time. The rest comes to its end, also when the session does.
_CANCELLABLE = frozenset({"stat", "list", "walk", "get", "read", "redirectURL"})
_OF_WRITERS = frozenset({"writer/write", "writer/commit", "writer/close", "writer/cancel"})
#: Reads that were given up get so long to notice, before the driver is closed under them.
_LEAVE_SECONDS = 1.0

MessageId = int | float | str


@dataclass
class _Active:
    method: str
    started: float
    cancellation: Cancellation
    task: asyncio.Task[dict[str, object]]


class Session:
    """Of one driver's process. `ended` has the exit status that the end of the session calls for."""

    def __init__(
        self,
        definition: Definition[Any],
        parameters: Mapping[str, object],
        send: Callable[[bytes], None],
        redaction: Redaction,
    ) -> None:
        self._definition = definition
        self._parameters = parameters
        self._send = send
        self._redaction = redaction
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()
        self._active: dict[MessageId, _Active] = {}
        self._served: Served | None = None
        self._probe: ProbeFile | None = None
        self._state = "new"
        self._progress = self._loop.call_later(_PROGRESS_SECONDS, self._report_progress)

    def receive(self, message: Message) -> None:
        """One message of the host."""
        method = message.get("method")
        if method is None:
            log.warning("an answer came, and this driver never asks: %s", quote(repr(message).encode()))
        elif "id" in message:
            self._begin(message["id"], method, message.get("params", {}))
        else:
            self._notified(method, message.get("params", {}))

    def end(self, status: int) -> None:
        """The session is over; the first status holds."""
        if not self.ended.done():
            self.ended.set_result(status)

    async def close(self) -> None:
        """Takes back or finishes what is under way, and gives everything back."""
        self._progress.cancel()
        served = self._served
        if self._probe is not None:
            self._probe.remove()
        if served is None:
            return
        mine = asyncio.current_task()
        active = [each for each in self._active.values() if each.task is not mine]
        for each in active:
            self._cancel(each)
        self._served = None
        leaving = [each.task for each in active if each.method in _CANCELLABLE]
        # Calls of writers end with their writers; one that is still being opened is closed when it is there.
        finishing = [each.task for each in active if each.method not in _CANCELLABLE | _OF_WRITERS]
        # One that fails is answered as ever, and keeps nothing else from its end.
        await asyncio.gather(*finishing, served.writers.close_all(), return_exceptions=True)
        if leaving:
            await asyncio.wait(leaving, timeout=_LEAVE_SECONDS)
        await served.runner.call(served.driver.close)

    def _begin(self, request_id: MessageId, method: str, params: object) -> None:
        if method == "ping" and self._state == "ready" and isinstance(params, dict):
            # At once, whatever else there is to do.
            self._answer(request_id, {"result": {}})
            return
        cancellation = Cancellation()
        task = self._loop.create_task(self._serve(method, params, cancellation))
        active = self._active[request_id] = _Active(method, time.monotonic(), cancellation, task)
        # A task that is cancelled before it begins never runs, and its request is answered all the same.
        task.add_done_callback(lambda _: self._finish(request_id, active))

    async def _serve(self, method: str, params: object, cancellation: Cancellation) -> dict[str, object]:
        enter_cancellation(cancellation)
        return await self._run(method, params)

    def _finish(self, request_id: MessageId, active: _Active) -> None:
        if self._active.get(request_id) is active:
            del self._active[request_id]
        task = active.task
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        answer = {"result": task.result()} if error is None else {"error": self._to_error(active.method, error)}
        self._answer(request_id, answer)

    async def _run(self, method: str, params: object) -> dict[str, object]:
        if method == "initialize":
            return await self._initialize(Params(params))
        operation = OPERATIONS.get(method)
        if operation is None and method not in ("ping", "shutdown"):
            raise RpcError(METHOD_NOT_FOUND, f"no method {method!r}")
        if self._state != "ready" or self._served is None:
            raise RpcError(NOT_INITIALIZED, f"{method} outside of a session: it starts with initialize")
        checked = Params(params)
        if operation is None:
            return await self._shutdown() if method == "shutdown" else {}
        return await self._operate(operation, self._served, checked, method)

    async def _operate(self, operation: Operation, served: Served, params: Params, method: str) -> dict[str, object]:
        enter_trace_context(params.raw("traceparent"))
        try:
            return await operation(served, params)
        except RpcError as error:
            raise RpcError(error.number, f"{method}: {error}", error.data) from error

    async def _initialize(self, params: Params) -> dict[str, object]:
        if self._state != "new":
            raise RpcError(ALREADY_INITIALIZED, "initialize came before")
        version = handshake.choose_version(params)
        limits = Limits.from_params(params.nested("limits"))
        given = params.optional_map("parameters")
        parameters = self._parameters if given is None else given
        self._redaction.hide(self._definition.secrets(parameters))
        self._state = "initializing"
        try:
            driver = await handshake.open_driver(self._definition, parameters, self._redaction)
            self._served = served = handshake.settle(self._definition, driver, params, limits)
        except BaseException:
            self._state = "new"
            raise
        self._probe = handshake.place_probe(served, params)
        self._state = "ready"
        return handshake.answer(self._definition, served, version, self._probe)

    async def _shutdown(self) -> dict[str, object]:
        self._state = "shutdown"
        await self.close()
        return {}

    def _notified(self, method: str, params: object) -> None:
        if method == "exit":
            self.end(0 if self._state == "shutdown" else 1)
        elif method == "initialized" and self._probe is not None:
            self._probe.remove()
        elif method == "$/cancelRequest" and isinstance(params, dict):
            self._cancel_by_id(params.get("id"))

    def _cancel_by_id(self, wanted: object) -> None:
        """What names no request is ignored. For Python True is 1."""
        if isinstance(wanted, (int, float, str)) and not isinstance(wanted, bool) and wanted in self._active:
            self._cancel(self._active[wanted])

    def _cancel(self, active: _Active) -> None:
        if active.method not in _CANCELLABLE:
            return
        active.cancellation.set()
        if self._served is not None and self._served.is_async:
            active.task.cancel()

    def _to_error(self, method: str, error: BaseException) -> dict[str, object]:
        if isinstance(error, RpcError):
            rpc = error
        elif isinstance(error, StorageError):
            rpc = from_storage_error(error, self._definition.name)
        elif isinstance(error, asyncio.CancelledError):
            rpc = from_storage_error(Cancelled(), self._definition.name)
        else:
            log.error("%s failed unexpectedly", method, exc_info=error)
            unexpected = StorageError(f"unexpected error in {method}: {type(error).__name__}")
            rpc = from_storage_error(unexpected, self._definition.name)
        wire = rpc.to_wire()
        return {**wire, "message": shortened(self._redaction.mask(str(wire["message"])))}

    def _answer(self, request_id: MessageId, answer: Mapping[str, object]) -> None:
        try:
            frame = encode_frame({"id": request_id, **answer})
        except (TypeError, ValueError) as error:
            # What a driver says of its content may be of any type.
            log.error("a request cannot be answered with what the driver gave", exc_info=error)
            internal = from_storage_error(StorageError("the driver's answer is no JSON"), self._definition.name)
            frame = encode_frame({"id": request_id, "error": internal.to_wire()})
        self._send(frame)

    def _report_progress(self) -> None:
        now = time.monotonic()
        for request_id, active in self._active.items():
            if now - active.started >= _PROGRESS_SECONDS:
                self._send(encode_frame({"method": "$/progress", "params": {"id": request_id}}))
        self._progress = self._loop.call_later(_PROGRESS_SECONDS, self._report_progress)
