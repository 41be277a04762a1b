"""A filesystem driver in Distribution's layout: a driver's path is the path below the root."""

from .config import FilesystemConfig
from .driver import FilesystemDriver

__all__ = ["FilesystemConfig", "FilesystemDriver"]
