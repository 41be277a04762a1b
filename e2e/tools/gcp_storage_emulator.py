# gcp-storage-emulator as a command with a version, which its own has not.
import sys
from importlib.metadata import version

from gcp_storage_emulator.__main__ import main

if sys.argv[1:] == ["--version"]:
    print(version("gcp-storage-emulator"))
else:
    sys.exit(main(sys.argv[1:]))
