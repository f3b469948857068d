#!/bin/bash
# Everyday programs on a mount: rsync twice, git clone with fsck, a build of a project of this repository, ffmpeg with seeks (where they are
# installed). usage: run.sh programs.sh, or programs.sh MOUNTPOINT
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
mount=$1 failed=0
check() { if "${@:2}" > "/tmp/programs.$$" 2>&1; then echo "$1: right"; else echo "$1: FAILED"; tail -20 "/tmp/programs.$$"; failed=1; fi; rm -f "/tmp/programs.$$"; }
clone() { git clone -q --no-hardlinks "$here" "$mount/clone" && git -C "$mount/clone" fsck --full && [ -z "$(git -C "$mount/clone" status --porcelain)" ]; }
sync_twice() {
    # Not what a build that runs meanwhile makes.
    local left=(--exclude bin --exclude obj)
    rsync -a "${left[@]}" "$here/src/" "$mount/copy/" && diff -r -x bin -x obj "$here/src" "$mount/copy" &&
    [ "$(rsync -a --itemize-changes "${left[@]}" "$here/src/" "$mount/copy/" | wc -l)" = 0 ]
}
build() { cp -r "$here/engine" "$here/src" "$here"/*.props "$here"/.editorconfig "$here"/*.txt "$mount/build/" && dotnet build -p:RunAnalyzers=false -v q "$mount/build/src/AkkaDfs.Fuse/AkkaDfs.Fuse.csproj"; }
film() {
    ffmpeg -loglevel error -f lavfi -i testsrc=duration=20:size=640x360:rate=25 -y "$mount/film.mp4" &&
    for at in 1 7 13 19; do
        ffmpeg -loglevel error -ss $at -i "$mount/film.mp4" -frames:v 1 -f md5 - || return 1
    done
}
command -v rsync > /dev/null && check "rsync -a twice" sync_twice || echo "rsync: not installed"
command -v git > /dev/null && check "git clone and fsck" clone
mkdir -p "$mount/build" && check "dotnet build" build
command -v ffmpeg > /dev/null && check "mp4 with seeks" film || echo "ffmpeg: not installed"
exit $failed
