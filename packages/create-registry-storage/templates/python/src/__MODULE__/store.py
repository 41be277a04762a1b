"""All that the driver asks of its store: objects by their keys."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True)
class StoredObject:
    """What the store has for a key."""

    content: bytes
    #: Milliseconds of Unix time.
    mod_time: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    #: Another one for other bytes: an ETag, a generation, a hash.
    version: str = field(default_factory=lambda: uuid4().hex)


class Store:
    """Here the objects are in memory: put the calls of your store in their place. Several threads call at a time.

    Each raises a StorageError when it fails. "No right" is StorageError itself and "not now" is Unavailable; neither
    may look as if the object were not there.
    """

    def __init__(self) -> None:
        self._objects: dict[str, StoredObject] = {}

    def find(self, key: str) -> StoredObject | None:
        """The object of a key; None when there is none."""
        return self._objects.get(key)

    def save(self, key: str, content: bytes) -> None:
        """Replaces the whole of an object, at once and durably."""
        self._objects[key] = StoredObject(content)

    def remove(self, key: str) -> None:
        """No object is no error."""
        self._objects.pop(key, None)

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, in any order."""
        return [key for key in list(self._objects) if key.startswith(prefix)]
