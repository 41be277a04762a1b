"""Data of Distribution's old driver, written as that one did, is read, gone on with, moved and deleted.

Arguments: a configuration of Ceph and a pool of it, which is empty.
"""

from __future__ import annotations

import sys

import rados
from outrigger_storage import PathNotFound

from registry_storage_rados.cluster import Cluster, Pool
from registry_storage_rados.config import RadosConfig
from registry_storage_rados.driver import RadosDriver

CHUNK = 64 * 1024
CONTENT = bytes(range(256)) * 600
OID = "blob:d3d232ff-ab3a-4046-9ab7-930228d4c164"


def write_as_before(pool: Pool) -> None:
    """`/old/directory/object`. The root refers to itself, as it did."""
    for index, start in enumerate(range(0, len(CONTENT), CHUNK)):
        pool.write(f"{OID}-{index}", CONTENT[start : start + CHUNK], 0)
    pool.set_xattr(f"{OID}-0", "total-size", len(CONTENT).to_bytes(8, "little") + b"\0\0")
    refer(pool, "/old/directory", "object", OID)
    refer(pool, "/old", "directory", "")
    refer(pool, "/", "old", "")
    refer(pool, "/", "/", "")


def refer(pool: Pool, directory: str, name: str, value: str) -> None:
    with rados.WriteOpCtx() as operation:
        pool.set_omap(operation, (name,), (value.encode(),))
        pool.operate_write_op(operation, directory)


def read(driver: RadosDriver, path: str, offset: int = 0) -> bytes:
    reader = driver.reader(path, offset=offset, length=None, if_match=None)
    content = b""
    while chunk := reader.read(100_000):
        content += chunk
    reader.close()
    return content


def names(driver: RadosDriver, path: str) -> list[str]:
    return [entry.path for entry in driver.list(path, cursor=None, limit=1000).entries]


def main(cephconf: str, poolname: str) -> None:
    config = RadosConfig(poolname=poolname, chunksize=CHUNK, cephconf=cephconf)
    cluster = Cluster(config)
    write_as_before(cluster.pool())
    driver = RadosDriver(config)
    assert names(driver, "/") == ["/old"]
    assert names(driver, "/old/directory") == ["/old/directory/object"]
    assert driver.stat("/old/directory/object").size == len(CONTENT)
    assert read(driver, "/old/directory/object", 70_000) == CONTENT[70_000:]
    writer = driver.writer("/old/directory/object", mode="append", expected_size=None)
    writer.write(memoryview(CONTENT))
    writer.commit_to("/new/object")
    assert read(driver, "/new/object") == CONTENT * 2
    assert names(driver, "/old/directory") == []
    driver.move("/new", "/newer")
    try:
        driver.stat("/new/object")
    except PathNotFound:
        driver.delete("/newer")
    assert not [each.key for each in cluster.pool().list_objects() if each.key.startswith("blob:")]
    driver.close()
    cluster.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
