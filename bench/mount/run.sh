#!/bin/bash
# A cluster of separate processes (one meta node, three chunk servers, three replicas), mounted on a directory of its own, and one
# workload on it: a program that takes a mount point. Beside the workload's own output it tells the processor time of all our
# processes meanwhile, user and system, because wall time says little on a machine that others use.
#
# usage: run.sh WORKLOAD [ARGUMENT…]        the workload is called as: WORKLOAD MOUNTPOINT [ARGUMENT…]
# Environment: DFS (a published dfs; default: built here, Release), DATA (an empty folder for the cluster; default: a temporary one),
#   OPTIONS (mount options), DEFINE (further settings of the nodes, KEY=VALUE separated by blanks), SERVERS (3), KEEP=1 (leave DATA)
set -u
HERE=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -ge 1 ] || { sed -n '2,9p' "$0"; exit 2; }
if [ -n "${DFS:-}" ]; then dfs=("$DFS")
else
    dotnet build -c Release -v q -p:RunAnalyzers=false "$HERE/src/AkkaDfs.Client/AkkaDfs.Client.csproj" >&2 || exit 1
    dfs=(dotnet "$HERE/src/AkkaDfs.Client/bin/Release/net10.0/dfs.dll")
fi
OWN=$([ -z "${DATA:-}" ] && echo 1)
DATA=${DATA:-$(mktemp -d)} || exit 1
POINT=$(mktemp -d) || exit 1
export DFS_STATE="$DATA/state"
mkdir -p "$DFS_STATE"
port=$((20000 + RANDOM % 20000))

define=()
for d in ${DEFINE:-}; do define+=(-D "$d"); done
"${dfs[@]}" up --processes -n "${SERVERS:-3}" --port "$port" --data "$DATA/cluster" "${define[@]}" > "$DATA/up.log" 2>&1 &
up=$!

end() {
    umount "$POINT" 2>/dev/null || umount -l "$POINT" 2>/dev/null
    [ -n "${mount:-}" ] && { for _ in $(seq 100); do kill -0 "$mount" 2>/dev/null || break; sleep 0.1; done; kill "$mount" 2>/dev/null; }
    kill -TERM "$up" 2>/dev/null; wait "$up" 2>/dev/null
    rmdir "$POINT" 2>/dev/null
    [ -n "$OWN" ] && [ -z "${KEEP:-}" ] && rm -rf "$DATA"
}
trap end EXIT

for _ in $(seq 300); do [ -e "$DFS_STATE/up.json" ] && break; kill -0 "$up" 2>/dev/null || break; sleep 0.1; done
[ -e "$DFS_STATE/up.json" ] || { cat "$DATA/up.log" >&2; exit 1; }
"${dfs[@]}" mount "$POINT" -s "127.0.0.1:$port" --log "$DATA/mount.log" ${OPTIONS:+-o "$OPTIONS"} > "$DATA/mounted" || { cat "$DATA/mount.log" >&2; exit 1; }
mount=$(sed -n 's/.*(process \([0-9]*\).*/\1/p' "$DATA/mounted")

ours() { echo "$mount"; pgrep -P "$up"; }
cpu() {   # user and system time in ms of each of our processes, one line each: PID USER SYSTEM
    for p in $(ours); do awk -v p="$p" -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print p, $12 * 1000 / hz, $13 * 1000 / hz }' "/proc/$p/stat" 2>/dev/null; done
}
export DFS_MOUNT_PID=$mount DFS_UP_PID=$up
before=$(cpu)
work=$1; shift
"$work" "$POINT" "$@" < /dev/null; code=$?
after=$(cpu)
printf '%s\n--\n%s\n' "$before" "$after" | awk -v mount="$mount" '
    /^--$/ { second = 1; next }
    !second { u[$1] = $2; s[$1] = $3; next }
    { printf "cpu %s %s: user %d ms, system %d ms\n", $1 == mount ? "mount" : "node ", $1, $2 - u[$1], $3 - s[$1]; total += $2 - u[$1] + $3 - s[$1] }
    END { printf "cpu of all: %d ms\n", total }' >&2
[ -s "$DATA/mount.log" ] && { echo "the mount's log:" >&2; tail -5 "$DATA/mount.log" >&2; }
exit $code
