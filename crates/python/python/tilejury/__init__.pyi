"""Query and screenshot datasets, their scans, judgements and findings as Arrow streams."""

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Literal, TypedDict, Unpack, final, type_check_only

import pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]

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

__version__: str

_Path = str | PathLike[str]
_Relevance = Literal["relevant", "not_relevant", "unsure", "broken"]

class TilejuryError(Exception):
    """Something cannot be opened, read, fetched or written; the message says what and where."""

class RefusedError(TilejuryError):
    """Judgements that were refused: nothing was recorded."""

    lines: list[tuple[int, str]]
    """The number of each line that cannot be used, from 1, and the reason."""

@type_check_only
class Judgement(TypedDict, total=False):
    """The fields of `Dataset.judge`. A missing field changes nothing, and None clears a value."""

    split: str
    line: int
    query: str
    chunk_path: str
    verdict: Literal["accept", "reject", "unsure"] | None
    reasons: list[str] | None
    tiles: Mapping[str, _Relevance | None]
    added: Mapping[str, Literal["relevant"] | None]
    note: str | None
    tags: list[str] | None
    annotator: str
    at: str
    audit: str
    chosen_by: str
    propagated: Mapping[str, str]
    confirmed: Mapping[str, str]
    bulk: list[str]
    looks: Mapping[str, Mapping[str, float]]
    orphan: bool

@type_check_only
class ScanCounts(TypedDict):
    """The counts of a file that `scan_to_file` wrote; None if it was kept."""

    file: str
    shards: int
    kept: bool
    tiles: int | None
    errors: int | None
    text_errors: int | None

@final
class Batch:
    """A record batch, for `pyarrow.record_batch(batch)` or `polars.DataFrame(batch)`."""

    @property
    def num_rows(self) -> int:
        """The number of rows."""
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Batches:
    """A stream of Arrow record batches. It can be read once.

    `pyarrow.table(batches)`, `pyarrow.RecordBatchReader.from_stream(batches)`,
    `polars.DataFrame(batches)` and `pandas.DataFrame.from_arrow(batches)` read it without copies, as
    does a query of DuckDB that names its variable.
    """

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
    def read_all(self) -> pyarrow.Table:
        """Reads all batches into a table; needs pyarrow."""
    def __iter__(self) -> Iterator[Batch]: ...
    def __next__(self) -> Batch: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Dataset:
    """An opened dataset. Rows that are added later are there when it is opened again."""

    @property
    def source(self) -> str:
        """The path or address that was opened."""
    @property
    def splits(self) -> dict[str, int]:
        """The number of rows of each split."""
    @property
    def warnings(self) -> list[str]:
        """The problems that were found when it was opened, each with its file and line."""
    def __len__(self) -> int:
        """The number of rows."""
    def shards(self) -> list[str]:
        """The shards, each as a path or address that `scan` takes, in the order of their paths."""
    def rows(self) -> Batches:
        """The rows, in the order of the splits and lines."""
    def judgements(self, *, annotator: str | None = None) -> Batches:
        """The judgements that hold now: a row for each sample and annotator."""
    def findings(self, *, pixels: bool = False) -> Batches:
        """What the signals found: a row for each finding, the most suspicious row or tile first.

        With `pixels`, tiles that the cache does not know are read, from an address too.
        """
    def audits(self) -> Batches:
        """The audits that were begun, with how far they are and what they show."""
    def scan(
        self,
        shards: list[str] | None = None,
        *,
        fingerprints: bool = True,
        text: str | None = None,
        tesseract: _Path | None = None,
        jobs: int | None = None,
    ) -> Batches:
        """Reads the tiles of shards, by default of all. See the function `scan`."""
    def judge(self, **fields: Unpack[Judgement]) -> None:
        """Records one judgement, as a line of `tilejury judge` does.

        The fields name the row (`split` and `line`, or `query` and `chunk_path`) and state what to
        record. Without `annotator`, it is that of the login name. Raises `RefusedError`.
        """
    def judge_all(self, lines: Iterable[Mapping[str, Any]], *, annotator: str | None = None) -> int:
        """Records judgements, all or none, each with the fields of `judge`. Returns their number.

        `annotator` overrides that of every line. Raises `RefusedError` with the numbers of the
        lines that cannot be used.
        """

def open(source: _Path, *, sidecar: _Path | None = None) -> Dataset:
    """Opens a dataset: a folder, one of its .jsonl or .parquet files, or an address such as hf://….

    `sidecar` names the SQLite file with the judgements, if it is not the one that the program would
    use. Reads the rows and no shard.
    """

def scan(
    shard: _Path,
    *,
    dataset: _Path | None = None,
    fingerprints: bool = True,
    text: str | None = None,
    tesseract: _Path | None = None,
    jobs: int | None = None,
) -> Batches:
    """Reads the tiles of a shard, in the order of their bytes: the columns of `tilejury scan`.

    `shard` is a path or an address that ends in .tar, or a dataset, whose shards are then all read.
    `dataset` says where the shard's dataset begins; without it, that is the nearest of the two
    folders above which has a split. `text` has the languages to read texts in, such as "eng+deu",
    and needs Tesseract. `jobs` is the number of threads, by default one per core.

    What cannot be read has a row with an `error`. A connection that fails raises.
    """

def scan_to_file(
    shard: _Path,
    out: _Path,
    *,
    dataset: _Path | None = None,
    fingerprints: bool = True,
    text: str | None = None,
    tesseract: _Path | None = None,
    jobs: int | None = None,
    again: bool = False,
) -> ScanCounts:
    """Writes the scan of a shard to a Parquet file, as `tilejury scan --out` does.

    The file is whole or not there. One that is there for the same shard, contents and program is
    kept; another one is refused, or replaced with `again`.
    """
