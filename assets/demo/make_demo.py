#!/usr/bin/env python3
"""Builds the demo dataset that is built into Tilejury.

What it does
    1. Opens every page of pages/ in Chromium without a window, 875 pixels wide, and takes one picture of it.
    2. Cuts the picture from top to bottom into tiles of at most 1024 pixels.
    3. Stores the tiles as small PNG files (rows.py lists the exceptions), packs them into
       dataset/image_shards/shard_NNN.tar, and writes the rows of rows.py as train, eval and test splits.
    4. Writes truth.jsonl, which lists the faults that were planted on purpose.
    5. Reads everything back and checks it.
    The same page pictures give the same bytes. Other versions of fonts or browsers may break lines elsewhere:
    then check the tiles, and correct rows.py if a text has moved to another chunk.

What it needs
    Debian packages: chromium python3 python3-venv fonts-dejavu fonts-noto-core fonts-noto-cjk fonts-wqy-microhei
    PyPI package:    Pillow (10 or later)

How to run it, from this folder
    python3 -m venv VENV && VENV/bin/pip install Pillow       (VENV: any folder outside the repository)
    VENV/bin/python make_demo.py                              build dataset/ and truth.jsonl
    VENV/bin/python make_demo.py --preview FOLDER             only render: one PNG for each tile, to check by eye
    VENV/bin/python make_demo.py --check                      only check the existing files
"""

import argparse
import hashlib
import io
import json
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

from PIL import Image, ImageChops

sys.dont_write_bytecode = True
import rows  # noqa: E402  (after the flag, so that no cache folder is left behind)

HERE = Path(__file__).resolve().parent
WIDTH, TILE_HEIGHT = 875, 1024
RENDER_HEIGHT = 7000        # taller than any page
BOTTOM_MARGIN = 26          # white margin below the last ink
COLOURS = 64                # of a palette tile
MTIME = 1767225600.25       # of every tar member; the fraction makes Python write a PAX header, as in the real sets
SIZE_LIMIT = 3_900_000      # of dataset/, in bytes
SPLITS = ("train", "eval", "test")


# --- pages to pictures -------------------------------------------------------------------------------------

def render(page: Path, chromium: str) -> Image.Image:
    """The whole page as an RGB picture, cut off below its last ink."""
    with tempfile.TemporaryDirectory(prefix="tilejury-demo-") as folder:
        shot = Path(folder) / "shot.png"
        done = subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-extensions", "--disable-background-networking", "--disable-sync", "--mute-audio",
             "--disable-lcd-text", "--force-color-profile=srgb", "--force-device-scale-factor=1",
             "--host-resolver-rules=MAP * ~NOTFOUND",
             f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{RENDER_HEIGHT}",
             f"--screenshot={shot}", page.as_uri()],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
        if done.returncode or not shot.exists():
            sys.exit(f"{page.name}: Chromium made no picture\n{done.stderr.decode(errors='replace')}")
        with Image.open(shot) as opened:
            picture = opened.convert("RGB")
    ink = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    if ink is None or ink[2] > WIDTH - 20:
        sys.exit(f"{page.name}: the page is empty or too wide")
    return picture.crop((0, 0, WIDTH, ink[3] + BOTTOM_MARGIN))


def cut(picture: Image.Image) -> list[Image.Image]:
    return [picture.crop((0, top, WIDTH, min(top + TILE_HEIGHT, picture.height)))
            for top in range(0, picture.height, TILE_HEIGHT)]


def render_all(chromium: str) -> dict[str, Image.Image]:
    """Tile name → RGB picture, for every page that has an HTML file."""
    tiles = {}
    for slug in rows.PAGES:
        page = HERE / "pages" / f"{slug}.html"
        if page.exists():
            for number, tile in enumerate(cut(render(page, chromium))):
                tiles[f"{slug}/{number}"] = tile
    return tiles


# --- pictures to bytes -------------------------------------------------------------------------------------

def palette(tile: Image.Image, colours: int = COLOURS) -> Image.Image:
    """The tile in its most characteristic colours.

    Pillow's own methods drop a colour that covers little ground, such as a red dot in a drawing. Here the next
    colour is always the one represented worst so far: far from every chosen one, or frequent.
    """
    rgb = tile.convert("RGB")
    counted = sorted(((count, colour) for count, colour in rgb.getcolors(1 << 24)), reverse=True)
    chosen: list[tuple] = []
    error = [1 << 30] * len(counted)      # squared distance to the nearest chosen colour
    nearest = [0] * len(counted)
    while len(chosen) < min(colours, len(counted)):
        worst = max(range(len(counted)), key=lambda i: (error[i] * counted[i][0] ** 0.5, -i))
        if error[worst] == 0:
            break
        new = counted[worst][1]
        for i, (_, colour) in enumerate(counted):
            distance = sum((a - b) ** 2 for a, b in zip(colour, new))
            if distance < error[i]:
                error[i], nearest[i] = distance, len(chosen)
        chosen.append(new)
    index = {colour: nearest[i] for i, (_, colour) in enumerate(counted)}
    raw = rgb.tobytes()
    made = Image.frombytes("P", rgb.size, bytes(index[c] for c in zip(raw[0::3], raw[1::3], raw[2::3])))
    made.putpalette([value for colour in chosen for value in colour])
    return made


def png(tile: Image.Image) -> bytes:
    out = io.BytesIO()
    tile.save(out, "PNG", optimize=True)
    return out.getvalue()


def jpeg(tile: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    tile.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def interlaced_png(tile: Image.Image) -> bytes:
    """A palette PNG in the seven passes of Adam7, which Pillow can read but not write."""
    indexed = palette(tile)
    width, height = indexed.size
    pixels = indexed.tobytes()
    raw = bytearray()
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        if x0 < width:
            for y in range(y0, height, dy):
                raw.append(0)  # filter type of the line: none
                raw += pixels[y * width + x0:(y + 1) * width:dx]

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", bytes(indexed.getpalette()))
            + chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b""))


ENCODERS = {
    "palette": lambda tile: png(palette(tile)),
    "rgb": png,
    "rgba": lambda tile: png(palette(tile).convert("RGBA")),
    "grey": lambda tile: png(tile.convert("L")),
    "grey-alpha": lambda tile: png(palette(tile.convert("L"), 24).convert("LA")),
    "grey8": lambda tile: png(palette(tile.convert("L"), 8)),
    "interlaced": interlaced_png,
    "jpeg": lambda tile: jpeg(tile, 72),
    "jpeg-grey": lambda tile: jpeg(tile.convert("L"), 60),
}


def encode_all(pictures: dict[str, Image.Image]) -> dict[str, bytes]:
    tiles = {name: ENCODERS[rows.FORMATS.get(name, "palette")](picture) for name, picture in pictures.items()}
    for name, (source, how) in rows.COPIES.items():
        tiles[name] = tiles[source] if how == "bytes" else ENCODERS[how](pictures[source])
    broken = tiles[rows.TRUNCATED]
    tiles[rows.TRUNCATED] = broken[:len(broken) * 6 // 10]
    return tiles


# --- names -------------------------------------------------------------------------------------------------

def member(tile: str) -> str:
    """Name inside the tar."""
    slug, number = tile.split("/")
    return f"{rows.PAGES[slug][0]}.png.tiles/chunk_0000_{int(number):02}.png"


def path(tile: str) -> str:
    """Name in a row."""
    return f"images/{member(tile)}"


# --- writing -----------------------------------------------------------------------------------------------

def write_shards(tiles: dict[str, bytes], folder: Path) -> dict:
    shards: dict[str, list[str]] = {}
    for name in tiles:
        shards.setdefault(member(name).split("/")[0], []).append(name)
    summary = {}
    for shard, names in sorted(shards.items()):
        target = folder / f"{shard}.tar"
        with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(names, key=member):
                info = tarfile.TarInfo(member(name))
                info.size, info.mtime, info.mode = len(tiles[name]), MTIME, 0o644
                info.uid = info.gid = 0
                info.uname = info.gname = "root"
                tar.addfile(info, io.BytesIO(tiles[name]))
        summary[shard] = {"file_count": len(names), "size_bytes": target.stat().st_size,
                          "tar_path": f"image_shards/{shard}.tar"}
    return {"output_dir": ".", "shard_count": len(summary), "shards": summary, "source_dir": "images",
            "total_size_bytes": sum(s["size_bytes"] for s in summary.values())}


def row_object(row: dict) -> dict:
    """A row with its fields in the order of the real sets; further ones follow `split`."""
    made = {"query": row["query"], "chunk_path": path(row["positive"]),
            "neg_chunk_paths": [path(tile) for tile in row["negatives"]], "split": row["split"], **row["extra"]}
    if row["top"]:
        hits = [hit.rsplit("=", 1) for hit in row["top"].split()]
        made["retrieve_top20"] = [
            {"rank": rank, "path": path(tile), "score": float(score),
             "article_id": int(member(tile).split("/")[2].split(".")[0])}
            for rank, (tile, score) in enumerate(hits, 1)]
    return made


def jsonl(objects: list[dict]) -> str:
    return "".join(json.dumps(o, ensure_ascii=False) + "\n" for o in objects)


def write_rows(folder: Path) -> dict:
    summary = {}
    for split in SPLITS:
        made = [row_object(row) for row in rows.ROWS if row["split"] == split]
        for name in (f"{split}.jsonl", f"{split}_hn.jsonl"):
            (folder / name).write_text(jsonl(made), encoding="utf-8")
        used = {p for o in made for p in (o["chunk_path"], *o["neg_chunk_paths"])}
        summary[split] = {"avg_negatives_per_row": sum(len(o["neg_chunk_paths"]) for o in made) / len(made),
                          "rows": len(made), "unique_images_referenced": len(used)}
    everything = {path(t) for row in rows.ROWS for t in (row["positive"], *row["negatives"])}
    return {"image_root": "images", "link_mode": "copy", "output_dir": ".", "repo_id": "tilejury/little-encyclopaedia",
            "split_dir": ".", "splits": dict(sorted(summary.items())), "total_rows": len(rows.ROWS),
            "total_unique_images": len(everything)}


def truth() -> list[dict]:
    lines = {split: 0 for split in SPLITS}
    found = []
    for row in rows.ROWS:
        lines[row["split"]] += 1
        for kind, tile, note in row["defects"]:
            found.append({"kind": kind, "split": row["split"], "line": lines[row["split"]],
                          "paths": [path(tile)] if tile else [], "note": note})
    return found


README = """\
---
license: mit
task_categories:
- visual-document-retrieval
- question-answering
language:
- en
- ar
- el
- ja
- ko
- ru
- zh
pretty_name: Little Encyclopaedia screenshots
size_categories:
- n<1K
---

# Little Encyclopaedia screenshots

A small training set for query→screenshot retrieval, made to try Tilejury on. It has {rows} rows and {tiles} tiles of
{pages} short articles that were written for it, in seven languages. It is laid out like the large published sets.

Rows are in `train.jsonl`, `eval.jsonl` and `test.jsonl` (each also as `*_hn.jsonl`, with the same content). The tiles are
in {shards} tar shards under `image_shards/`, named without the leading `images/` that the rows use.

## Split sizes

- train: {train}
- eval: {eval}
- test: {test}

## Known faults

Some rows are wrong on purpose: false negatives, wrong positives, a broken tile, a missing tile, a query that cannot be
answered, and more of the kind. Finding them is what the set is for. All retrieval ranks and scores in it are invented.
"""


def build(chromium: str) -> None:
    pictures = render_all(chromium)
    tiles = encode_all(pictures)
    used = {t for row in rows.ROWS for t in (row["positive"], *row["negatives"])}
    for name in sorted(set(tiles) - used):
        print(f"note: no row uses {name}")
    dataset = HERE / "dataset"
    shutil.rmtree(dataset, ignore_errors=True)
    (dataset / "image_shards").mkdir(parents=True)
    shards = write_shards(tiles, dataset / "image_shards")
    summary = write_rows(dataset)
    for name, content in (("dataset_summary.json", summary), ("image_shards_summary.json", shards)):
        (dataset / name).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    counts = {split: part["rows"] for split, part in summary["splits"].items()}
    (dataset / "README.md").write_text(
        README.format(rows=len(rows.ROWS), tiles=len(tiles), pages=len({n.split("/")[0] for n in pictures}),
                      shards=shards["shard_count"], **counts), encoding="utf-8")
    (HERE / "truth.jsonl").write_text(jsonl(truth()), encoding="utf-8")


# --- checking ----------------------------------------------------------------------------------------------

def check() -> None:
    """Reads the written files and fails if something is not as declared."""
    dataset = HERE / "dataset"
    tiles: dict[str, bytes] = {}
    for tar_path in sorted((dataset / "image_shards").glob("*.tar")):
        with tarfile.open(tar_path) as tar:
            names = tar.getnames()
            assert names == sorted(names) and len(names) == len(set(names)), tar_path.name
            for info in tar:
                assert info.isreg() and info.name.startswith(tar_path.stem + "/"), info.name
                assert info.pax_headers.get("mtime") == str(MTIME), info.name
                tiles[f"images/{info.name}"] = tar.extractfile(info).read()
    undecodable, kinds = [], {}
    for name, data in tiles.items():
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                assert image.width == WIDTH and 0 < image.height <= TILE_HEIGHT, name
                kind = f"{image.format} {image.mode}{' interlaced' if image.info.get('interlace') else ''}"
                kinds[kind] = kinds.get(kind, 0) + 1
        except OSError:
            undecodable.append(name)
    assert undecodable == [path(rows.TRUNCATED)], undecodable

    planted = [json.loads(line) for line in (HERE / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    by_place = {}
    missing = set()
    for split in SPLITS:
        text = (dataset / f"{split}.jsonl").read_bytes()
        assert text == (dataset / f"{split}_hn.jsonl").read_bytes(), split
        for number, line in enumerate(text.decode().splitlines(), 1):
            row = json.loads(line)
            by_place[split, number] = row
            assert row["split"] == split and row["chunk_path"] in tiles, (split, number)
            assert 2 <= len(row["neg_chunk_paths"]) <= 7, (split, number)
            missing |= {(split, number, p) for p in row["neg_chunk_paths"] if p not in tiles}
    assert missing == {(d["split"], d["line"], p) for d in planted if d["kind"] == "missing_tile" for p in d["paths"]}
    for defect in planted:
        row = by_place[defect["split"], defect["line"]]
        place = [row["chunk_path"]] if defect["kind"] in ("wrong_positive", "split_leak") else row["neg_chunk_paths"]
        assert all(p in place for p in defect["paths"]), defect
    for name in ("dataset_summary.json", "image_shards_summary.json"):
        json.loads((dataset / name).read_text(encoding="utf-8"))
    size = sum(p.stat().st_size for p in dataset.rglob("*") if p.is_file())
    assert size <= SIZE_LIMIT, size

    digest = hashlib.sha256()
    for p in sorted(dataset.rglob("*")):
        if p.is_file():
            digest.update(p.relative_to(dataset).as_posix().encode() + b"\0" + p.read_bytes())
    print(f"{len(by_place)} rows, {len(tiles)} tiles, {len(planted)} planted faults, {size} bytes")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    print("sha256 of the dataset:", digest.hexdigest())


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds Tilejury's demo dataset; see the head of this file.")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium", help="the browser's program file")
    parser.add_argument("--preview", metavar="FOLDER", type=Path, help="only render the tiles into FOLDER")
    parser.add_argument("--check", action="store_true", help="only check the existing files")
    options = parser.parse_args()
    if options.preview:
        options.preview.mkdir(parents=True, exist_ok=True)
        for name, picture in render_all(options.chromium).items():
            picture.save(options.preview / f"{name.replace('/', '_')}.png")
        return
    if not options.check:
        build(options.chromium)
    check()


if __name__ == "__main__":
    main()
