"""Checks requests and replies by the types of the package `openai`.

check.py EXCHANGES PROGRAM FOLDER: lines with the requests and replies of the simulated model of the Rust tests, the
built `tilejury`, and an empty folder. Exit code 1 with what is wrong.
"""

import base64
import http.server
import json
import math
import os
import subprocess
import sys
import threading

from openai.types.chat import ChatCompletion
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter, ValidationError

EXCHANGES, PROGRAM, FOLDER = sys.argv[1:4]
SET = os.path.join(FOLDER, "set")
# A home of its own: no settings, no sidecars of others.
HOME = {**os.environ, "HOME": FOLDER, **{f"XDG_{name}_HOME": FOLDER for name in ["CONFIG", "DATA", "CACHE", "STATE"]}}
HOME.update(TILEJURY_API_KEY="sk-of-the-test", no_proxy="127.0.0.1")
REQUEST = TypeAdapter(CompletionCreateParamsNonStreaming)
failures = []


def fail(what):
    if len(failures) < 20:
        failures.append(what)


def check_request(body, what):
    """Checks a request. Types alone allow unknown names, so these are checked, too."""
    try:
        exhaust(REQUEST.validate_python(body, strict=False))
    except ValidationError as error:
        return fail(f"{what}: {error}")
    unknown = set(body) - set(CompletionCreateParamsNonStreaming.__annotations__) - base_names()
    if unknown:
        fail(f"{what}: unknown names {sorted(unknown)}")
    form = body.get("response_format", {})
    if form.get("type") == "json_schema" and not form["json_schema"].get("name"):
        fail(f"{what}: a schema without a name")
    *before, text = body["messages"][1]["content"]
    images = [part["image_url"]["url"] for part in before if part["type"] == "image_url"]
    if len(images) != (2 if is_comparison(body) else 1):
        fail(f"{what}: {len(images)} pictures")
    for url in images:
        data = url.split("base64,", 1)[1]
        if not base64.b64decode(data, validate=True).startswith((b"\x89PNG", b"\xff\xd8\xff")):
            fail(f"{what}: the picture is none")
    if not text["text"].startswith("Query: "):
        fail(f"{what}: no query")


def is_comparison(body):
    return "two screenshots" in body["messages"][0]["content"]


def exhaust(value):
    """Reads what is checked only when it is read: the package has iterables for lists."""
    if isinstance(value, dict):
        for part in value.values():
            exhaust(part)
    elif not isinstance(value, (str, bytes)) and hasattr(value, "__iter__"):
        for part in value:
            exhaust(part)


def base_names():
    names = set()
    for base in CompletionCreateParamsNonStreaming.__mro__ + getattr(
        CompletionCreateParamsNonStreaming, "__orig_bases__", ()
    ):
        names |= set(getattr(base, "__annotations__", {}))
    return names


def check_reply(body, what):
    try:
        return ChatCompletion.model_validate(body, strict=True)
    except ValidationError as error:
        fail(f"{what}: {error}")


def completion(body, number):
    """A reply by the types of the package: grade 2 with probabilities, some without them, or a ranking."""
    text = '{"evidence":"salt","grade":2}'
    if is_comparison(body):
        text = '{"evidence_1":"salt","evidence_2":"","ranking":"1, 2"}'
    content = [
        {"token": '{"evidence":"salt","grade":', "logprob": -0.1, "bytes": None, "top_logprobs": []},
        {
            "token": "2",
            "logprob": math.log(0.75),
            "bytes": [50],
            "top_logprobs": [
                {"token": "2", "logprob": math.log(0.75), "bytes": [50]},
                {"token": "3", "logprob": math.log(0.25), "bytes": [51]},
            ],
        },
        {"token": "}", "logprob": 0.0, "bytes": None, "top_logprobs": []},
    ]
    reply = ChatCompletion.model_validate(
        {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1780000000,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text, "refusal": None},
                    "logprobs": {"content": content, "refusal": None} if number % 2 and body.get("logprobs") else None,
                }
            ],
            "usage": {"prompt_tokens": 900 + number, "completion_tokens": 12, "total_tokens": 912 + number},
        }
    )
    return reply.model_dump_json().encode()


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = []
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        models = {"object": "list", "data": [{"id": "a-model", "object": "model", "created": 1, "owned_by": "us"}]}
        self.send(200 if self.path == "/v1/models" else 404, json.dumps(models).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            self.asked.append((self.path, self.headers, body))
            number = len(self.asked)
        self.send(200, completion(body, number))


def tilejury(*args):
    run = subprocess.run([PROGRAM, *args], env=HOME, capture_output=True, text=True)
    # The demo set has a missing tile, about which nothing can be asked.
    if run.returncode not in (0, 1):
        sys.exit(f"{args}: {run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]


def main():
    with open(EXCHANGES, encoding="utf-8") as lines:
        exchanges = [json.loads(line) for line in lines]
    for number, exchange in enumerate(exchanges):
        check_request(exchange["request"], f"request {number} to the simulated model")
        check_reply(exchange["reply"], f"reply {number} of the simulated model")
    kinds = {exchange["request"].get("response_format", {}).get("type") for exchange in exchanges}
    if kinds != {"json_schema", "json_object", None}:
        fail(f"the simulated model was asked in the forms {kinds}")

    subprocess.run([PROGRAM, "demo", SET], env=HOME, check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    # Every text has the word that every answer copies, so that every tile is doubtful.
    texts = os.path.join(FOLDER, "texts.jsonl")
    with open(texts, "w", encoding="utf-8") as lines, open(os.path.join(SET, "train.jsonl"), encoding="utf-8") as train:
        rows = [json.loads(line) for line in train if line.startswith("{")]
        for path in {path for row in rows for path in [row["chunk_path"], *row["neg_chunk_paths"]]}:
            lines.write(json.dumps({"path": path, "text": "salt"}) + "\n")
    tilejury("import-text", SET, texts)
    counts = tilejury("ask", SET, "--endpoint", url, "--model", "a-model", "--random", "12", "--yes", "--json")[0]
    for number, (path, headers, body) in enumerate(Server.asked):
        if path != "/v1/chat/completions" or headers.get("Authorization") != "Bearer sk-of-the-test":
            fail(f"request {number}: to {path}, with {headers.keys()}")
        check_request(body, f"request {number}")
    asked = len(Server.asked)
    tokens = sum(912 + number for number in range(1, asked + 1))
    second = counts["second"]
    comparisons = sum(is_comparison(body) for _, _, body in Server.asked)
    if not comparisons or second["asked"] != comparisons or second["answered"] != comparisons:
        fail(f"{comparisons} comparisons were counted as {second}")
    if counts["asked"] != asked - comparisons or counts["answered"] != counts["asked"] or counts["tokens"] != tokens:
        fail(f"{asked} requests with {tokens} tokens were counted as {counts}")
    reviews = tilejury("reviews", SET, "--json")
    if not reviews or any((of["grade"], of["evidence"], of["source"]) != (2, "salt", "a-model") for of in reviews):
        fail(f"reviews: {reviews[:2]}")
    orders = [of["second"] for of in reviews if of["second"]]
    # The first of two is always the better one: the outcome depends on the order.
    if not orders or any(of != {"consistent": False, "tile_first": "above", "positive_first": "below"} for of in orders):
        fail(f"second stage: {orders[:2]}")
    again = tilejury("ask", SET, "--endpoint", url, "--model", "a-model", "--random", "12", "--json")[0]
    if again["asked"] or again["second"]["asked"] or len(Server.asked) != asked:
        fail(f"the second run asked {again['asked']}")
    if failures:
        sys.exit("\n".join(failures))
    print(f"{len(exchanges)} exchanges with the simulated model and {asked} requests of tilejury have the types of openai")


main()
