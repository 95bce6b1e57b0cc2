"""A table's codes: one code a column, learned from the training rows and kept with the model."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from understudy.data.schema import Column, Schema
from understudy.encoding import categorical, numeric, relative
from understudy.encoding.anchors import Earlier, anchor_of
from understudy.encoding.categorical import Categorical, Presence
from understudy.encoding.codes import Codes, Domain
from understudy.encoding.numeric import Numeric
from understudy.encoding.pieces import Part, Range
from understudy.encoding.relative import Relative


class Code(Protocol):
    """The codes of one column: `Numeric`, `Categorical` or `Presence`; `Relative` takes its anchor's values besides."""

    @property
    def domain(self) -> Domain:
        """The codes the column may take."""
        ...

    @property
    def random(self) -> bool:
        """Whether decoding needs a uniform."""
        ...

    @property
    def extent(self) -> str:
        """The values that can be written, in words."""
        ...

    def encode(self, values: pl.Series) -> NDArray[np.int64]:
        """Cell number of each value, shape (rows,)."""
        ...

    def decode(self, cell: NDArray[np.int64], uniform: NDArray[np.float64], part: Part | None = None) -> pl.Series:
        """A value in each cell, or in this part of it; `uniform` in [0, 1), shape (rows,), says where."""
        ...

    def locate(self, value: Any) -> int | None:
        """The cell of a value, None where the model can write no such value."""
        ...

    def part(self, ranges: Sequence[Range], missing: bool, besides: bool = False) -> Part:
        """What is left of the cells: values in (or `besides`: outside) the ranges, and missing ones if so."""
        ...

    def state(self) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
        """Plain data and arrays that `restore` takes."""
        ...


CODES: Mapping[str, type[Numeric] | type[Relative] | type[Categorical] | type[Presence]] = {
    "numeric": Numeric,
    "relative": Relative,
    "categorical": Categorical,
    "presence": Presence,
}
NOTHING: Mapping[str, pl.Series] = MappingProxyType({})
WHOLE: Mapping[str, Part] = MappingProxyType({})
UNORDERED: Mapping[tuple[str, str], bool] = MappingProxyType({})
MEASURED = frozenset({"integer", "decimal", "date", "datetime", "time"})


@dataclass(frozen=True)
class Codebook:
    """The codes of a table's columns, in the order in which engines see them.

    Attributes:
        columns: code of each learned column by name.
    """

    columns: Mapping[str, Code | Relative]

    @property
    def domains(self) -> tuple[Domain, ...]:
        """One per column."""
        return tuple(code.domain for code in self.columns.values())

    def place(self, name: str) -> int:
        """The number of a column."""
        return list(self.columns).index(name)

    def encode(self, frame: pl.DataFrame) -> Codes:
        """A typed frame as codes; columns without a code are left out."""
        domains = self.domains
        coarse = np.empty((len(domains), frame.height), dtype=np.uint8)
        fine = np.empty((len(domains), frame.height), dtype=np.uint16)
        for place, (name, code) in enumerate(self.columns.items()):
            values = frame[name]
            cells = code.encode(values, frame[code.anchor]) if isinstance(code, Relative) else code.encode(values)
            coarse[place], fine[place] = domains[place].split(cells)
        return Codes(coarse, fine, domains)

    def decode(
        self,
        codes: Codes,
        rng: Generator,
        fixed: Mapping[str, pl.Series] = NOTHING,
        parts: Mapping[str, Part] = WHOLE,
    ) -> pl.DataFrame:
        """Codes as a typed frame; a value of its cell for each pair of digits.

        Args:
            codes: of the columns in their order.
            rng: where in its cell a value stands.
            fixed: values known beforehand, null where they are not; those that are counted from them follow.
            parts: what of the cells of a column is left to it.
        """
        columns: dict[str, pl.Series] = {}
        nothing = np.zeros(len(codes))
        for place, (name, code) in enumerate(self.columns.items()):
            uniform = rng.random(len(codes)) if code.random else nothing
            if isinstance(code, Relative):
                columns[name] = code.decode(codes.cells(place), uniform, columns[code.anchor], parts.get(name))
            else:
                columns[name] = code.decode(codes.cells(place), uniform, parts.get(name))
            if name in fixed:
                columns[name] = fixed[name].zip_with(fixed[name].is_not_null(), columns[name])
        return pl.DataFrame(columns)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Plain data and arrays (named "place/array") that `restore` takes."""
        plain, arrays = [], {}
        for place, (name, code) in enumerate(self.columns.items()):
            said, held = code.state()
            plain.append({"name": name, "code": type(code).__name__.lower(), **said})
            arrays |= {f"{place}/{each}": array for each, array in held.items()}
        return {"columns": plain}, arrays

    @classmethod
    def restore(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> "Codebook":
        """The inverse of `state`."""
        columns: dict[str, Code | Relative] = {}
        for place, said in enumerate(plain["columns"]):
            prefix = f"{place}/"
            held = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
            columns[said["name"]] = CODES[said["code"]].restore(said, held)
        return cls(columns)

    def lost(self) -> list[dict[str, Any]]:
        """What protection took: merged levels, clipped extremes, snapped values; one entry each for the report."""
        return [entry for name, code in self.columns.items() for entry in _lost(name, code)]


def fit(
    frame: pl.DataFrame,
    schema: Schema,
    *,
    k: int = 8,
    exempt: Collection[str] = (),
    invented: Collection[str] = (),
    ordered: Mapping[tuple[str, str], bool] = UNORDERED,
) -> Codebook:
    """Learn the codes of a typed table.

    Args:
        frame: the training rows, typed by `schema`.
        schema: their columns.
        k: rows that must carry whatever is written out.
        exempt: columns for which one row is enough.
        invented: columns of which only the gaps are learned.
        ordered: pairs of columns of which a rule says that the first is no larger than the second, and whether it must
            be smaller.
    """
    codes: dict[str, Code | Relative] = {}
    for column in schema.columns:
        earlier = [
            Earlier(frame[name], code.decimals, _way(name, column.name, ordered))
            for name, code in codes.items()
            if isinstance(code, Numeric | Relative)
        ]
        least = 1 if column.name in exempt else k
        codes[column.name] = _code(frame[column.name], earlier, column, least, column.name in invented)
    return Codebook(codes)


def _way(anchor: str, name: str, ordered: Mapping[tuple[str, str], bool]) -> int:
    """On which side of an anchor a column stands, as `relative.fit` takes it."""
    if (anchor, name) in ordered:
        return 1 + ordered[anchor, name]
    return -1 - ordered[name, anchor] if (name, anchor) in ordered else 0


def _code(values: pl.Series, earlier: list[Earlier], column: Column, k: int, invented: bool) -> Code | Relative:
    if invented or values.null_count() == len(values):
        return Presence(bool(values.null_count()))
    if column.kind not in MEASURED:
        return categorical.fit(values, k)
    own = numeric.fit(values, column.decimals, k)
    anchor = anchor_of(values, earlier, own)
    near = None if anchor is None else relative.fit(values, anchor.values, k, own.decimals, anchor.way)
    return own if near is None else near


def _lost(name: str, code: Code | Relative) -> list[dict[str, Any]]:
    if isinstance(code, Categorical) and code.rare_rows:
        text = f"{code.rare_levels} levels carried by too few rows; a supported level stands in"
        return [_entry(name, "merged", code.rare_rows, code.rare_levels, text)]
    ends, cells = f"values end where enough rows stand: {code.extent}", None
    if isinstance(code, Numeric):
        cells = code.cells
        if cells is None:
            return [_entry(name, "dropped", None, None, "too few values to write any")]
    elif isinstance(code, Relative):
        ends, cells = f"its distance from '{code.anchor}' ends where enough rows stand", code.gap.cells
    found = []
    if cells and cells.clipped:
        found.append(_entry(name, "clipped", cells.clipped, None, ends))
    if cells and cells.snapped:
        found.append(_entry(name, "snapped", cells.snapped, None, "lone values moved to the nearest supported one"))
    return found


def _entry(column: str, what: str, rows: int | None, values: int | None, text: str) -> dict[str, Any]:
    return {"column": column, "what": what, "rows": rows, "values": values, "text": text}
