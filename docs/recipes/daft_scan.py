"""Scans a dataset with Daft, then proposes pairs by a join on bands: daft_scan.py DATASET PARTS PAIRS.

Each shard becomes one file in PARTS, whole or not there, so the same command again does what is missing. PAIRS is a
folder with Parquet files of proposed pairs: `tilejury pairs PARTS` proposes and also verifies them on one machine.
"""

import sys
from pathlib import Path

import daft
from daft import DataType, col

import tilejury

dataset, parts, pairs = sys.argv[1:]
Path(parts).mkdir(parents=True, exist_ok=True)


@daft.func(return_dtype=DataType.int64(), use_process=True)
def scan(shard: str, out: str) -> int:
    """Scans a shard in a process of its own, and returns its bytes on the disk."""
    tilejury.scan_to_file(shard, out, dataset=dataset, jobs=1)
    return Path(out).stat().st_size


# Names of shards, not Daft's own reader of tars: the module reads the tars.
shards = tilejury.open(dataset).shards()
outs = [str(Path(parts) / f"{Path(shard).stem}.parquet") for shard in shards]
work = daft.from_pydict({"shard": shards, "out": outs}).repartition(len(shards))
work.with_column("bytes", scan(col("shard"), col("out"))).collect()

tiles = daft.read_parquet(f"{parts}/*.parquet").where(col("bands").not_null())
bands = tiles.select("shard", "member", "bands").explode("bands").where(col("bands").not_null())
other = bands.select(col("shard").alias("b_shard"), col("member").alias("b_member"), col("bands"))
joined = bands.join(other, on="bands")
later = (col("shard") < col("b_shard")) | ((col("shard") == col("b_shard")) & (col("member") < col("b_member")))
proposed = joined.where(later).select(col("shard").alias("a_shard"), col("member").alias("a_member"), "b_shard", "b_member")
proposed.distinct().write_parquet(pairs, write_mode="overwrite")
