"""Removes content that nobody refers to: of processes that were killed, and of two that replaced the same at a time."""

from __future__ import annotations

import logging
import threading
import time

import rados

from .blobs import Blob, Blobs
from .references import References

log = logging.getLogger(__name__)

_DAY_SECONDS = 24 * 3600.0
#: A writer that is open for longer loses its content.
_OLD_SECONDS = 7 * _DAY_SECONDS
#: Not while a registry starts.
_FIRST_AFTER_SECONDS = 600.0


class Sweeping:
    """Now and then, in a thread of its own."""

    def __init__(self, blobs: Blobs, references: References) -> None:
        self._blobs = blobs
        self._references = references
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="sweep", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def sweep(self, older_than: float) -> int:
        """Answers how much content was removed."""
        removed = 0
        for oid in self._blobs.everything():
            if self._closed.is_set():
                break
            try:
                blob = self._blobs.inspect(oid)
            except rados.ObjectNotFound:
                continue
            if time.time() - blob.mod_time / 1000 >= older_than and self._is_lost(blob):
                self._blobs.delete(oid, blob.owner or "")
                removed += 1
        return removed

    def _is_lost(self, blob: Blob) -> bool:
        """Older content does not say whose it is, and stays."""
        if blob.owner is None:
            return False
        return all(self._references.find(path) != blob.oid for path in (blob.owner, blob.former) if path)

    def _run(self) -> None:
        pause = _FIRST_AFTER_SECONDS
        while not self._closed.wait(pause):
            try:
                self.sweep(_OLD_SECONDS)
            except rados.Error:
                log.warning("content that nobody refers to is looked for again in a day", exc_info=True)
            pause = _DAY_SECONDS
