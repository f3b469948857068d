#!/bin/bash
# pjdfstest (built by hand, PJD=its folder) on a mount, as root. TESTS: folders of tests, all by default. usage: run.sh pjdfstest.sh
set -u
mkdir "$1/pjd" && cd "$1/pjd" || exit 1
folders=()
for t in ${TESTS:-$(ls "${PJD:?folder of pjdfstest}/tests")}; do [ -d "$PJD/tests/$t" ] && folders+=("$PJD/tests/$t"); done
prove -r "${folders[@]}" 2>&1 | tail -40
exit "${PIPESTATUS[0]}"
