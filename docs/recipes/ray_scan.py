"""Scans a dataset with Ray Data: ray_scan.py DATASET PARTS [WORKERS].

Each shard becomes one file in PARTS, whole or not there, so the same command again does what is missing; Ray itself
starts the task of a lost worker again. On a cluster, PARTS and DATASET are paths or addresses that all nodes share.
"""

import sys
from pathlib import Path

import ray

import tilejury

dataset, parts = sys.argv[1:3]
workers = int(sys.argv[3]) if len(sys.argv) > 3 else 2
Path(parts).mkdir(parents=True, exist_ok=True)


def scan(row):
    """Scans a shard, and returns what was written."""
    out = Path(parts) / f"{Path(row['shard']).stem}.parquet"
    counts = tilejury.scan_to_file(row["shard"], out, dataset=dataset, jobs=1)
    return {"shard": row["shard"], "file": str(out), "kept": counts["kept"]}


if __name__ == "__main__":
    if not ray.is_initialized():
        ray.init(num_cpus=workers, include_dashboard=False, object_store_memory=100 << 20)
    shards = [{"shard": shard} for shard in tilejury.open(dataset).shards()]
    done = ray.data.from_items(shards, override_num_blocks=len(shards)).map(scan, concurrency=workers).take_all()
    print(f"{len(done)} shards, {sum(row['kept'] for row in done)} were there")
