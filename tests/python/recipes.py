"""The recipes of docs with two workers: each gives the rows of one process, also after a worker was killed in the
middle and the same command was started again.

recipes.py WORK RECIPES
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pyarrow
import pyarrow.parquet

import tilejury

PROGRAM = Path(sys.executable).with_name("tilejury")
work, recipes = Path(sys.argv[1]), Path(sys.argv[2])
demo = work / "demo"

# Runs in place of the program: the first scan is killed in the middle of writing, by the kernel and without warning.
# Its log is a new one, since the limit holds for every file.
FAILING = f"""#!/usr/bin/env bash
if [ "$1" = scan ] && mkdir "{work}/killed" 2>/dev/null; then
    export XDG_STATE_HOME="{work}/state"
    ulimit -c 0 -f 8
fi
exec "{PROGRAM}" "$@"
"""

# Stands in for sbatch: two tasks of the array at a time, each with the variables of Slurm.
SBATCH = """#!/usr/bin/env bash
last=${1#--array=0-}
shift
seq 0 "$last" | SLURM_ARRAY_TASK_COUNT=$((last + 1)) SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=$last \\
    SLURM_ARRAY_TASK_STEP=1 SLURM_CPUS_PER_TASK=1 xargs -P 2 -I {} env SLURM_ARRAY_TASK_ID={} bash "$@"
"""


def executable(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def with_path(*folders):
    return {**os.environ, "PATH": os.pathsep.join([*map(str, folders), str(PROGRAM.parent), os.environ["PATH"]])}


def rows_of(parts):
    assert not list(parts.glob("*.unfinished")), "what a killed job left is written over"
    return pyarrow.concat_tables(pyarrow.parquet.read_table(part) for part in sorted(parts.glob("*.parquet")))


def check(parts, whole):
    """The parts have the rows of one process, and `adopt` and `pairs` take them."""
    assert rows_of(parts).equals(whole), parts
    for words in (["adopt", demo, parts], ["pairs", parts, "--out", work / "pairs.parquet"]):
        subprocess.run([PROGRAM, *words], check=True, capture_output=True)


def shell(name, command, more, whole):
    fresh = work / f"{name}-fresh"
    run = subprocess.run([*command, demo, fresh, *more], env=with_path(work / "bin"), capture_output=True, text=True)
    assert run.returncode == 0, f"a damaged tile is no failure of the job: {run.stderr}"
    check(fresh, whole)
    parts = work / name
    command = [*command, demo, parts, *more]
    killed = subprocess.run(command, env=with_path(work / "bin", work / "failing"), capture_output=True, text=True)
    assert killed.returncode != 0 and (work / "killed").exists(), killed.stderr
    assert len(list(parts.glob("*.parquet"))) == 3 and list(parts.glob("*.unfinished")), killed.stderr
    times = {part: part.stat().st_mtime_ns for part in parts.glob("*.parquet")}
    again = subprocess.run(command, env=with_path(work / "bin"), capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    check(parts, whole)
    assert all(part.stat().st_mtime_ns == at for part, at in times.items()), "what is there is kept"
    (work / "killed").rmdir()


def rows_of_finished(parts):
    return sum(pyarrow.parquet.read_metadata(part).num_rows for part in parts.glob("*.parquet"))


def python(name, recipe, more, whole):
    """Kills the job, with all its workers, once it has written something but not everything."""
    parts = work / name
    command = [sys.executable, recipes / recipe, demo, parts, *more]
    job = subprocess.Popen(command, start_new_session=True, env=with_path(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while job.poll() is None and not list(parts.glob("*.parquet")):
        time.sleep(0.002)
    os.killpg(job.pid, signal.SIGKILL)
    output = job.communicate()[0]
    assert list(parts.glob("*.parquet")), output
    missing = whole.num_rows - rows_of_finished(parts)
    # Whatever was there, one file is taken away as if its worker had been killed before it was whole.
    if missing == 0:
        last = sorted(parts.glob("*.parquet"))[-1]
        last.rename(f"{last}.unfinished")
    again = subprocess.run(command, env=with_path(), capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    check(parts, whole)


def proposed_by_hand(whole):
    """The pairs of tiles with a band in common."""
    tiles = [((row["shard"], row["member"]), set(row["bands"] or [])) for row in whole.to_pylist()]
    return {(*a, *b) for a, of_a in tiles for b, of_b in tiles if a < b and of_a & of_b}


if __name__ == "__main__":
    subprocess.run([PROGRAM, "demo", demo], check=True, capture_output=True)
    subprocess.run([PROGRAM, "scan", demo, "--out", work / "all.parquet"], capture_output=True)
    whole = pyarrow.parquet.read_table(work / "all.parquet")
    executable(work / "bin" / "sbatch", SBATCH)
    executable(work / "failing" / "tilejury", FAILING)
    shell("slurm", ["sbatch", "--array=0-3", recipes / "slurm.sh"], [], whole)
    print("tests/python: the recipe for Slurm gives the rows of one process")
    if shutil.which("parallel"):
        shell("parallel", ["bash", recipes / "parallel.sh"], ["2", "4"], whole)
        print("tests/python: the recipe for GNU parallel gives the rows of one process")
    else:
        assert os.environ.get("TILEJURY_PYTHON") != "required", "GNU parallel is required, but it is not installed"
        print("tests/python: not run: the recipe for GNU parallel, which is not installed")
    for name, recipe, more in (("daft", "daft_scan.py", [work / "proposed"]), ("ray", "ray_scan.py", [])):
        start = time.monotonic()
        python(name, recipe, more, whole)
        print(f"tests/python: the recipe for {name} gives the rows of one process ({time.monotonic() - start:.0f} s)")
    if (work / "proposed").exists():
        proposed = pyarrow.parquet.read_table(work / "proposed").to_pylist()
        names = ("a_shard", "a_member", "b_shard", "b_member")
        assert {tuple(pair[name] for name in names) for pair in proposed} == proposed_by_hand(whole) and proposed
        print(f"tests/python: Daft proposes {len(proposed)} pairs, as one process does")
