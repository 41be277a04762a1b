"""What a driver can do besides the required operations, read off its methods."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Capabilities:
    """Each is a promise of docs/protocol/session.md."""

    walk: bool = False
    redirect_url: bool = False
    copy: bool = False
    atomic_move: bool = False
    atomic_directory_move: bool = False
    isolated_writers: bool = False
    commit_to: bool = False
    local_files: bool = False

    @classmethod
    def of(cls, driver: object) -> Capabilities:
        """Of a driver, or of its class."""
        return cls(
            walk=hasattr(driver, "walk"),
            redirect_url=hasattr(driver, "redirect_url"),
            copy=hasattr(driver, "copy"),
            atomic_move=getattr(driver, "atomic_move", False) is True,
            atomic_directory_move=getattr(driver, "atomic_directory_move", False) is True,
            isolated_writers=hasattr(driver, "isolated_writer"),
            commit_to=getattr(driver, "commits_to", False) is True,
            local_files=hasattr(driver, "local_file"),
        )

    def to_wire(self) -> dict[str, object]:
        """Only what is there."""
        return {_WIRE_NAMES[each.name]: True for each in fields(self) if getattr(self, each.name)}


_WIRE_NAMES = {
    "walk": "walk",
    "redirect_url": "redirectURL",
    "copy": "copy",
    "atomic_move": "atomicMove",
    "atomic_directory_move": "atomicDirectoryMove",
    "isolated_writers": "isolatedWriters",
    "commit_to": "commitTo",
    "local_files": "localFiles",
}
