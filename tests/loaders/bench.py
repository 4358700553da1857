"""The dataset for the exports: the program's demo with more, awkward rows, and judgements of many kinds."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

# A split whose name is awkward as a file name.
ODD_SPLIT = "my split"


class Program:
    """The built `tilejury`."""

    def __init__(self, path):
        self.path = str(path)

    def run(self, *arguments):
        if arguments[0] == "export":
            # Expected rows are computed without pixels; copies of positives have separate tests.
            arguments = (*arguments, "--copies", "keep")
        done = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8")
        if done.returncode != 0:
            raise SystemExit(f"tilejury {arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def lines(self, *arguments):
        return [json.loads(line) for line in self.run(*arguments).split("\n") if line]


def read_jsonl(path):
    """Reads the objects of a file; only a line feed ends a line."""
    return [json.loads(line) for line in Path(path).read_bytes().split(b"\n") if line.strip()]


def write_set(program, root):
    """Writes the dataset and judges it."""
    program.run("demo", root)
    tile = odd_tile(root)
    train = read_jsonl(root / "train.jsonl")
    first, third = train[0], train[2]
    more = {
        # The query of the first row again, with another positive and another false negative.
        "train": [
            dict(first, chunk_path=third["chunk_path"], neg_chunk_paths=third["neg_chunk_paths"]),
            {"query": "tabs\tand\nlines, \u2028 \"quotes\" and 100 %", "chunk_path": tile, "neg_chunk_paths": third["neg_chunk_paths"]},
            # An absolute path, as on the machine that mined it.
            {"query": "same tile, other spelling", "chunk_path": "/srv/tiles/" + first["chunk_path"].removeprefix("images/"),
             "neg_chunk_paths": [tile] + third["neg_chunk_paths"][:2]},
        ],
        # The same query in another split; its positive is a negative of the row above and judged there.
        "eval": [{"query": first["query"], "chunk_path": third["neg_chunk_paths"][2],
                  "neg_chunk_paths": [third["neg_chunk_paths"][at] for at in (0, 1, 3)] + first["neg_chunk_paths"][2:3]}],
    }
    for split, rows in more.items():
        for name in (f"{split}.jsonl", f"{split}_hn.jsonl"):
            with open(root / name, "a", encoding="utf-8", newline="") as file:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with open(root / f"{ODD_SPLIT}.jsonl", "w", encoding="utf-8", newline="") as file:
        for row in train[4:7]:
            row = dict(row, query=row["query"] + " (again)")
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    judge(program, root)


def odd_tile(root):
    """Writes an extracted tile whose path has characters that separate table cells; returns its path as in rows."""
    name = 'pages/odd 100%/tile "1".png'
    target = root / "images" / name
    target.parent.mkdir(parents=True)
    with tarfile.open(root / "image_shards" / "shard_000.tar") as tar, open(target, "wb") as out:
        shutil.copyfileobj(tar.extractfile(tar.getmembers()[0]), out)
    return f"images/{name}"


def judge(program, root):
    rows = {split: read_jsonl(root / f"{split}.jsonl") for split in ("train", "eval", "test")}
    lines = []

    def add(split, line, verdict=None, reasons=(), positive=None, **negatives):
        row = rows[split][line - 1]
        tiles = {row["neg_chunk_paths"][int(at.removeprefix("n")) - 1]: relevance for at, relevance in negatives.items()}
        if positive:
            tiles[row["chunk_path"]] = positive
        judgement = {"split": split, "line": line, "tiles": tiles}
        if verdict:
            judgement["verdict"] = verdict
        if reasons:
            judgement["reasons"] = list(reasons)
        lines.append(judgement)

    add("train", 1, "accept", positive="relevant", n1="not_relevant", n2="not_relevant", n4="unsure")
    add("train", 2, "accept", n4="relevant", n1="not_relevant")
    add("train", 3, n1="relevant", n2="relevant", n3="relevant")
    add("train", 5, "reject", ["duplicate"], n1="not_relevant")
    add("train", 6, n1="relevant", n2="broken")
    add("train", 10, positive="unsure", n3="not_relevant")
    add("train", 12, "unsure", n2="relevant")
    add("train", 14, "accept", positive="not_relevant", n1="relevant")
    add("train", 20, positive="broken")
    add("train", 21, "reject", ["bad_query"])
    add("train", 24, "reject", ["wrong_positive"], n1="relevant")
    add("train", 40, n1="relevant", n2="not_relevant", n3="not_relevant")
    add("train", 41, n1="not_relevant", positive="relevant")
    add("eval", 1, n1="not_relevant", n2="not_relevant", n3="not_relevant", n4="not_relevant")
    add("eval", 3, n1="relevant")
    # Unsure in its own row, not relevant in another: the row stays, and its positive does not get grade 0.
    add("eval", 5, positive="unsure", n4="relevant")
    add("test", 1, "accept", positive="relevant")
    add("test", 2, n1="relevant", n2="relevant", n3="relevant")
    file = root.parent / "judgements.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    program.run("judge", root, "--from", file, "--annotator", "ada")
