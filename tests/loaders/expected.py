"""The expected content of an export, computed from the files of the dataset and from `tilejury judgements`.

Follows the rules in docs/export.md and docs/formats.md, independently of the program's code. Knows only the
default options, except for the number of negatives."""

import hashlib
import json
import re
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

RELEVANT, NOT_RELEVANT, BROKEN = "relevant", "not_relevant", "broken"


def normal_path(spelling):
    """The tail from the shard folders, else the path below `images`."""
    parts = [part for part in spelling.replace("\\", "/").split("/") if part not in ("", ".")]
    found = re.search(r"(?:^|/)((?:shard_[^/]*/){1,2}(?!shard_[^/]*/).*)$", "/".join(parts))
    if found:
        return found.group(1)
    if spelling.startswith("/") and "images" in parts[:-1]:
        return "/".join(parts[len(parts) - parts[::-1].index("images"):])
    return "/".join(parts[1:] if parts[0] == "images" else parts)


def image_path(tile):
    return f"images/{tile}"


def document_id(tile):
    plain = lambda c: not (c.isspace() or c in '%"' or ord(c) < 32)
    return "".join(c if plain(c) else "".join(f"%{byte:02X}" for byte in c.encode()) for c in tile)


def query_id(query):
    return "q" + hashlib.sha256(query.encode()).hexdigest()[:16]


def page_name(tile):
    folder = tile.split("/")[-2] if "/" in tile else ""
    return re.sub(r"(\.(png|jpe?g|webp))?\.tiles$", "", folder)


def normal_query(query):
    """A form that is equal for queries that a reader would consider the same."""
    return " ".join(re.findall(r"\w+", query.lower()))


@dataclass
class Row:
    split: str
    line: bytes
    fields: dict
    verdict: str = None
    reasons: list = field(default_factory=list)
    marks: dict = field(default_factory=dict)

    def __post_init__(self):
        self.query = self.fields["query"]
        self.positive = normal_path(self.fields["chunk_path"])
        self.spelled = self.fields.get("neg_chunk_paths") or []


@dataclass
class Written:
    """An expected row."""

    query: str
    positive: str
    negatives: list
    line: bytes = None
    fields: dict = None


@dataclass
class Bench:
    """The dataset with its judgements."""

    splits: dict
    tiles: set
    shards: set
    by_query: dict
    broken: set
    # By query and tile: the answer, and the marks given where the tile is the positive.
    answers: dict = field(default_factory=dict)
    of_positive: dict = field(default_factory=dict)
    # Tiles that must be readable and are not.
    unreadable: set = field(default_factory=set)

    @classmethod
    def read(cls, root, judgements):
        splits = {}
        names = ["train", "eval", "test"]
        others = sorted(file.stem for file in root.glob("*.jsonl"))
        for name in names + [name for name in others if name.removesuffix("_hn") not in names]:
            lines = [line for line in (root / f"{name}.jsonl").read_bytes().splitlines(keepends=True) if line.strip()]
            splits[name] = [Row(name, line, json.loads(line)) for line in lines]
        for judgement in judgements:
            row = splits[judgement["split"]][judgement["line"] - 1]
            assert row.query == judgement["query"], judgement
            row.verdict, row.reasons = judgement.get("verdict"), judgement.get("reasons") or []
            row.marks = {normal_path(path): mark for path, mark in (judgement.get("tiles") or {}).items()}
        tiles, shards = set(), set()
        for shard in sorted((root / "image_shards").glob("*.tar")):
            shards.add(shard.stem)
            with tarfile.open(shard) as tar:
                tiles.update(tar.getnames())
        tiles.update(str(file.relative_to(root / "images")) for file in (root / "images").rglob("*") if file.is_file())
        rows = [row for rows in splits.values() for row in rows]
        by_query = {}
        for row in rows:
            by_query.setdefault(normal_query(row.query), []).append(row)
        # There is one annotator: the latest mark of a query and tile counts, whichever row it was given in.
        answers, of_positive, last = {}, {}, {}
        for row in rows:
            key = normal_query(row.query)
            for tile, mark in row.marks.items():
                answers[key, tile] = last[tile] = mark
                if tile == row.positive:
                    of_positive.setdefault((key, tile), set()).add(mark)
        for row in rows:
            if row.verdict == "reject" and "wrong_positive" in row.reasons:
                pair = normal_query(row.query), row.positive
                answers.setdefault(pair, NOT_RELEVANT)
                of_positive.setdefault(pair, set()).add(NOT_RELEVANT)
        broken = {tile for tile, mark in last.items() if mark == BROKEN}
        return cls(splits, tiles, shards, by_query, broken, answers, of_positive)

    def is_missing(self, tile):
        if tile in self.unreadable:
            return True
        shard = tile.split("/")[0]
        return tile not in self.tiles and (shard in self.shards or not shard.startswith("shard_"))

    def relevance(self, row, tile):
        """The answer for a tile and a row's query by docs/export.md, for one annotator."""
        if tile in self.broken:
            return BROKEN
        answer = self.answers.get((normal_query(row.query), tile))
        return "unsure" if answer == BROKEN else answer

    def is_wrong(self, row):
        """Whether the row's positive is known to be wrong. Without a mark on it as a positive, it is a conflict."""
        settled = self.of_positive.get((normal_query(row.query), row.positive), ())
        return self.relevance(row, row.positive) == NOT_RELEVANT and NOT_RELEVANT in settled

    def cleaned(self, negatives):
        """The expected rows of each split, for trainers that use this number of negatives."""
        kept = {split: [] for split in self.splits}
        for split, rows in self.splits.items():
            for row in rows:
                written = self.clean(row, negatives)
                if written:
                    kept[split].append(written)
        rank = {split: at for at, split in enumerate(sorted(
            self.splits, key=lambda name: ({"train": 0, "eval": 2, "test": 3}.get(name, 1), name)))}
        highest = {}
        pair = lambda written: (normal_query(written.query), written.positive)
        for split, rows in kept.items():
            for written in rows:
                highest[pair(written)] = max(rank[split], highest.get(pair(written), -1))
        return {split: [row for row in rows if rank[split] == highest[pair(row)]] for split, rows in kept.items()}

    def clean(self, row, negatives):
        of_positive = self.relevance(row, row.positive)
        if row.verdict == "reject" or of_positive in (BROKEN, NOT_RELEVANT) or self.is_missing(row.positive):
            return None
        same = self.by_query[normal_query(row.query)]
        positives = {other.positive for other in same if not self.is_wrong(other)} | {row.positive}
        kept = []
        for spelling in row.spelled:
            tile = normal_path(spelling)
            dropped = self.relevance(row, tile) in (RELEVANT, BROKEN) or tile in positives or self.is_missing(tile)
            if not dropped and tile not in map(normal_path, kept):
                kept.append(spelling)
        if len(kept) < negatives:
            return None
        fields = dict(row.fields, neg_chunk_paths=kept) if kept != row.spelled else row.fields
        line = row.line if kept == row.spelled else None
        return Written(row.query, row.positive, [normal_path(spelling) for spelling in kept], line, fields)

    def grades(self, written):
        """By split: the queries in order of appearance, each with (document, grade), relevant documents first."""
        positives = {}
        for split, rows in written.items():
            for row in rows:
                positives.setdefault(row.query, {}).setdefault(row.positive, split)
        graded = {}
        for split, rows in written.items():
            of_split = graded[split] = {}
            for row in rows:
                of_split.setdefault(row.query, {})[row.positive] = 1
            for query, tiles in of_split.items():
                same = self.by_query[normal_query(query)]
                kept = {other.positive for other in same if not self.is_wrong(other)}
                for (key, tile) in self.answers:
                    relevance = self.relevance(same[0], tile) if key == normal_query(query) else None
                    if relevance == RELEVANT:
                        # A positive of another split would leak.
                        if positives[query].get(tile, split) == split:
                            tiles[tile] = 1
                    elif relevance == NOT_RELEVANT and tile not in positives[query] and tile not in kept:
                        tiles[tile] = 0
            for query, tiles in of_split.items():
                of_split[query] = sorted(tiles.items(), key=lambda one: (-one[1], document_id(one[0])))
        return graded


def written_rows(out, files):
    """Reads the rows of an export in the dataset's own layout by split; `files` names each split's file."""
    rows = {}
    for split, name in files.items():
        lines = [line for line in (Path(out) / name).read_bytes().split(b"\n") if line.strip()]
        read = [json.loads(line) for line in lines]
        rows[split] = [
            Written(row["query"], normal_path(row["chunk_path"]), [normal_path(path) for path in row.get("neg_chunk_paths") or []])
            for row in read
        ]
    return rows
