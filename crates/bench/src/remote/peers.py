"""Measures what people use today, for `tilejury bench remote`: one JSON line per measure.

Arguments: what to measure, the address of the dataset on a web server, its name on the Hub, the
seconds that it may take, a folder for what is fetched, a file for the measures, and the paths of the first row's tiles.
"""

import json
import os
import sys
import tarfile
import time
from importlib.metadata import version

what, web, repo, up_to, folder, results = sys.argv[1:7]
tiles = [path.removeprefix("images/") for path in sys.argv[7:]]
shards = sorted({path.split("/")[0] for path in tiles})
up_to = float(up_to)
began = time.monotonic()


def report(name, value, unit, program):
    unit = f"{unit}, {program} {version(program)}"
    with open(results, "a") as file:
        print(json.dumps({"name": name, "value": value, "unit": unit}), file=file)


def seconds():
    return time.monotonic() - began


def snapshot():
    """The split files and the shards of the first row, whole, as its own command fetches them."""
    from huggingface_hub import snapshot_download

    patterns = ["*.jsonl"] + [f"image_shards/{shard}.tar" for shard in shards]
    path = snapshot_download(repo, repo_type="dataset", allow_patterns=patterns, cache_dir=folder)
    for shard in shards:
        with tarfile.open(f"{path}/image_shards/{shard}.tar") as tar:
            for tile in (tile for tile in tiles if tile.startswith(shard + "/")):
                tar.extractfile(tile).read()
    report("peer_snapshot_first", seconds(), f"s to the first sample: splits and {len(shards)} shards", "huggingface_hub")


def fsspec_first():
    """The tiles of the first row, each searched from the beginning of its shard."""
    import fsspec

    names = ["train_hn", "eval_hn", "test_hn"]
    for name in names:
        with fsspec.open(f"{web}/{name}.jsonl").open() as file:
            file.read()
    for shard in shards:
        wanted = {tile for tile in tiles if tile.startswith(shard + "/")}
        with fsspec.open(f"{web}/image_shards/{shard}.tar").open() as file, tarfile.open(fileobj=file) as tar:
            for member in tar:
                if member.name in wanted:
                    tar.extractfile(member).read()
                    wanted.discard(member.name)
                if not wanted or seconds() > up_to:
                    break
    report("peer_fsspec_first", seconds(), "s to the first sample", "fsspec")


def webdataset():
    """Tile after tile, shard after shard."""
    import webdataset as wds

    urls = [f"{web}/image_shards/shard_{number:03}.tar" for number in range(int(folder))]
    count = 0
    for _ in wds.WebDataset(urls, shardshuffle=False):
        count += 1
        if count == 1:
            report("peer_webdataset_first", seconds(), "s to tile 1 of shard 0", "webdataset")
        if count == 25_000:
            report("peer_webdataset_25000", seconds(), "s to tile 25,000", "webdataset")
            return
        if seconds() > up_to:
            break
    report("peer_webdataset_reached", count, f"tiles within {seconds():.0f} s, not 25,000", "webdataset")


sys.stdout = sys.stderr = open(os.devnull, "w")
try:
    {"snapshot": snapshot, "fsspec": fsspec_first, "webdataset": webdataset}[what]()
except Exception as error:
    with open(results, "a") as file:
        print(f"{type(error).__name__}: {error}", file=file)
    sys.exit(1)
