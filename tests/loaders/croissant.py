"""Loads the tables of an export by its croissant.json with `mlcroissant`, and compares every value with the files."""

import json

import mlcroissant

from bench import read_jsonl

ANNOTATION = ["annotationsPerItem", "dataAnnotationPlatform", "dataAnnotationProtocol", "dataLimitations", "dataManipulationProtocol"]


def text(value):
    """A loaded value as JSON has it: the library returns texts as bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return [text(one) for one in value] if isinstance(value, list) else value


def check(out, folders, same):
    """Checks the file of an export. `folders` are the folders whose tables must be described; "" is the export's own."""
    dataset = mlcroissant.Dataset(str(out / "croissant.json"))
    same("errors of croissant.json", sorted(dataset.metadata.ctx.issues.errors), [])
    described = json.loads((out / "croissant.json").read_text(encoding="utf-8"))
    same("fields about annotation", [name for name in ANNOTATION if f"rai:{name}" not in described], [])
    files = {file["@id"]: out / file["contentUrl"] for file in described["distribution"]}
    same("bytes of files", [file["contentSize"] for file in described["distribution"]], [f"{path.stat().st_size} B" for path in files.values()])
    lines = {path for path in out.rglob("*.jsonl") if path.stat().st_size > 0}
    same("files of rows", sorted(path for path in files.values() if path.suffix == ".jsonl"), sorted(lines))
    seen = set()
    for table in described["recordSet"]:
        source = files[table["field"][0]["source"]["fileObject"]["@id"]]
        seen.add(str(source.relative_to(out).parent).split("/")[0].replace(".", ""))
        names = {field["@id"]: field["name"] for field in table["field"]}
        found = [{names[key]: text(value) for key, value in record.items()} for record in dataset.records(table["@id"])]
        expected = [{name: row[name] for name in names.values()} for row in read_jsonl(source)]
        same(f"records of {table['@id']}", found, expected)
    same("folders with tables", sorted(seen), sorted(folders))
    return len(described["recordSet"])
