/**
 * POSIX shell, since it starts in a millisecond and takes 1 MB. Lines on stdin: `+ group <id>`, `+ directory <path>`, the same with `-`,
 * and `q`. After the end of stdin without `q`, a group has 2 s to end by itself, as its own stdin has closed too; one that
 * is gone at any look is forgotten, since its number may be given to others from then on. `rm` takes no
 * directory but one that the host named and that still has our prefix.
 */
export const WATCHDOG_SCRIPT = `
trap '' INT TERM HUP
watched=
while read -r act what; do
  case $act in
    +) watched="$watched
$what" ;;
    -) watched=$(printf '%s\\n' "$watched" | grep -vxF "$what") ;;
    q) exit 0 ;;
  esac
done
alive=$(printf '%s\\n' "$watched" | while read -r kind value; do [ "$kind" != group ] || echo "$value"; done)
look=0
while [ "$look" -lt 20 ]; do
  left=
  for group in $alive; do
    if kill -0 "-$group" 2>/dev/null; then left="$left $group"; fi
  done
  alive=$left
  [ -n "$alive" ] || break
  sleep 0.1 2>/dev/null || { sleep 1; look=$((look + 9)); }
  look=$((look + 1))
done
for group in $alive; do kill -9 "-$group" 2>/dev/null; done
printf '%s\\n' "$watched" | while read -r kind value; do
  case "$kind $value" in "directory "*/outrigger-*) rm -rf -- "$value" ;; esac
done
`;
