#!/usr/bin/env bash
# Builds the Python package with a debug build, installs it into a clean environment, and compares it with the program;
# runs the notebook and the recipes of docs.
#
# run.sh [PROGRAM]: the built `tilejury`; by default the debug build in the target folder.
# Exit code 77: nothing was tested because Python or its packages are not available; standard error
# says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
program=$(realpath "${1:-$target/debug/tilejury}")

skip() {
    echo "tests/python: not run: $*" >&2
    exit 77
}

[ -x "$program" ] || { echo "tests/python: $program does not exist; build it first" >&2; exit 1; }
. "$here/../python_environment.sh"
make_environment tests/python "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The folder that pyproject.toml names.
scripts=$root/target/dist/wheel.data/scripts
mkdir -p "$scripts"
cp "$program" "$scripts/tilejury"
strip "$scripts/tilejury" 2>/dev/null || true
cd "$root"
"$environment/bin/maturin" build --profile dev --locked --quiet --auditwheel skip --compression-method stored --out "$work/wheel"
rm -rf "$root/target/dist/wheel.data"

# Alone first: the package needs no other.
python3 -m venv "$work/clean"
"$work/clean/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$work"/wheel/tilejury-*.whl
# None of the user's files are read or written, and no hub is contacted.
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME=$work/hf TQDM_DISABLE=1 PYTHONDONTWRITEBYTECODE=1
python=$work/clean/bin/python
cd "$work"
"$python" -c 'import tilejury, sys; assert "pyarrow" not in sys.modules; print("tilejury", tilejury.__version__)'
# Then with the libraries that read its streams.
"$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/libraries.pth"
"$python" -m mypy.stubtest tilejury
mkdir "$work/check" "$work/recipes"
"$python" "$here/check.py" "$work/check"
"$python" "$here/notebook.py" "$root/docs/python.ipynb"
"$python" "$here/recipes.py" "$work/recipes" "$root/docs/recipes"
