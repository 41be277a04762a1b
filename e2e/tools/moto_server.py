# The S3 server of moto as a command with a version, which its own has not.
import sys

import moto
from moto.server import main

if sys.argv[1:] == ["--version"]:
    print(moto.__version__)
else:
    main(sys.argv[1:])
