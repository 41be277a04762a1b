# The tools of sdks/python at pinned versions, as one command: python-sdk <module> <arguments>.
import os
import sys
from importlib.metadata import version

if sys.argv[1:] == ["--version"]:
    print(version("mypy"))
else:
    os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])
