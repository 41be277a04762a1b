"""Content that nobody refers to is removed, and no other.

Arguments: a configuration of Ceph and a pool of it, which is empty.
"""

from __future__ import annotations

import sys

from registry_storage_rados.blobs import Blobs
from registry_storage_rados.cluster import Cluster
from registry_storage_rados.config import RadosConfig
from registry_storage_rados.driver import RadosDriver
from registry_storage_rados.references import References
from registry_storage_rados.sweeping import Sweeping


def main(cephconf: str, poolname: str) -> None:
    config = RadosConfig(poolname=poolname, cephconf=cephconf)
    driver = RadosDriver(config)
    cluster = Cluster(config)
    blobs, references = Blobs(cluster, config.chunksize), References(cluster)
    sweeping = Sweeping(blobs, references)

    driver.put("/kept", b"1")
    driver.put("/moved/from", b"2")
    driver.move("/moved/from", "/moved/to")
    # Killed in the middle of a move: the content says that it belongs to a path that has no name for it yet.
    driver.put("/half", b"3")
    half = references.find("/half")
    assert half is not None
    blobs.set_owner(half, "/elsewhere", "/half")
    # Killed with a writer open.
    driver.isolated_writer("/lost", expected_size=None)
    assert sweeping.sweep(older_than=3600) == 0
    assert len(list(blobs.everything())) == 4
    assert sweeping.sweep(older_than=-3600) == 1
    assert sweeping.sweep(older_than=-3600) == 0
    assert [driver.stat(path).size for path in ("/kept", "/moved/to", "/half")] == [1, 1, 1]

    driver.delete("/half")
    assert sweeping.sweep(older_than=-3600) == 1
    sweeping.close()
    driver.close()
    cluster.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
