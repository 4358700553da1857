"""The formats with pictures inside, loaded by their loaders: queries, order and the bytes of every picture.

Each function gets the folder of an export, the expected rows by split name, the tiles of the set, a
cache folder for the library, and a function that ends the test if two values differ."""

import io
import json
import tarfile

import datasets
import webdataset
from PIL import Image

# The type of a picture that the loader should not decode.
BYTES = datasets.Image(decode=False)


class Tiles:
    """The bytes of every tile of a dataset, by its normal path."""

    def __init__(self, root):
        self.bytes = {}
        for shard in sorted((root / "image_shards").glob("*.tar")):
            with tarfile.open(shard) as tar:
                for member in tar:
                    if member.isfile():
                        self.bytes[member.name] = tar.extractfile(member).read()
        for file in (root / "images").rglob("*"):
            if file.is_file():
                self.bytes[str(file.relative_to(root / "images"))] = file.read_bytes()

    def unreadable(self):
        """The tiles that cannot be decoded."""
        return {tile for tile, content in self.bytes.items() if not decodes(content)}

    def of_row(self, row):
        """The bytes of the positive and of the negatives."""
        return self.bytes[row.positive], [self.bytes[tile] for tile in row.negatives]


def decodes(content):
    try:
        Image.open(io.BytesIO(content)).load()
        return True
    except Exception:  # the library has many exceptions for damaged pictures
        return False


def loaded_by_card(out, rows, cache, same):
    """Loads every split by the configuration in the folder's card and decodes each picture once."""
    loaded = datasets.load_dataset(str(out), cache_dir=str(cache))
    same(f"splits of {out.name}", sorted(loaded), sorted(rows))
    for name, split in loaded.items():
        same(f"rows of {name}", len(split), len(rows[name]))
        for row in split:
            for value in row.values():
                for picture in value if isinstance(value, list) else [value]:
                    if isinstance(picture, Image.Image):
                        picture.load()
    return loaded


def compare(loaded, rows, tiles, positive, negatives, same):
    """Compares pictures. `negatives` is a list of columns, or the name of a column with lists."""
    for name, split in loaded.items():
        columns = [positive, *negatives] if isinstance(negatives, list) else [positive]
        for column in columns:
            split = split.cast_column(column, BYTES)
        if isinstance(negatives, str):
            split = split.cast_column(negatives, datasets.List(BYTES))
        for found, row in zip(split, rows[name], strict=True):
            content = lambda picture: picture["bytes"] or open(picture["path"], "rb").read()
            given = [found[column] for column in negatives] if isinstance(negatives, list) else found[negatives]
            expected = tiles.of_row(row)
            same(f"the positive of “{row.query}”", content(found[positive]) == expected[0], True)
            same(f"negatives of “{row.query}”", [*map(content, given)] == expected[1][: len(given)], True)
            if isinstance(negatives, str):
                same(f"how many negatives “{row.query}” has", len(given), len(row.negatives))


def in_rows(format, negatives):
    """Returns a check for a format whose rows have a list of pictures in the column `negatives`."""

    def check(out, rows, tiles, cache, _, same):
        for folder in (out, out / format):
            loaded = loaded_by_card(folder, rows, cache, same)
            for name, split in loaded.items():
                same(f"columns of {name}", split.column_names, ["id", "query", "positive", negatives])
                same(f"queries of {name}", list(split["query"]), [row.query for row in rows[name]])
            compare(loaded, rows, tiles, "positive", negatives, same)

    return check


def in_tars(out, rows, tiles, cache, negatives, same):
    """Checks webdataset exports with the `datasets` library and with WebDataset's own."""
    columns = [f"neg{at}.png" for at in range(negatives)]
    for folder in (out, out / "webdataset"):
        loaded = loaded_by_card(folder, rows, cache, same)
        for name, split in loaded.items():
            same(f"columns of {name}", split.column_names, ["json", "pos.png", *columns, "__key__", "__url__"])
            same(f"queries of {name}", [about["query"] for about in split["json"]], [row.query for row in rows[name]])
        compare(loaded, rows, tiles, "pos.png", columns, same)
    for name, expected in rows.items():
        tars = sorted(str(tar) for tar in (out / "webdataset").glob(f"{name}-*.tar"))
        samples = list(webdataset.WebDataset(tars, shardshuffle=False, empty_check=False))
        for sample, row in zip(samples, expected, strict=True):
            about = json.loads(sample["json"])
            same("a query", about["query"], row.query)
            same("its key", about["id"], sample["__key__"])
            same("its negatives", about["negative_paths"], [f"images/{tile}" for tile in row.negatives[:negatives]])
            positive, others = tiles.of_row(row)
            same(f"pictures of “{row.query}”", [sample["pos.png"], *(sample[column] for column in columns)] == [positive, *others[:negatives]], True)


ALL = {
    "imagefolder": in_rows("imagefolder", "negative"),
    "parquet": in_rows("parquet", "negatives"),
    "webdataset": in_tars,
}
