#!/usr/bin/env bash
# Checks the requests of `tilejury ask`, and the replies of the simulated model of the Rust tests, by the types of the
# package `openai`, against a server that is written with them.
#
# run.sh SIMULATED PROGRAM: the built example `simulated_model`, and the built `tilejury`.
# Exit code 77: nothing was tested because Python or its packages are not available; standard error
# says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
. "$here/../python_environment.sh"
make_environment tests/reviewer "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" >"$work/exchanges.jsonl"
export PYTHONDONTWRITEBYTECODE=1
"$environment/bin/python" "$here/check.py" "$work/exchanges.jsonl" "$2" "$work"
