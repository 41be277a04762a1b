"""The connection. It is made when it can be: a registry starts while Ceph restarts."""

from __future__ import annotations

import threading
import time
from typing import Any

import rados
from outrigger_storage import InvalidParameters, Issue

from .config import RadosConfig
from .errors import to_storage_error

#: Seconds. Without them librados waits for ever.
_OPTIONS = {"client_mount_timeout": "5", "rados_mon_op_timeout": "10", "rados_osd_op_timeout": "30"}

#: librados has no types. An IoCtx is for any thread.
Pool = Any


class Cluster:
    """Of one driver."""

    def __init__(self, config: RadosConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._handle: Any = None
        self._pool: Pool = None
        try:
            self.pool()
        except rados.TimedOut:
            return  # the next call tries again
        except rados.Error as error:
            raise InvalidParameters([self._issue_of(error)]) from error

    def pool(self) -> Pool:
        """Raises what librados does."""
        with self._lock:
            if self._pool is None:
                self._connect()
            return self._pool

    def operate(self, operation: object, name: str) -> None:
        """Does several changes of one object at once. Without a time librados would take the one when time began."""
        self.pool().operate_write_op(operation, name, mtime=int(time.time()))

    def mod_time(self, name: str) -> int:
        """Unix time in milliseconds of the last change of one object. Raises ObjectNotFound when there is none."""
        _, changed = self.pool().stat(name)
        return int(time.mktime(changed)) * 1000

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._handle.shutdown()
                self._pool = None

    def _connect(self) -> None:
        source = self._config.cephconf or rados.Rados.DEFAULT_CONF_FILES
        handle = rados.Rados(conffile=source, rados_id=self._config.username, conf=_OPTIONS)
        try:
            handle.connect()
            self._pool = handle.open_ioctx(self._config.poolname)
        except rados.Error:
            handle.shutdown()
            raise
        self._handle = handle

    def _issue_of(self, error: Exception) -> Issue:
        """Which parameter it most likely is."""
        if "pool" in str(error):
            return Issue("poolname", "there is no such pool")
        if isinstance(error, (rados.PermissionDeniedError, rados.PermissionError)):
            return Issue("username", "Ceph refuses this user")
        if "calling conf_read_file" in str(error):
            return Issue("cephconf", "cannot be read")
        return Issue("", f"Ceph cannot be reached with them: {to_storage_error(error, None)}")
