"""The program `registry-storage-__NAME__`."""

from __future__ import annotations

from typing import NoReturn

from outrigger_storage import Definition, serve

from .driver import Driver
from .parameters import Parameters

#: What `--describe` prints. Optional powers are methods of the driver: what is there is declared, and tested.
DEFINITION = Definition(name="__NAME__", version="0.1.0", driver=Driver, config=Parameters)


def main() -> NoReturn:
    """The library speaks the protocol on stdin and stdout. What is printed goes to the registry's log."""
    serve(DEFINITION)


if __name__ == "__main__":
    main()
