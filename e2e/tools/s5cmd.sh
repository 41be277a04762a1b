#!/bin/sh
# The program in the package: its own command is a program in Python that starts it.
here=$(dirname "$(readlink -f "$0")")/..
exec "$here"/venv/lib/python*/site-packages/s5cmd/bin/s5cmd "$@"
