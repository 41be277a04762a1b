"""The parameters, which are those of the driver `filesystem`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outrigger_storage import parameter

#: Fewer parallel calls would make pushes and pulls wait for each other; Distribution has the same minimum.
_MIN_THREADS = 25


@dataclass(frozen=True)
class FilesystemConfig:
    """Checked by `parse_parameters`."""

    rootdirectory: str = parameter(
        default="/var/lib/registry",
        description="Directory that holds everything. It is made if it is missing.",
        path=True,
        pattern=r"(?s:.+)",
    )
    maxthreads: int = parameter(
        default=100,
        description=f"Calls that run at a time. Less than {_MIN_THREADS} counts as {_MIN_THREADS}.",
        minimum=0,
    )
    commit: Literal["durable", "relaxed"] = parameter(
        default="durable",
        description=(
            "durable: what is acknowledged survives a power cut. "
            "relaxed: nothing is synced, a power cut may lose or empty what was acknowledged."
        ),
    )

    @property
    def threads(self) -> int:
        return max(_MIN_THREADS, self.maxthreads)
