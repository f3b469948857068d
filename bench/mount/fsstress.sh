#!/bin/bash
# fsstress of xfstests (built by hand, FSSTRESS=its path) on a mount, SECONDS_LONG (600) with PROCESSES (4), from seed SEED (1); then all
# of it is removed, which fails if anything is not as it should be. usage: run.sh fsstress.sh, or fsstress.sh MOUNTPOINT
set -u
folder=$1/fsstress
mkdir "$folder" || exit 1
"${FSSTRESS:?path of fsstress}" -d "$folder" -p "${PROCESSES:-4}" -n 100000000 --duration="${SECONDS_LONG:-600}" -s "${SEED:-1}"
code=$?
find "$folder" -type f | wc -l
find "$folder" -type f -print0 | xargs -0 -r cat > /dev/null || code=1
rm -rf "$folder" || code=1
[ -e "$folder" ] && code=1
echo "fsstress ended with $code"
exit $code
