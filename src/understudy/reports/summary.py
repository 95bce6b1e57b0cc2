"""The report: scores, verdict, pictures, ledger and provenance as plain data that may be shared."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

from understudy.data.schema import Schema
from understudy.errors import ArgumentError, SourceError, UnknownName, nearest
from understudy.metrics.case import case as judge_of
from understudy.metrics.case import judged
from understudy.metrics.judge import judge_case
from understudy.metrics.measure import Measure
from understudy.plan.thresholds import Thresholds
from understudy.reports.associations import Pairs, pairs
from understudy.reports.diagnosis import Diagnosis, diagnoses
from understudy.reports.embedding import Embedding, embedding
from understudy.reports.pictures import Picture, pictures
from understudy.reports.ruling import ruling
from understudy.reports.safety import shareable
from understudy.reports.tables import facts, named, prepared, versions
from understudy.reports.verdict import Verdict, verdict
from understudy.reports.writing import form, put

FORMAT, VERSION = "understudy report", 2


@dataclass(frozen=True)
class Report:
    """What the judge found, and how the synthetic table looks beside the real one.

    Plain data: `Report.from_json(report.to_json()) == report`. It holds no row and no value that fewer than k real
    rows carry, so that it can be shared with the synthetic table.

    Attributes:
        measures: the scores, in the judge's order.
        columns: a k-safe picture of each column.
        pairs: the heat-maps of pairs.
        ledger: what was generated, merged, clipped, as the model wrote it down.
        provenance: versions, seed, engine, rows, times.
        name: the table's name.
        k: real rows that anything shown stands on at least.
        thresholds: where the verdict on privacy draws its lines, all of them.
        diagnoses: what is wrong with single columns and pairs, and what to change.
        embedding: where real and synthetic rows lie, by squares.
    """

    measures: tuple[Measure, ...]
    columns: tuple[Picture, ...] = ()
    pairs: Pairs = field(default_factory=Pairs)
    ledger: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    name: str = "table"
    k: int = 8
    thresholds: Mapping[str, float] = field(default_factory=dict)
    diagnoses: tuple[Diagnosis, ...] = ()
    embedding: Embedding = field(default_factory=Embedding)

    def __post_init__(self) -> None:
        measures = tuple(Measure(**plain(asdict(measure))) for measure in self.measures)
        object.__setattr__(self, "measures", measures)
        object.__setattr__(self, "ledger", tuple(plain(entry) for entry in self.ledger))
        object.__setattr__(self, "provenance", plain(self.provenance))
        object.__setattr__(self, "thresholds", asdict(Thresholds.of(self.thresholds)))

    def __getitem__(self, name: str) -> Measure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        known = [measure.name for measure in self.measures]
        raise UnknownName(f"no score '{name}'", where=f"report on '{self.name}'", hint=nearest(name, known))

    def __contains__(self, name: object) -> bool:
        return any(measure.name == name for measure in self.measures)

    @cached_property
    def verdict(self) -> Verdict:
        """What the scores mean together, in words."""
        return verdict(self.measures, self.lines)

    @property
    def lines(self) -> Thresholds:
        """Where the verdict on privacy draws its lines."""
        return Thresholds.of(self.thresholds)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON; the verdict is included for readers and recomputed on loading."""
        return plain(
            {
                "format": FORMAT,
                "version": VERSION,
                "name": self.name,
                "k": self.k,
                "thresholds": self.thresholds,
                "verdict": asdict(self.verdict),
                "measures": [measure.to_dict() for measure in self.measures],
                "columns": [picture.to_dict() for picture in self.columns],
                "pairs": asdict(self.pairs),
                "diagnoses": [asdict(each) for each in self.diagnoses],
                "embedding": asdict(self.embedding),
                "ledger": list(self.ledger),
                "provenance": self.provenance,
            }
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """The report as JSON text (UTF-8, no NaN)."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Report":
        """The report that `to_json` wrote.

        Raises:
            SourceError: the text is no report, or one of another version.
        """
        try:
            known = json.loads(text)
        except ValueError as error:
            raise SourceError("this is no JSON text", where="report", hint="give a report.json") from error
        if not isinstance(known, dict) or known.get("format") != FORMAT:
            raise SourceError("this is no report of understudy", where="report", hint="give a report.json")
        if known.get("version") != VERSION:
            raise SourceError(
                f"the report has version {known.get('version')}, not {VERSION}", hint="evaluate the tables again"
            )
        return cls.from_dict(known)

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> "Report":
        """The report that `to_dict` wrote.

        Raises:
            SourceError: a part is missing or malformed.
        """
        try:
            return cls(
                measures=tuple(Measure(**measure) for measure in known["measures"]),
                columns=tuple(Picture.from_dict(picture) for picture in known["columns"]),
                pairs=Pairs.from_dict(known["pairs"]),
                ledger=tuple(known["ledger"]),
                provenance=known["provenance"],
                name=known["name"],
                k=known["k"],
                thresholds=known["thresholds"],
                diagnoses=tuple(Diagnosis.from_dict(each) for each in known["diagnoses"]),
                embedding=Embedding.from_dict(known["embedding"]),
            )
        except (KeyError, TypeError) as error:
            raise SourceError(f"the report lacks or misnames a part: {error}", where="report") from error

    def to_html(self) -> str:
        """The report as one page that needs no network."""
        from understudy.reports.html import page

        return page(self)

    def to_text(self) -> str:
        """The report as Markdown that also reads as plain text."""
        from understudy.reports.text import markdown

        return markdown(self)

    def save(self, path: str | Path) -> Path:
        """Write the report as its ending says: `.html`, `.json`, `.md` or `.txt`.

        Returns:
            The path written.

        Raises:
            ArgumentError: another ending.
            WriteError: it could not be written; nothing half-written stays.
            SourceDenied: the folder may not be written to.
        """
        path = Path(path)
        return put(path, form(path, "report")(self))

    def _repr_html_(self) -> str:
        from understudy.reports.html import embedded

        return embedded(self)

    def __str__(self) -> str:
        return f"Report on '{self.name}': {self.verdict}"


def plain(value: Any) -> Any:
    """A value as JSON knows it: lists for tuples, numbers for numpy's, None for NaN and infinities, text keys."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=str)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    return value if isinstance(value, int) else str(value)


def evaluate(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: str | None = None,
    protected: str | None = None,
    schema: Schema | None = None,
    columns: Sequence[str] | None = None,
    k: int = 8,
    seed: int = 0,
    thresholds: Mapping[str, float] | None = None,
    quick: bool = False,
    paired: bool = False,
    ledger: Sequence[Mapping[str, Any]] | None = None,
    provenance: Mapping[str, Any] | None = None,
    rules: Sequence[Any] = (),
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Judge a synthetic table beside the real one.

    Args:
        real: the rows learned from: a path, a frame or a table.
        synthetic: the stand-in, with the same columns.
        holdout: real rows that no model has seen; without them there is no ceiling and no privacy verdict.
        target: the column to be predicted, guessed where not named.
        protected: the column by which people may be treated unlike; without it fairness is not judged.
        schema: of the real table, inferred where not given.
        columns: those judged; by default all but keys, free text, personal data and what was generated afresh.
        k: real rows that anything shown stands on at least.
        seed: of every draw.
        thresholds: where the verdict on privacy draws its lines, as far as they differ from `Thresholds`.
        quick: whether slow scores are left out, with a note, and learners learn from fewer rows.
        paired: whether synthetic row i stands for real row i, as in partial synthesis; then it is judged who is found.
        ledger: what the model wrote down: generated, merged, clipped; `dropped` columns need not be there.
        provenance: further facts to be shown with the report.
        rules: what every row keeps: expressions, or constraints as a plan says them.
        on_progress: called with (stage, done, total).

    Raises:
        ArgumentError: `k` is below 1.
        PlanError: a rule is none, or does not fit its columns.
        SchemaError: the tables do not have the same columns, or paired ones not the same number of rows.
        TooFewRows: a table has no rows.
        UnknownColumn: the target or a judged column is not in the real table.
    """
    if k < 1:
        raise ArgumentError(
            f"k is {k}", hint="give the real rows that a bar stands on at least, 8 for example", field="k"
        )
    Thresholds.of(thresholds or {})
    begun, entries = perf_counter(), tuple(ledger or ())
    case = prepared(real, synthetic, holdout, schema, dropped=named(entries, "dropped"))
    generated = named(entries, "generated")
    if columns is None:
        columns = [name for name in judged(case.schema) if name not in generated]
    given = judge_of(
        case.real, case.synthetic, case.holdout, target=target, protected=protected, columns=columns, seed=seed,
        unreadable=case.unreadable, quick=quick, rules=ruling(rules, case.real, k), paired=paired,
    )  # fmt: skip
    measures = judge_case(given, on_progress)
    trends = next((measure.parts for measure in measures if measure.name == "fidelity.pairs"), {})
    shown = pictures(case.real, case.synthetic, k=k, hidden=generated)
    compared = [each.name for each in shown if each.axis != "hidden" and each.name in (*columns, target)]
    bonds = pairs(case.real.frame, case.synthetic.frame, compared, trends, seed)
    wrong = diagnoses(case.real, case.synthetic, compared, (bonds.columns, bonds.real, bonds.synthetic), k)
    how = {
        "target": target,
        "protected": protected,
        "seed": seed,
        "quick": quick,
        "paired": paired or None,
        "time": f"{perf_counter() - begun:.1f} s",
    }
    return Report(
        measures=tuple(shareable(measure, len(case.real), k) for measure in measures),
        columns=shown,
        pairs=bonds,
        ledger=entries,
        provenance={**facts(case), "k": k, "judge": how, "versions": versions(), **(provenance or {})},
        name=case.real.source.name,
        k=k,
        thresholds=thresholds or {},
        diagnoses=wrong,
        embedding=embedding(given, k),
    )
