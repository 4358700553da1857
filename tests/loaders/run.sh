#!/usr/bin/env bash
# Exports are loaded by the programs they are for, and compared with what Python computes from the set and the judgements.
#
# run.sh [PROGRAM]: the built `tilejury`; by default the debug build in the target folder.
# Exit code 77: nothing was tested, since Python or its packages cannot be had here; standard error says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
program=${1:-$target/debug/tilejury}

cannot() {
    echo "tests/loaders: not run: $*" >&2
    exit 77
}

[ -x "$program" ] || { echo "tests/loaders: $program is not there; build it first" >&2; exit 1; }
command -v python3 >/dev/null || cannot "there is no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || cannot "python3 is older than 3.11"
python3 -c 'import ensurepip, venv' 2>/dev/null || cannot "python3 has no venv (on Debian and Ubuntu: python3-venv)"

# An environment for each set of requirements: made once, moved into place when whole.
key=$({ cat "$here"/requirements*.txt; python3 -VV; } |
    python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')
mkdir -p "$target/loaders"
environment=$target/loaders/venv-$key
if [ ! -d "$environment" ]; then
    echo "tests/loaders: installing the loaders into $environment"
    making=$(mktemp -d "$target/loaders/making.XXXXXX")
    trap 'rm -rf "$making"' EXIT
    python3 -m venv "$making"
    install=("$making/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${install[@]}" -r "$here/requirements.txt" || cannot "the packages of requirements.txt cannot be installed"
    "${install[@]}" --no-deps -r "$here/requirements-bare.txt" || cannot "the packages of requirements-bare.txt cannot be installed"
    # Somebody else may have been faster.
    python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$making" "$environment" 2>/dev/null || [ -d "$environment" ]
fi

work=$(mktemp -d)
trap 'rm -rf "$work" "${making:-}"' EXIT
# Nothing is asked of any hub, and nothing of this person's is read or written.
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME=$work/hf TQDM_DISABLE=1 PYTHONDONTWRITEBYTECODE=1
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
"$environment/bin/python" "$here/check.py" "$program" "$work"
