#!/usr/bin/env bash
# Loads exports with the programs they are for and compares them with rows that Python computes from
# the dataset and the judgements. Imports the scores of a real embedder.
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
command -v python3 >/dev/null || skip "there is no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "python3 is older than 3.11"
python3 -c 'import ensurepip, venv' 2>/dev/null || skip "python3 has no venv (on Debian and Ubuntu: python3-venv)"

# One environment per set of requirements, moved into place when complete.
key=$({ cat "$here"/requirements*.txt; python3 -VV; } |
    python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')
mkdir -p "$target/loaders"
environment=$target/loaders/venv-$key
if [ ! -d "$environment" ]; then
    echo "tests/loaders: installing the loaders into $environment"
    building=$(mktemp -d "$target/loaders/building.XXXXXX")
    trap 'rm -rf "$building"' EXIT
    python3 -m venv "$building"
    install=("$building/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${install[@]}" -r "$here/requirements.txt" || skip "the packages of requirements.txt cannot be installed"
    "${install[@]}" --no-deps -r "$here/requirements-bare.txt" || skip "the packages of requirements-bare.txt cannot be installed"
    # Another run may have been faster.
    python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$building" "$environment" 2>/dev/null || [ -d "$environment" ]
fi

work=$(mktemp -d)
trap 'rm -rf "$work" "${building:-}"' EXIT
# No hub is contacted, and none of the user's files are read or written.
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME=$work/hf TQDM_DISABLE=1 PYTHONDONTWRITEBYTECODE=1
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
"$environment/bin/python" "$here/check.py" "$program" "$work"
"$environment/bin/python" "$here/scores.py" "$program" "$work"
