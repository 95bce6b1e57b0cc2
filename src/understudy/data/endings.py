"""Which file endings are known, and what a file that belies its ending looks like."""

from dataclasses import dataclass
from pathlib import Path

from understudy.errors import SourceError, nearest

FAMILIES = {
    "csv": "delimited",
    "tsv": "delimited",
    "tab": "delimited",
    "txt": "delimited",
    "json": "json",
    "jsonl": "lines",
    "ndjson": "lines",
    "parquet": "parquet",
    "pq": "parquet",
    "feather": "arrow",
    "arrow": "arrow",
    "ipc": "arrow",
    "xlsx": "workbook",
}
ZIPPABLE = {"delimited", "json", "lines"}
ADVICE = {
    "xls": "save it as .xlsx",
    "ods": "save it as .xlsx",
    "zip": "unpack it first",
    "bz2": "unpack it first",
    "xz": "unpack it first",
    "zst": "unpack it first",
    "7z": "unpack it first",
    "sav": "export it as csv or parquet",
    "dta": "export it as csv or parquet",
    "pkl": "pickles are never read, save it as parquet",
    "pickle": "pickles are never read, save it as parquet",
}
MAGIC = (
    (b"PAR1", "a parquet file"),
    (b"ARROW1", "an arrow file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office document"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x7fELF", "a program"),
)


@dataclass(frozen=True)
class Ending:
    """A known file ending.

    Attributes:
        name: the ending as written, in lower case ("csv.gz").
        family: which reader and writer serve it.
        gz: whether the content is gzipped.
    """

    name: str
    family: str
    gz: bool = False


def ending_of(path: Path) -> Ending | None:
    """The ending of a path, None where it is not known.

    >>> ending_of(Path("Sales.CSV.gz"))
    Ending(name='csv.gz', family='delimited', gz=True)
    >>> ending_of(Path("notes.docx")) is None
    True
    """
    parts = path.name.lower().split(".")[1:]
    gz = parts[-1:] == ["gz"]
    name = parts[-2] if gz and len(parts) > 1 else (parts[-1] if parts else "")
    family = FAMILIES.get(name)
    if family is None or (gz and family not in ZIPPABLE):
        return None
    return Ending(f"{name}.gz" if gz else name, family, gz)


def known_ending(path: Path) -> Ending:
    """The ending of a path.

    Raises:
        SourceError: the ending is none that can be read or written.
    """
    ending = ending_of(path)
    if ending is None:
        written = path.name.lower().partition(".")[2]
        last = written.rpartition(".")[2]
        known = [*FAMILIES, "csv.gz"]
        advice = ADVICE.get(last) or _all(written, known)
        said = f"unknown file ending '.{written}'" if written else "the file has no ending to tell its format by"
        raise SourceError(said, where=str(path), hint=advice)
    return ending


def _all(written: str, known: list[str]) -> str:
    """The nearest ending where one is near, and all there are."""
    near = nearest(written, known)
    listed = ", ".join(known)
    return f"{near} (known: {listed})" if near.startswith("did you mean") else f"there is {listed}"


def stem_of(path: Path) -> str:
    """The file name without its data ending.

    >>> stem_of(Path("a/stocks.5yr.csv.gz"))
    'stocks.5yr'
    """
    ending = ending_of(path)
    return path.name[: -len(ending.name) - 1] if ending else path.stem


def looks_like(data: bytes) -> str:
    """What a file's first bytes say it is, "" where they say nothing.

    >>> looks_like(b"PAR1....")
    'a parquet file'
    """
    if data.startswith(b"PK\x03\x04"):
        return "an Excel workbook" if b"xl/" in data[:4096] or b"[Content_Types]" in data[:4096] else "a zip archive"
    return next((words for magic, words in MAGIC if data.startswith(magic)), "")
