"""The console script `registry-storage-rados`."""

from __future__ import annotations

from typing import NoReturn

from outrigger_storage import Definition, serve

from .config import RadosConfig
from .driver import RadosDriver

DEFINITION = Definition(
    name="rados",
    version="0.1.0",
    driver=RadosDriver,
    config=RadosConfig,
    environment=["CEPH_CONF", "CEPH_KEYRING", "CEPH_ARGS"],
)


def main() -> NoReturn:
    serve(DEFINITION)
