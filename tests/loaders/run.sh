#!/usr/bin/env bash
# Loads exports with the programs they are for and compares them with rows that Python computes from
# the dataset and the judgements. Imports the scores of a real embedder, and has it choose what a model is asked.
#
# run.sh [PROGRAM]: the built `tilejury`; by default the debug build in the target folder.
# Exit code 77: nothing was tested because Python or its packages are not available; standard error
# says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
program=${1:-$target/debug/tilejury}

skip() {
    echo "tests/loaders: not run: $*" >&2
    exit 77
}

[ -x "$program" ] || { echo "tests/loaders: $program does not exist; build it first" >&2; exit 1; }
. "$here/../python_environment.sh"
make_environment tests/loaders "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# No hub is contacted, and none of the user's files are read or written.
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME=$work/hf TQDM_DISABLE=1 PYTHONDONTWRITEBYTECODE=1
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
"$environment/bin/python" "$here/check.py" "$program" "$work"
"$environment/bin/python" "$here/scores.py" "$program" "$work"
"$environment/bin/python" "$here/first_stage.py" "$program" "$work"
