"""The file plane: what the host opens by itself (docs/protocol/content.md, Plane file)."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence

from .._wire.integers import MAX_INTEGER
from ..values import LocalFile

_NONCE = re.compile(r"[0-9a-f]{1,64}\Z")


def location_of(file: LocalFile) -> dict[str, object]:
    """Numbers that do not fit in a JSON number exactly become 0, which is no file's."""
    exact = file.dev <= MAX_INTEGER and file.ino <= MAX_INTEGER
    return {"localPath": file.local_path, "dev": file.dev if exact else 0, "ino": file.ino if exact else 0}


class ProbeFile:
    """Shows the host whether both look at the same files. Its name is one that no path of a store can have."""

    def __init__(self, local_path: str, location: dict[str, object]) -> None:
        self._local_path = local_path
        self.location = location

    def remove(self) -> None:
        """Again is nothing."""
        with contextlib.suppress(OSError):
            os.unlink(self._local_path)


def place_probe_file(roots: Sequence[str], nonce: str) -> ProbeFile | None:
    """None where nothing can be written: such a store has no plane `file`."""
    if not roots or not _NONCE.match(nonce):
        return None
    local_path = os.path.join(roots[0], f"~probe-{nonce}")
    try:
        descriptor = os.open(local_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    except OSError:
        return None
    try:
        os.write(descriptor, nonce.encode())
        found = os.fstat(descriptor)
    except OSError:
        os.unlink(local_path)
        return None
    finally:
        os.close(descriptor)
    location = location_of(LocalFile(local_path, found.st_dev, found.st_ino))
    probe = ProbeFile(local_path, location)
    if location["ino"] != 0:
        return probe
    probe.remove()
    return None
