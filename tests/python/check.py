"""The installed package: what the module returns is what the program prints, and other libraries read it."""

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import datasets
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

import tilejury

PROGRAM = Path(sys.executable).with_name("tilejury")
work = Path(sys.argv[1])
demo = work / "demo"


def program(*words, code=0, text=None):
    run = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, input=text)
    assert run.returncode == code, (words, run.returncode, run.stderr)
    return run.stdout


def lines(*words):
    return [json.loads(line) for line in program(*words).splitlines()]


def raises(kind, words, call):
    try:
        call()
    except kind as error:
        assert words in str(error), error
        return error
    raise AssertionError(f"{kind.__name__} was expected")


def program_of_the_package():
    """The program is the package's own, with its exit codes and signals."""
    assert program("--version") == f"tilejury {tilejury.__version__}\n"
    program("demo", demo)
    assert lines("stats", demo, "--json")[0]["shards"] == 4
    program("stats", work / "nowhere", code=2)
    # A closed pipe ends it quietly, and a signal ends it at once: Python is not in its process.
    shell = subprocess.run(["bash", "-c", f"'{PROGRAM}' rank '{demo}' --no-pixels | head -1"], capture_output=True, text=True)
    assert shell.stdout and "pipe" not in shell.stderr.lower(), shell
    reading = subprocess.Popen([PROGRAM, "judge", demo, "--from", "-"], stdin=subprocess.PIPE)
    time.sleep(0.5)
    reading.terminate()
    assert reading.wait(10) == -15


def rows_are_those_of_the_files():
    dataset = tilejury.open(demo)
    assert dataset.splits == {"train": 39, "eval": 4, "test": 5} and len(dataset) == 48, dataset.splits
    table = dataset.rows().read_all()
    assert table.num_rows == 48 and not table["key"].null_count
    for row in table.to_pylist():
        file = next(file for file in (demo / f"{row['split']}_hn.jsonl", demo / f"{row['split']}.jsonl") if file.exists())
        line = json.loads(file.read_text().splitlines()[row["line"] - 1])
        assert row["query"] == line["query"] and row["chunk_path"] == line["chunk_path"]
        assert row["neg_chunk_paths"] == line.get("neg_chunk_paths", [])
        assert row["answer"] == line.get("answer")
    return table


def libraries_read_the_stream(table):
    dataset = tilejury.open(demo)
    assert polars.DataFrame(dataset.rows()).equals(polars.from_arrow(table))
    assert pyarrow.RecordBatchReader.from_stream(dataset.rows()).read_all().equals(table)
    batches = dataset.rows()  # noqa: F841: DuckDB finds it by its name
    assert duckdb.sql("SELECT count(*), min(line) FROM batches").fetchall() == [(48, 1)]
    assert list(pandas.DataFrame.from_arrow(dataset.rows())["query"]) == table["query"].to_pylist()
    assert datasets.Dataset(pyarrow.table(dataset.rows()))[0]["query"] == table["query"][0].as_py()
    batches = dataset.rows()
    parts = [pyarrow.record_batch(batch) for batch in batches]
    assert pyarrow.Table.from_batches(parts).equals(table)
    assert pyarrow.schema(dataset.rows()).equals(table.schema)
    once = dataset.rows()
    once.read_all()
    raises(ValueError, "read already", once.read_all)


def judgements_are_those_of_the_program():
    dataset = tilejury.open(demo)
    row = dataset.rows().read_all().to_pylist()[1]
    negative = row["neg_chunk_paths"][0]
    dataset.judge(split="train", line=row["line"], tiles={negative: "relevant"}, note="“both” answer", tags=["a", "b"], annotator="ann")
    dataset.judge(query=row["query"], chunk_path=row["chunk_path"], verdict="accept", annotator="ann")
    assert dataset.judge_all([{"split": "train", "line": 3, "verdict": "reject", "reasons": ["bad_query"]}], annotator="bob") == 1
    printed = lines("judgements", demo, "--json")
    read = dataset.judgements().read_all().to_pylist()
    assert len(printed) == len(read) == 2
    for line, judged in zip(printed, read):
        for name in ("split", "line", "query", "chunk_path", "verdict", "annotator"):
            assert judged[name] == line[name], name
        assert judged["reasons"] == line.get("reasons", []) and judged["tags"] == line.get("tags", [])
        assert judged["note"] == line.get("note", "") and judged["orphan"] is False
        assert {tile["path"]: tile["relevance"] for tile in judged["tiles"] if not tile["added"]} == line.get("tiles", {})
        at = judged["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert at == line["at"], (at, line["at"])
    assert negative in [tile["path"] for tile in read[0]["tiles"]]
    assert [judged["annotator"] for judged in dataset.judgements(annotator="bob").read_all().to_pylist()] == ["bob"]
    # What the program records is there at once.
    line = json.dumps({"split": "train", "line": row["line"], "verdict": None, "annotator": "ann"})
    program("judge", demo, "--from", "-", text=line)
    assert dataset.judgements().read_all()["verdict"].to_pylist() == [None, "reject"]
    dataset.judge(split="train", line=3, reasons=None, verdict=None, annotator="bob")
    assert not lines("judgements", demo, "--json", "--annotator", "bob"), "None clears both"


def refused_judgements_name_their_lines():
    dataset = tilejury.open(demo)
    before = lines("judgements", demo, "--json", "--history")
    bad = [{"split": "train", "line": 1, "verdict": "accept"}, {"split": "train", "line": 4000, "verdict": "accept"}]
    error = raises(tilejury.RefusedError, "nothing was recorded: line 2:", lambda: dataset.judge_all(bad))
    assert [number for number, _ in error.lines] == [2] and isinstance(error, tilejury.TilejuryError)
    raises(tilejury.RefusedError, "perhaps", lambda: dataset.judge(split="train", line=1, verdict="perhaps"))
    raises(tilejury.RefusedError, "no audit “x”", lambda: dataset.judge(split="train", line=1, verdict="accept", audit="x"))
    raises(TypeError, "'verdct'", lambda: dataset.judge(split="train", line=1, verdct="accept"))
    assert lines("judgements", demo, "--json", "--history") == before
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gone = {"query": "gone", "chunk_path": "x.png", "orphan": True, "verdict": "accept"}
        dataset.judge_all([gone], annotator="ann")
    assert "orphans" in str(caught[0].message), caught


def findings_are_those_of_rank():
    dataset = tilejury.open(demo)
    for pixels, options in ((False, ["--no-pixels"]), (True, [])):
        read = dataset.findings(pixels=pixels).read_all().to_pylist()
        expected = [
            (suspect["split"], suspect["line"], suspect["path"], suspect["role"] or "row", suspect["score"], signal["name"], signal["strength"], signal["reason"])
            for suspect in lines("rank", demo, "--json", *options)
            for signal in suspect["signals"]
        ]
        names = ("split", "line", "path", "role", "score", "signal", "strength", "reason")
        assert [tuple(found[name] for name in names) for found in read] == expected, options
    assert {"unreadable"} <= {found["signal"] for found in read}


def judgements_say_what_was_visible():
    # Another set: in the first one, no row has been judged before.
    own = work / "visible"
    program("demo", own)
    file = work / "visible.jsonl"
    file.write_text('{"split": "train", "line": 1, "verdict": "accept", "annotator": "ann", "visible": ["signals"]}\n')
    program("judge", own, "--from", file)
    [line] = lines("judgements", own)
    [row] = tilejury.open(own).judgements().read_all().to_pylist()
    assert row["visible"] == line["visible"] == ["signals"]


def audits_are_those_of_the_program():
    program("audit", "new", demo, "--name", "first", "--rows", "3", "--seed", "7")
    drawn = lines("audit", "draw", demo, "first")
    dataset = tilejury.open(demo)
    dataset.judge(split=drawn[0]["split"], line=drawn[0]["line"], verdict="accept", audit="first", annotator="ann")
    [audit] = dataset.audits().read_all().to_pylist()
    [status] = lines("audit", "status", demo, "first", "--json")
    assert json.loads(audit["status"]) == status and audit["judged"] == status["judged"] == 1
    assert (audit["name"], audit["planned"], audit["population"]) == ("first", 3, status["rows"]["population"])
    assert audit["high"] == status["rows"]["high"] and audit["finished"] is False


def scans_are_those_of_the_program():
    program("scan", demo, "--out", work / "all.parquet", code=1)
    whole = pyarrow.parquet.read_table(work / "all.parquet").cast(pyarrow.schema(tilejury.scan(demo)))
    dataset = tilejury.open(demo)
    shards = dataset.shards()
    assert len(shards) == 4 and all(Path(shard).is_file() for shard in shards)
    for tables in (
        [tilejury.scan(shard, jobs=jobs).read_all() for shard, jobs in zip(shards, (1, 2, 3, 4))],
        [dataset.scan([shard]).read_all() for shard in shards],
        [dataset.scan().read_all()],
        [tilejury.scan(demo).read_all()],
        [tilejury.scan(Path(shard).relative_to(demo), dataset=demo).read_all() for shard in shards],
    ):
        assert pyarrow.concat_tables(tables).equals(whole)
    plain = tilejury.scan(shards[0], fingerprints=False).read_all()
    assert plain["fingerprint"].null_count == plain.num_rows and not plain["sha256"].null_count
    parts = work / "parts"
    parts.mkdir()
    for shard in shards:
        out = parts / f"{Path(shard).stem}.parquet"
        counts = tilejury.scan_to_file(shard, out)
        kept = tilejury.scan_to_file(shard, out)
        assert not counts["kept"] and kept["kept"] and kept["tiles"] is None, (counts, kept)
    raises(tilejury.TilejuryError, "again=True", lambda: tilejury.scan_to_file(shards[0], out))
    for shard in (shards[0], shards[-1]):
        assert not tilejury.scan_to_file(shard, out, again=True)["kept"]
    written = pyarrow.concat_tables(pyarrow.parquet.read_table(part) for part in sorted(parts.iterdir()))
    assert written.cast(whole.schema).equals(whole)
    program("adopt", demo, parts)
    program("pairs", parts, "--out", work / "pairs.parquet")


def errors_say_where():
    raises(tilejury.TilejuryError, "nowhere", lambda: tilejury.open(work / "nowhere"))
    raises(tilejury.TilejuryError, "there is no such shard", lambda: tilejury.scan(demo / "image_shards" / "shard_999.tar"))
    damaged = work / "damaged"
    damaged.mkdir()
    (damaged / "train.jsonl").write_text('{"query": "q", "chunk_path": "images/a.png"}\nno row\n')
    assert "train.jsonl:2" in tilejury.open(damaged).warnings[0]
    bad = [row for row in tilejury.scan(demo).read_all().to_pylist() if row["error"]]
    assert [row["unreadable"] for row in bad] == [True] and bad[0]["member"], bad
    raises(tilejury.TilejuryError, "no-tesseract", lambda: tilejury.scan(demo, text="eng", tesseract="no-tesseract"))


def other_threads_go_on():
    """While the module works, another thread of Python runs; Ctrl+C stops the work."""
    steps, end = [0], threading.Event()

    def count():
        while not end.is_set():
            steps[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    longest = 0
    for _ in range(5):
        before = steps[0]
        tilejury.scan_to_file(demo, work / "threads.parquet", again=True, jobs=1)
        (work / "threads.parquet").unlink()
        longest = max(longest, steps[0] - before)
    end.set()
    thread.join()
    assert longest > 1000, longest
    code = f"import tilejury, sys; print('on', flush=True)\nwhile True: tilejury.scan_to_file({str(demo)!r}, {str(work / 'c.parquet')!r}, again=True, fingerprints=True); __import__('os').unlink({str(work / 'c.parquet')!r})"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    child.stdout.readline()
    time.sleep(0.3)
    child.send_signal(2)
    assert "KeyboardInterrupt" in child.communicate(timeout=30)[1] and not (work / "c.parquet.unfinished").exists()


def streams_can_be_dropped():
    before = threads()
    for _ in range(3):
        stream = tilejury.scan(demo, jobs=8)
        next(stream)
        del stream
    assert threads() == before


def threads():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0


def everything_of_rows():
    libraries_read_the_stream(rows_are_those_of_the_files())


TESTS = (
    program_of_the_package,
    everything_of_rows,
    judgements_are_those_of_the_program,
    refused_judgements_name_their_lines,
    findings_are_those_of_rank,
    judgements_say_what_was_visible,
    audits_are_those_of_the_program,
    scans_are_those_of_the_program,
    errors_say_where,
    other_threads_go_on,
    streams_can_be_dropped,
)

if __name__ == "__main__":
    # check.py WORK [NAME…]: all tests, or the first one, which makes the demo set, and those that are named.
    chosen = [test for test in TESTS if not sys.argv[2:] or test.__name__ in sys.argv[2:]]
    for test in dict.fromkeys([TESTS[0], *chosen]):
        test()
    print("tests/python: the package does what the program does")
