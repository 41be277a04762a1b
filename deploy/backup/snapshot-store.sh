#!/bin/sh
# Makes a copy of a filesystem store that is consistent, also while registries push to it: a tree of hard links.
# It takes no room, and is then copied away by any program. docs/operations/backup-and-restore.md tells why it is right.
# Usage: snapshot-store.sh <rootdirectory> <new directory on the same file system>
set -eu

fail() {
  echo "$0: $*" >&2
  exit 1
}

[ $# -eq 2 ] || fail 'usage: snapshot-store.sh <rootdirectory> <new directory on the same file system>'
[ -d "$1/docker/registry/v2" ] || fail "$1 is not a store: docker/registry/v2 is missing"
[ ! -e "$2" ] || fail "$2 is there already"
mkdir -m 0700 "$2" # content is private
target=$(cd "$2" && pwd)
cd "$1"
list=$(mktemp)
trap 'rm -f "$list"' EXIT

# Links every file that find's arguments select. What vanishes meanwhile was deleted by a client: then all is looked for again.
link() {
  for _ in 1 2 3 4 5; do
    if find "$@" -print0 >"$list" && xargs -0 -r cp -alf --parents -t "$target" <"$list"; then return 0; fi
  done
  fail 'files cannot be linked; the copy is not complete'
}

# A push writes content first, then what names it. So a copy takes first what names something, then what is named.
link docker/registry/v2/repositories -path '*/_manifests/tags/*' -type f -name link
link docker/registry/v2/repositories -path '*/_manifests/revisions/*' -type f -name link
link docker/registry/v2/repositories -path '*/_layers/*' -type f -name link
link docker/registry/v2/blobs -type f -name data
