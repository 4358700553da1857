"""check.py PROGRAM WORK: exports a dataset in every format, loads each with the program it is for, compares all contents.

The first difference ends the run with exit code 1."""

import csv
import json
import sys
from pathlib import Path

import datasets
import ir_measures
import jsonschema
import yaml
from beir.datasets import data_loader

import croissant
import foreign
import loading
import pictures
from bench import ODD_SPLIT, Program, write_set, read_jsonl
from expected import Bench, document_id, image_path, page_name, query_id, written_rows

# The file names of splits in the formats.
FILES = {"train": "train", "eval": "eval", "test": "test", ODD_SPLIT: "my_split"}
OWN = {"train": "train.jsonl", "eval": "eval.jsonl", "test": "test.jsonl", ODD_SPLIT: f"{ODD_SPLIT}.jsonl"}


def same(what, found, expected):
    """Ends the run with a message unless both values are equal."""
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        for at, (one, other) in enumerate(zip(found, expected)):
            if one != other:
                raise SystemExit(f"{what}: number {at} is\n  {one!r}\nexpected\n  {other!r}")
        raise SystemExit(f"{what}: {len(found)} found, {len(expected)} expected\n  {found[len(expected):] or expected[len(found):]!r}")
    raise SystemExit(f"{what}: found\n  {found!r}\nexpected\n  {expected!r}")


class Export:
    """An export with its expected rows."""

    def __init__(self, out, written, grades, negatives):
        self.out, self.written, self.grades, self.negatives = out, written, grades, negatives
        # The library's cache of files must not outlive them.
        self.cache = str(out.parent / "cache" / out.name)
        head = yaml.safe_load((out / "README.md").read_text(encoding="utf-8").split("---\n")[1])
        self.configs = [config["config_name"] for config in head["configs"]]

    def filled(self):
        """The rows of non-empty splits, by file name."""
        return {FILES[split]: rows for split, rows in self.written.items() if rows}

    def corpus(self, graded):
        """The sorted IDs of documents in rows and, if `graded`, of those with a grade."""
        tiles = {tile for rows in self.written.values() for row in rows for tile in [row.positive, *row.negatives]}
        if graded:
            tiles |= {tile for queries in self.grades.values() for pairs in queries.values() for tile, _ in pairs}
        return sorted(map(document_id, tiles))

    def tables(self, name):
        """The identifying values of the rows in a format's tables, by table and split."""
        graded = {FILES[split]: queries for split, queries in self.grades.items() if queries}
        pairs = lambda queries: [
            (query_id(query), document_id(tile), grade) for query, tiles in queries.items() for tile, grade in tiles
        ]
        ids = lambda queries: [query_id(query) for query in queries]
        if name == "qrels":
            return {
                "rows": {split: pairs(queries) for split, queries in graded.items()},
                "queries": {split: ids(queries) for split, queries in graded.items()},
            }
        if name == "beir":
            every = dict.fromkeys(query for queries in graded.values() for query in queries)
            return {
                "rows": {split: pairs(queries) for split, queries in graded.items()},
                "queries": {"queries": ids(every)},
                "corpus": {"corpus": self.corpus(graded=True)},
            }
        rows = {split: [row.query for row in rows] for split, rows in self.filled().items()}
        return {"rows": rows, "corpus": {"corpus": self.corpus(graded=False)}}

    def load(self, config):
        """Loads every split by a configuration of the card."""
        loaded = datasets.load_dataset(str(self.out), config, cache_dir=self.cache)
        same(f"splits of {config}", sorted(loaded), sorted(self.filled()))
        return loaded


def jsonl(export):
    loaded = export.load(export.configs[0])
    for split, rows in export.written.items():
        if rows:
            found = loaded[FILES[split]]
            same(f"queries of {split}", list(found["query"]), [row.query for row in rows])
            if rows[0].fields:
                same(f"positives of {split}", list(found["chunk_path"]), [row.fields["chunk_path"] for row in rows])
                same(f"negatives of {split}", list(found["neg_chunk_paths"]), [row.fields["neg_chunk_paths"] for row in rows])
    for split, rows in export.written.items():
        lines = (export.out / OWN[split]).read_bytes().splitlines(keepends=True)
        for line, row in zip(lines, rows, strict=True):
            if row.line:
                same(f"a line of {split}", line, row.line)
            elif row.fields:
                same(f"a changed line of {split}", list(json.loads(line).items()), list(row.fields.items()))


def qrels(export):
    for split, graded in export.grades.items():
        file = export.out / "qrels" / f"{FILES[split]}.qrels"
        found = [(one.query_id, one.doc_id, one.relevance, one.iteration) for one in ir_measures.read_trec_qrels(str(file))]
        expected = [(query_id(query), document_id(tile), grade, "0") for query, tiles in graded.items() for tile, grade in tiles]
        same(f"qrels of {split}", found, expected)
        with open(export.out / "qrels" / f"{FILES[split]}.queries.tsv", encoding="utf-8", newline="\n") as text:
            table = list(csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
        one_line = str.maketrans("\t\n\r\u2028\u2029", "     ")
        same(f"queries of {split}", table, [[query_id(query), query.translate(one_line)] for query in graded])
        lines = [tuple(line[column] for column in loading.GRADES) for line in read_jsonl(file.with_suffix(".qrels.jsonl"))]
        same(f"JSON lines of qrels of {split}", lines, [(query, document, grade) for query, document, grade, _ in expected])
        lines = [(line["_id"], line["text"]) for line in read_jsonl(file.with_suffix(".queries.jsonl"))]
        same(f"JSON lines of queries of {split}", lines, [(query_id(query), query) for query in graded])
        if not found:
            continue
        # A search that ranks all relevant documents first is perfect by these judgements.
        perfect = [ir_measures.ScoredDoc(query, document, 2.0 if grade else 1.0) for query, document, grade, _ in found]
        judgements = list(ir_measures.read_trec_qrels(str(file)))
        measured = ir_measures.calc_aggregate([ir_measures.AP, ir_measures.nDCG @ 10], judgements, perfect)
        for measure, value in measured.items():
            if abs(value - 1) > 1e-9:
                raise SystemExit(f"qrels of {split}: {measure} of a perfect search is {value}")


def beir(export):
    folder = export.out / "beir"
    tiles = {tile for rows in export.written.values() for row in rows for tile in [row.positive, *row.negatives]}
    tiles |= {tile for graded in export.grades.values() for pairs in graded.values() for tile, _ in pairs}
    documents = [
        {"_id": document_id(tile), "title": page_name(tile), "text": "", "image": image_path(tile)}
        for tile in sorted(tiles, key=document_id)
    ]
    same("corpus of beir", read_jsonl(folder / "corpus.jsonl"), documents)
    queries = dict.fromkeys(query for graded in export.grades.values() for query in graded)
    expected = [{"_id": query_id(query), "text": query} for query in queries]
    same("queries of beir", read_jsonl(folder / "queries.jsonl"), expected)
    for split, graded in export.grades.items():
        if not graded:
            continue
        corpus, queries, qrels = data_loader.GenericDataLoader(data_folder=str(folder)).load(split=FILES[split])
        same("loaded corpus", list(corpus), [document["_id"] for document in documents])
        same(f"loaded queries of {split}", list(queries.items()), [(query_id(query), query) for query in graded])
        expected = [(query_id(query), [(document_id(tile), grade) for tile, grade in tiles]) for query, tiles in graded.items()]
        same(f"loaded qrels of {split}", [(query, list(grades.items())) for query, grades in qrels.items()], expected)


def sentence_transformers(export):
    columns = ["anchor", "positive", *(f"negative_{at + 1}" for at in range(export.negatives))]
    collator, warnings = foreign.sentence_transformers_collator()
    loaded = export.load("sentence-transformers")
    for name, rows in export.filled().items():
        found = loaded[name]
        same(f"columns of {name}", found.column_names, columns)
        # The library gives all splits the column order of the first; the files must agree without it.
        lines = read_jsonl(export.out / "sentence-transformers" / f"{name}.jsonl")
        same(f"columns of lines of {name}", [list(line) for line in lines], [columns] * len(rows))
        expected = [
            [row.query, image_path(row.positive), *(image_path(tile) for tile in row.negatives[: export.negatives])] for row in rows
        ]
        same(f"rows of {name}", [[row[column] for column in columns] for row in found], expected)
        # The inputs that the trainer passes to a loss, column by column.
        inputs = []

        def take(values, prompt=None, task=None):
            inputs.append(values)
            return {"taken": len(inputs)}

        batch = collator(preprocess_fn=take)([found[at] for at in range(len(found))])
        same(f"inputs of {name}", inputs, [list(column) for column in zip(*expected)])
        same(f"what a batch of {name} has", list(batch), [f"{column}_taken" for column in columns])
    same("warnings of the collator", warnings, [])


def ms_swift(export):
    inputs = foreign.swift_inputs()
    loaded = export.load("ms-swift")
    for name, rows in export.filled().items():
        lines = read_jsonl(export.out / "ms-swift" / f"{name}.jsonl")
        for given in (lines, list(loaded[name])):
            for line, row in zip(given, rows, strict=True):
                read = inputs.from_dict(line)
                tile = lambda path: ([{"role": "user", "content": "<image>"}], [image_path(path)])
                # It would accept a bare path instead of a list too; rows use only one form.
                images = [line["positive_images"], line["negative_images"]]
                same(f"images of {name}", images, [[[image_path(tile)] for tile in tiles] for tiles in ([row.positive], row.negatives)])
                found = (read.chosen.messages, read.chosen.images, read.rejected)
                same(f"a query of {name}", found, ([{"role": "user", "content": row.query}], [], None))
                same(f"a positive of {name}", [(one.messages, one.images) for one in read.positive], [tile(row.positive)])
                same(f"negatives of {name}", [(one.messages, one.images) for one in read.negative], [*map(tile, row.negatives)])


def tevatron(export):
    schema = json.loads((Path(__file__).parent / "tevatron.schema.json").read_text(encoding="utf-8"))
    checker = {kind: jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{kind}"}) for kind in ("row", "document")}
    folder = export.out / "tevatron"
    for document in read_jsonl(folder / "corpus.jsonl"):
        checker["document"].validate(document)
    corpus = datasets.load_dataset("json", data_files=str(folder / "corpus.jsonl"), split="train", cache_dir=export.cache)
    tiles = {tile for rows in export.written.values() for row in rows for tile in [row.positive, *row.negatives]}
    same("corpus of tevatron", list(corpus["docid"]), sorted(map(document_id, tiles)))
    # As in the trainer, a document is found by its ID.
    index = {document: at for at, document in enumerate(corpus["docid"])}
    image = lambda document: corpus[index[document]]["image"]
    loaded = export.load("tevatron")
    for name, rows in export.filled().items():
        for line in read_jsonl(folder / f"{name}.jsonl"):
            checker["row"].validate(line)
        for line, row in zip(loaded[name], rows, strict=True):
            found = (line["query_id"], line["query_text"], line["query_image"])
            same(f"a query of {name}", found, (query_id(row.query), row.query, None))
            same(f"a positive of {name}", [*map(image, line["positive_document_ids"])], [image_path(row.positive)])
            same(f"negatives of {name}", [*map(image, line["negative_document_ids"])], [*map(image_path, row.negatives)])


CHECKS = {
    "jsonl": jsonl,
    "qrels": qrels,
    "beir": beir,
    "sentence-transformers": sentence_transformers,
    "ms-swift": ms_swift,
    "tevatron": tevatron,
}


def loads_alone(program, root, bench, work):
    """Checks each format exported alone, in every way that `datasets` can load it."""
    for name in [*loading.TEXTS, *loading.PICTURES]:
        out = work / "alone" / name
        out.parent.mkdir(exist_ok=True)
        program.run("export", root, out, "--format", name)
        written = bench.cleaned(2)
        export = Export(out, written, bench.grades(written), 2)
        for format, way in loading.COMBINATIONS:
            if format == name:
                loading.load(out, name, way, export.cache, export.tables(name), same)
                print(f"{name} alone, {way}: {len(export.filled())} splits as expected")
        program.run("verify-export", out)


def loads_together(program, root, bench, work):
    """Checks all formats in one folder: by name for the first one's loader, and each from its own folder."""
    out, again = work / "together", work / "together-again"
    for target in (out, again):
        program.run("export", root, target, "--format", ",".join([*loading.TEXTS, *loading.PICTURES]))
    same("a second export of all formats", files(again) == files(out), True)
    written = bench.cleaned(2)
    export = Export(out, written, bench.grades(written), 2)
    for name, way in loading.COMBINATIONS:
        if way == "by name" and name in loading.PICTURES:
            same(f"a configuration of {name} that another loader would read", name in export.configs, False)
        else:
            loading.load(out, name, way, export.cache, export.tables(name), same)
            print(f"{name} beside all others, {way}: {len(export.filled())} splits as expected")
    program.run("verify-export", out)


def loads_awkward_names(program, work):
    """Checks splits whose names no loader accepts or that begin like others: none is mixed with another."""
    root, out = work / "awkward", work / "awkward-out"
    program.run("demo", root)
    rows = read_jsonl(root / "test.jsonl")[3:5]
    for file in root.glob("*.jsonl"):
        file.unlink()
    names = {"train": "train", "eval": "eval", "train-2": "train_2", "a b": "a_b", "a_b": "a_b_2", "all": "all_2", "x[1]": "x_1_"}
    expected = {}
    for split, name in names.items():
        lines = [dict(row, query=f"{row['query']} ({split})") for row in rows]
        (root / f"{split}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        expected[name] = [line["query"] for line in lines]
    for formats in (["jsonl", "tevatron"], ["imagefolder"], ["parquet"], ["webdataset"]):
        target = out / formats[-1]
        out.mkdir(exist_ok=True)
        program.run("export", root, target, "--format", ",".join(formats), "--tiles", "trust")
        croissant.check(target, [""] if "jsonl" in formats else [], same)
        for name in formats:
            for way in ("by name", "by folder"):
                if (name, way) in loading.COMBINATIONS:
                    tables = {"rows": expected}
                    loading.load(target, name, way, work / "cache" / f"awkward-{formats[-1]}", tables, same, others=False)
                    print(f"{name} {way}: {len(expected)} splits with awkward names as expected")


def files(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def main(program, work):
    datasets.disable_progress_bars()
    data_loader.tqdm = lambda lines, **_: lines
    root = work / "set"
    write_set(program, root)
    bench = Bench.read(root, program.lines("judgements", root, "--json"))
    tiles = pictures.Tiles(root)
    # An export leaves out damaged tiles that it reads: to look for copies, or to write pictures.
    bench.unreadable = tiles.unreadable()
    for negatives in (2, 3):
        out = work / f"out{negatives}"
        arguments = ["--format", ",".join(loading.TEXTS), "--negatives", negatives]
        program.run("export", root, out, *arguments)
        written = bench.cleaned(negatives)
        export = Export(out, written, bench.grades(written), negatives)
        expected = ["jsonl", "qrels", "qrels-queries", "beir", "beir-corpus", "beir-queries", "sentence-transformers"]
        same("configurations of the card", export.configs, [*expected, "ms-swift", "tevatron", "tevatron-corpus"])
        for name, check in CHECKS.items():
            check(export)
            print(f"{name}: {sum(map(len, written.values()))} rows with {negatives} negatives each are as expected")
        tables = croissant.check(out, ["", "beir", "qrels", "sentence-transformers"], same)
        print(f"croissant.json: {tables} tables are as in the files")
        program.run("verify-export", out)
        program.run("export", root, work / "again", *arguments)
        same("a second export", files(work / "again"), files(out))
        (work / "again").rename(work / f"again{negatives}")
    loads_alone(program, root, bench, work)
    loads_together(program, root, bench, work)
    loads_awkward_names(program, work)
    # The rows of promoted tiles are taken from the dataset's own layout; all other formats must agree.
    out = work / "promoted"
    program.run("export", root, out, "--format", ",".join(loading.TEXTS), "--false-negatives", "promote")
    written = written_rows(out, OWN)
    export = Export(out, written, bench.grades(written), 2)
    for check in CHECKS.values():
        check(export)
    print(f"promoted tiles: {sum(map(len, written.values()))} rows are the same in all formats")
    for name, check in pictures.ALL.items():
        for negatives in (2, 3):
            out = work / f"{name}{negatives}"
            program.run("export", root, out, "--format", name, "--negatives", negatives)
            rows = {FILES[split]: rows for split, rows in bench.cleaned(negatives).items() if rows}
            check(out, rows, tiles, work / "cache" / out.name, negatives, same)
            croissant.check(out, [], same)
            program.run("verify-export", out)
            print(f"{name}: the pictures of {sum(map(len, rows.values()))} rows with {negatives} negatives are those of the dataset")


if __name__ == "__main__":
    main(Program(sys.argv[1]), Path(sys.argv[2]))
