"""The parameters, under the names of Distribution's old driver."""

from __future__ import annotations

from dataclasses import dataclass

from outrigger_storage import parameter

_MIB = 1024 * 1024


@dataclass(frozen=True)
class RadosConfig:
    """Checked by `parse_parameters`."""

    poolname: str = parameter(description="Pool that holds everything. It has to be there.", pattern=".+")
    username: str = parameter(default="admin", description="Ceph user, without `client.`.", pattern=".+")
    chunksize: int = parameter(
        default=4 * _MIB,
        description="Bytes of one object of Ceph; what is larger is striped over several.",
        minimum=4096,
        maximum=64 * _MIB,
    )
    cephconf: str | None = parameter(
        default=None, description="Configuration of Ceph. Default: where its own tools look.", path=True
    )
