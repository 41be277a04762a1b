"""What the driver is told by the configuration of the registry."""

from __future__ import annotations

from dataclasses import dataclass

from outrigger_storage import parameter


@dataclass(frozen=True)
class Parameters:
    """The parameters of yours take the place of bucket. What nobody may see gets `secret=True`."""

    bucket: str = parameter(pattern="[a-z0-9][a-z0-9.-]{2,62}", description="Where everything goes.")
