#!/bin/sh
# One door to the project: up, demo, check, bench; everything else goes to the dfs command.
cd "$(dirname "$0")" || exit 1
case "${1:-}" in
  check) shift; exec dotnet test AkkaDfs.sln "$@" ;;
  bench) shift; exec dotnet run -c Release --project bench/AkkaDfs.Benchmarks -- "$@" ;;
  *) exec dotnet run -c Release --project src/AkkaDfs.Client -- "$@" ;;
esac
