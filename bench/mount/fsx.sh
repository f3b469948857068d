#!/bin/bash
# fsx of xfstests (built by hand, FSX=its path) on a mount: OPS operations (100000) on each of SEEDS seeds (10), from seed FIRST (1) on,
# with read and write, with mapped files too, and with O_DIRECT. usage: run.sh fsx.sh, or fsx.sh MOUNTPOINT
set -u
mount=$1 failed=0
for seed in $(seq "${FIRST:-1}" $((${FIRST:-1} + ${SEEDS:-10} - 1))); do
    for mode in ${MODES:-buffered mapped direct}; do
        case $mode in
            buffered) flags=(-R -W) ;;
            mapped) flags=() ;;
            direct) flags=(-Z -R -W -r 4096 -w 4096 -t 4096) ;;
        esac
        if ! "${FSX:?path of fsx}" -q -S "$seed" -N "${OPS:-100000}" "${flags[@]}" -P /tmp "$mount/fsx-$mode-$seed" > "/tmp/fsx.$$" 2>&1; then
            echo "fsx $mode seed $seed FAILED"; tail -40 "/tmp/fsx.$$"; failed=1
        else
            echo "fsx $mode seed $seed: ${OPS:-100000} operations, right"
        fi
        rm -f "$mount/fsx-$mode-$seed" "/tmp/fsx.$$"
    done
done
exit $failed
