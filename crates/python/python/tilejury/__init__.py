"""Tilejury: query and screenshot datasets, their scans, judgements and findings as Arrow streams.

    import tilejury
    dataset = tilejury.open("path/to/dataset")
    rows = dataset.rows().read_all()                  # a pyarrow.Table
    dataset.judge(split="train", line=2, verdict="reject", reasons=["bad_query"])

The command `tilejury` is the program with its window; it comes with this package.
"""

from tilejury._native import (
    Batch,
    Batches,
    Dataset,
    RefusedError,
    TilejuryError,
    __version__,
    open,
    scan,
    scan_to_file,
)

__all__ = [
    "Batch",
    "Batches",
    "Dataset",
    "RefusedError",
    "TilejuryError",
    "__version__",
    "open",
    "scan",
    "scan_to_file",
]
