"""The console script `registry-storage-py-fs`."""

from __future__ import annotations

from typing import NoReturn

from outrigger_storage import Definition, serve

from .config import FilesystemConfig
from .driver import FilesystemDriver

DEFINITION = Definition(name="py-fs", version="0.1.0", driver=FilesystemDriver, config=FilesystemConfig)


def main() -> NoReturn:
    serve(DEFINITION)
