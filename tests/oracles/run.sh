#!/usr/bin/env bash
# Compares the formulas of crates/stats with other programs, over random tables, and the agreement that
# the program prints, over random answers.
#
# run.sh TABLES PROGRAM: the built example `random_tables`, and the built `tilejury`.
# Exit code 77: nothing was tested because Python or its packages are not available; standard error
# says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
. "$here/../python_environment.sh"
make_environment tests/oracles "$here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" >"$work/tables.jsonl"
# The tables are small: more threads only wait for each other.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
"$environment/bin/python" "$here/check.py" "$work/tables.jsonl"
"$environment/bin/python" "$here/agreement.py" "$2" "$work"
