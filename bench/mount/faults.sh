#!/bin/bash
# A workload on a mount while nodes of its cluster are killed with SIGKILL, one every EVERY seconds (20), and started again DOWN seconds
# (3) later. KIND: chunk (each chunk server in turn) or meta. usage: run.sh faults.sh KIND WORKLOAD [ARGUMENT…]
set -u
mount=$1 kind=$2 work=$3
shift 3
restarted=$(mktemp)
faults() {
    local turn=0
    while sleep "${EVERY:-20}"; do
        mapfile -t nodes < <({ pgrep -P "$DFS_UP_PID"; cat "$restarted"; } | while read -r p; do cat "/proc/$p/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q "node $kind" && echo "$p"; done)
        [ ${#nodes[@]} -gt 0 ] || continue
        local victim=${nodes[$((turn++ % ${#nodes[@]}))]}
        mapfile -d '' -t command < "/proc/$victim/cmdline"
        kill -9 "$victim"
        echo "killed $kind node $victim" >&2
        sleep "${DOWN:-3}"
        # Its input stays open for as long as this script lives: its end would end the node.
        "${command[@]}" < <(exec tail --pid=$$ -f /dev/null) > /dev/null 2>&1 &
        echo $! >> "$restarted"
    done
}
faults & nemesis=$!
"$work" "$mount" "$@"; code=$?
kill "$nemesis"; wait "$nemesis" 2>/dev/null
while read -r p; do kill "$p" 2>/dev/null; done < "$restarted"
rm -f "$restarted"
exit $code
