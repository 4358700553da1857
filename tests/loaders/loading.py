"""Loads every format with `datasets`, from its own folder and by its name from the folder of the whole export.

Checks the columns and the number of rows of each table; check.py checks the values."""

import datasets

# The tables of each format besides its rows, by content.
OTHERS = {"qrels": ["queries"], "beir": ["corpus", "queries"], "tevatron": ["corpus"]}
TEXTS = ["jsonl", "qrels", "beir", "sentence-transformers", "ms-swift", "tevatron"]
PICTURES = ["imagefolder", "parquet", "webdataset"]
# Every way to load every format: the whole export by the format's name, and the format's folder, which the dataset's own layout lacks.
BY_NAME = [(name, "by name") for name in [*TEXTS, *PICTURES]]
BY_FOLDER = [(name, "by folder") for name in [*TEXTS, *PICTURES] if name != "jsonl"]
COMBINATIONS = BY_NAME + BY_FOLDER

GRADES = ["query-id", "corpus-id", "score"]
FIRST_COLUMNS = {
    "jsonl": ["query"],
    "qrels": GRADES,
    "beir": GRADES,
    "sentence-transformers": ["anchor", "positive", "negative_1"],
    "ms-swift": ["messages", "positive_messages", "positive_images"],
    "tevatron": ["query_id", "query_text"],
    "imagefolder": ["id", "query", "positive"],
    "parquet": ["id", "query", "positive", "negatives"],
    "webdataset": ["json", "pos.png", "neg0.png"],
}


def arguments(out, name, way):
    """The arguments of `load_dataset` for the rows of a format, and for each of its other tables."""
    if way == "by name":
        return [(str(out), name)], {other: (str(out), f"{name}-{other}") for other in OTHERS.get(name, [])}
    # The library uses the folder's only or default configuration; by name it must be the same.
    folder = str(out / name)
    return [(folder,), (folder, name)], {other: (folder, other) for other in OTHERS.get(name, [])}


def load(out, name, way, cache, expected, same, others=True):
    """Loads a format in one way. `expected` has, for the rows and for each other table, the identifying
    values of each split in order. Without `others`, only the rows are loaded."""
    calls, tables = arguments(out, name, way)
    values = {
        "jsonl": lambda row: row["query"],
        "qrels": lambda row: tuple(row[column] for column in GRADES),
        "beir": lambda row: tuple(row[column] for column in GRADES),
        "sentence-transformers": lambda row: row["anchor"],
        "ms-swift": lambda row: row["messages"][0]["content"],
        "tevatron": lambda row: row["query_text"],
        "imagefolder": lambda row: row["query"],
        "parquet": lambda row: row["query"],
        "webdataset": lambda row: row["json"]["query"],
    }[name]
    for call in calls:
        what = f"load_dataset{call}"
        loaded = datasets.load_dataset(*call, cache_dir=str(cache))
        same(f"splits of {what}", sorted(loaded), sorted(expected["rows"]))
        for split, rows in expected["rows"].items():
            same(f"number of rows in {split} of {what}", len(loaded[split]), len(rows))
            columns = loaded[split].column_names
            same(f"missing columns in {split} of {what}", [it for it in FIRST_COLUMNS[name] if it not in columns], [])
            pictures = [it for it in columns if it.startswith(("positive", "negative", "pos.", "neg"))] if name in PICTURES else []
            same(f"rows in {split} of {what}", [values(row) for row in loaded[split].remove_columns(pictures)], rows)
    for other, call in tables.items() if others else ():
        what = f"load_dataset{call}"
        found = datasets.load_dataset(*call, cache_dir=str(cache))
        same(f"splits of {what}", sorted(found), sorted(expected[other]))
        identity = "docid" if name == "tevatron" else "_id"
        for split, names in expected[other].items():
            same(f"{other} in {split} of {what}", list(found[split][identity]), names)
