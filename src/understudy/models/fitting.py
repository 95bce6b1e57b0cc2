"""From a table to a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from understudy.data.counting import counts_of, rolled
from understudy.data.infer import completed, infer
from understudy.data.scans import LARGE_ROWS, Rows, open_rows
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding import codebook
from understudy.encoding.codebook import Codebook
from understudy.encoding.codes import Codes
from understudy.engines import registry
from understudy.engines.contract import Fitted
from understudy.errors import ArgumentError, PlanError, TooFewRows, UnknownName, nearest
from understudy.execution.streams import stream
from understudy.models import calibration, ruling, strata
from understudy.models.calibration import Calibration
from understudy.models.form import Form, Rule
from understudy.models.memory import WHOLE, Memory, Watch
from understudy.models.memory import entries as remembered
from understudy.models.model import TABLE, Model
from understudy.models.parts import parts
from understudy.models.ruling import keeping
from understudy.plan.applying import Applied
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.proposals import propose
from understudy.providers import catalogue, sequence
from understudy.providers.provider import Provider
from understudy.rules.rewriting import Rewriting

OnProgress = Callable[[str, int, int], None]
SEEN = 1_000_000


def fit(
    data: Any,
    plan: Plan | Applied | None = None,
    *,
    engine: str | None = None,
    schema: Schema | None = None,
    seed: int | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> Model:
    """Learn a table.

    Of a table of more than two million rows, one million stand for all where its columns are described: their kinds,
    codes, ends and categories; k is counted among these. The engine then learns all rows. Large parquet and delimited
    files are never held as a whole.

    Args:
        data: the training rows: a path, a frame of pandas, polars or arrow, or a table.
        plan: what to do with each column, or a draft of it; proposed where None.
        engine: name of the engine, over the plan's.
        schema: of the table; what it leaves open is inferred.
        seed: over the plan's.
        on_progress: called with (stage, done, total).
        options: hyper-parameters of the engine, or fields of the plan (`k`, …), over the plan's.

    Raises:
        ArgumentError: the plan is none.
        TooFewRows: there are none to learn from.
        UnknownColumn: the plan names a column the table lacks.
        UnknownEngine: there is no such engine.
        SchemaError: a cell does not fit the schema.
    """
    table = open_rows(data)
    asked = _asked(plan, engine, seed, options)
    maker = registry.load(asked.engine, **asked.options)
    if len(table) < 2 or not table.columns:
        raise TooFewRows(
            f"{len(table)} rows", where=f"table '{table.source.name}'", hint="2 or more are needed to learn from"
        )
    asked.check(table.columns)
    table, counts = _counted(table, asked)
    tell = on_progress if on_progress is not None else silent
    found = described(table, schema, asked, tell)
    form = found.form
    learned, tuned = parts(table, form, asked.seed, tell, found.sieve, counts)
    fitted, memory, calibrated = _learned(learned, tuned, found, maker, tell)
    share, kept = keeping(form, fitted, asked.seed)
    ledger = [*found.ledger, *kept, *remembered(memory, maker, found.plan.privacy)]
    ledger += calibration.entries(found.plan.calibrate, calibrated)
    held = {TABLE: form.book}, {TABLE: fitted}, found.providers
    number = len(table) if counts is None else int(counts.sum())
    told = number, tuple(ledger), memory, calibrated, form.rewriting, form.held, share
    return Model(found.plan, form.schema, table.source, *held, *told)


def _counted(table: Rows, plan: Plan) -> tuple[Rows, NDArray[np.int64] | None]:
    """The rows without their count, and how many each stands for; None where each stands for itself."""
    if plan.unroll is None:
        return table, None
    if not isinstance(table, Table):
        hint = "give fewer rows, or each as often as it counts"
        raise PlanError("too many rows to count by a column", where="unroll", hint=hint, field="unroll")
    return rolled(table, plan.unroll), counts_of(table, plan.unroll)


@dataclass(frozen=True, eq=False)
class Described:
    """What is known of a table before an engine learns it.

    Attributes:
        plan: with every column's treatment.
        form: the columns, those dropped left out, their codes and the rules they keep.
        providers: who invents the values of each generated column.
        ledger: what was computed, generated, kept, merged, clipped, dropped or not learned from.
        sieve: rules of a row; rows that break one are not learned from.
    """

    plan: Plan
    form: Form
    providers: Mapping[str, Provider]
    ledger: tuple[Mapping[str, Any], ...]
    sieve: tuple[Rule, ...] = ()


def described(table: Rows, schema: Schema | None, asked: Plan, tell: OnProgress) -> Described:
    """The columns of a table as a plan asks for them, described by all rows or by those that stand for them."""
    tell("infer", 0, 1)
    seen = table.sample(len(table) if len(table) <= LARGE_ROWS else SEEN, asked.seed)
    known = infer(seen, edits=asked.edits()) if schema is None else completed(seen, schema, edits=asked.edits())
    full = asked.over(propose(known))
    kept = known.keep([name for name in known.names if full.columns[name].action != "drop"])
    if not len(kept):
        raise TooFewRows("every column is dropped", where="plan", hint="learn or generate at least one")
    _refuse_too_few(table, full, kept)
    frame = parse(seen, kept).frame
    plan = _without_blanks(full, frame, kept)
    held = ruling.held(plan, frame, kept)
    rewritten = ruling.rewritten(plan, frame, kept)
    invented = [name for name in plan.acting("generate") if name in kept]
    form = Form(kept, Codebook({}), rewritten, held, frozenset(invented))
    sieve = ruling.sieve(form, frame, plan.k)
    sound = rewritten.learned(frame.filter(ruling.kept(sieve, frame)))
    ordered = ruling.ordered(plan, kept, rewritten)
    form = replace(form, book=_book(sound, rewritten.schema(kept), plan, rewritten, ordered))
    providers = {name: _provider(frame[name], kept, plan.columns[name], plan.k) for name in invented}
    ruled = *ruling.entries(form, frame), *ruling.left_out(sieve, frame)
    ledger = (*_treated(plan, frame, providers), *ruled, *_lost(form), *_sampled(table, seen))
    tell("infer", 1, 1)
    return Described(plan, form, providers, ledger, sieve)


def _book(
    frame: pl.DataFrame, schema: Schema, plan: Plan, rewritten: Rewriting, ordered: Mapping[tuple[str, str], bool]
) -> Codebook:
    """The codes of the columns learned, and of the gaps of those invented or computed."""
    blank = [*plan.acting("generate"), *plan.acting("compute")]
    coded = [name for name in schema.names if name not in blank or frame[name].null_count()]
    coded = sorted(coded, key=lambda name: _turn(name, plan, rewritten))
    exempt = ruling.exempt(plan)
    exempt |= {each.name for each in rewritten.fusions if exempt.issuperset(each.columns)}
    return codebook.fit(frame, schema.keep(coded), k=plan.k, exempt=exempt, invented=blank, ordered=ordered)


def _turn(name: str, plan: Plan, rewritten: Rewriting) -> int:
    """When a learned column is drawn: first what tells groups apart, last what partial synthesis draws anew."""
    fused = next((each.columns for each in rewritten.fusions if each.name == name), (name,))
    if not set(plan.by).isdisjoint(fused):
        return 0
    return 1 + (not set(plan.replace).isdisjoint(fused))


def _lost(form: Form) -> list[dict[str, Any]]:
    """What protection took; of hidden columns in the name of those fused."""
    named = {each.name: ", ".join(each.columns) for each in form.rewriting.fusions}
    return [{**entry, "column": named.get(entry["column"], entry["column"])} for entry in form.book.lost()]


def _refuse_too_few(table: Rows, plan: Plan, kept: Schema) -> None:
    """With fewer rows than k no learned value could ever be written out."""
    columns = [plan.columns[name] for name in kept.names]
    if len(table) < plan.k and any(each.action == "learn" and not each.exempt for each in columns):
        raise TooFewRows(
            f"{len(table)} rows, where every value written out must be carried by k = {plan.k} of them",
            where=f"table '{table.source.name}'",
            hint="give more rows, lower k, or exempt columns in the plan",
            field="k",
        )


def _asked(plan: Any, engine: str | None, seed: int | None, options: Mapping[str, Any]) -> Plan:
    asked = Plan() if plan is None else plan.plan if isinstance(plan, Applied) else plan
    if not isinstance(asked, Plan):
        hint = "use us.Plan(...), us.draft(data), or us.read_plan(path)"
        raise ArgumentError(f"plan is {plan!r:.80}", hint=hint, field="plan")
    if engine is not None:
        asked = replace(asked, engine=engine, options={} if engine != asked.engine else asked.options)
    if seed is not None:
        asked = replace(asked, seed=seed)
    fields = {name: options[name] for name in options if name in Plan.__dataclass_fields__}
    rest = {name: value for name, value in options.items() if name not in fields}
    # The data is handed over; where it lies is nobody's business who gets the model.
    return replace(asked, **{**fields, "data": None, "options": {**asked.options, **rest}})


def silent(stage: str, done: int, total: int) -> None:
    """No one is told."""


def _without_blanks(plan: Plan, frame: pl.DataFrame, schema: Schema) -> Plan:
    """The plan, but for categories no level of which k rows carry: learned, they could only come out blank."""
    lone = [
        name
        for name in schema.names
        if schema[name].kind == "categorical"
        and plan.columns[name].action == "learn"
        and not plan.columns[name].exempt
        and 0 < _most_carried(frame[name]) < plan.k
    ]
    invented = {"action": "generate", "provider": "id", "reason": _unshared(plan)}
    changed = {name: replace(plan.columns[name], **invented) for name in lone}
    return replace(plan, columns={**plan.columns, **changed})


def _unshared(plan: Plan) -> str:
    return f"no level is carried by k = {plan.k} rows"


def _most_carried(values: pl.Series) -> int:
    """Rows of the most frequent value, 0 where all are missing."""
    counts = values.drop_nulls().unique_counts().to_numpy()
    return int(counts.max()) if len(counts) else 0


def _sampled(table: Rows, seen: Table) -> list[dict[str, Any]]:
    """The ledger's entry where a part of the rows stood for all."""
    if len(seen) == len(table):
        return []
    text = f"kinds, codes, ends and categories are those of {len(seen)} of {len(table)} rows; all rows were learned"
    return [{"column": WHOLE, "what": "sampled", "rows": len(seen), "values": None, "text": text}]


def _learned(
    rows: Codes, valid: Codes, found: Described, maker: Any, tell: OnProgress
) -> tuple[Fitted, Memory | None, Calibration | None]:
    """What the engine learned, what attacks on it won, and what calibrates it."""
    plan = found.plan
    if plan.replace and hasattr(maker, "orders"):
        maker = replace(maker, orders=1)  # the columns that stay come first, so that the others are drawn given them
    attacked = len(valid) and (plan.privacy != "relaxed" or plan.calibrate is not None)
    watch = Watch(rows, valid, plan.privacy, plan.seed) if attacked else None
    begun = maker.tightened() if plan.privacy == "tight" else maker
    rng = stream(plan.seed, "fit")
    told: Callable[[int, int], None] = lambda done, total: tell("fit", done, total)  # noqa: E731
    if plan.by:
        fitted: Fitted = strata.fit(begun, *strata.labels(found.form, plan.by), rows, valid, rng, told, watch)
    else:
        fitted = begun.fit(rows, None, valid, rng, told, watch)
    memory = None if watch is None else watch.memory(maker, begun)
    if plan.calibrate is None:
        return fitted, memory, None
    tell("calibrate", 0, 1)
    calibrated, memory = _calibrated(rows, valid, plan, watch, memory)
    tell("calibrate", 1, 1)
    return fitted, memory, calibrated


def _calibrated(
    rows: Codes, valid: Codes, plan: Plan, watch: Watch | None, memory: Memory | None
) -> tuple[Calibration | None, Memory | None]:
    """A calibration, no stronger than privacy allows, and what attacks win against the rows that it keeps."""
    alone, pool = None if watch is None else watch.alone, 1.0 if plan.calibrate is None else plan.calibrate
    found = calibration.fit(alone, rows, valid, plan.k, pool, stream(plan.seed, "calibrate"))
    if found is not None and alone is not None and watch is not None and memory is not None:
        before, after = memory, [memory]

        def gives_away(tried: Calibration) -> bool:
            after.append(watch.measure(alone, tried.draw))
            return bool(after[-1].remembers) and not before.remembers

        found = found.weakened(gives_away)
        memory = replace(before if found is None else after[-1], rounds=before.rounds, options=before.options)
    return None if found is None else found.of([rows, valid], plan.k), memory


def _provider(values: pl.Series, schema: Schema, column: ColumnPlan, k: int) -> Provider:
    described = schema[values.name]
    name = column.provider if column.provider is not None else (described.semantic or "text")
    if name not in catalogue.names():
        raise UnknownName(
            f"no provider '{name}'",
            where=f"column '{values.name}'",
            hint=nearest(name, catalogue.names()),
            field="provider",
        )
    words = values.drop_nulls().cast(pl.String)
    if name == "id" and described.unique and sequence.fits(words):
        counted = catalogue.fit("sequence", words, unique=True, k=k)
        if isinstance(counted, sequence.Sequence) and 0 <= counted.first <= abs(counted.step):
            return counted  # a count from the start says nothing; one from elsewhere would give real keys out again
    return catalogue.fit(name, words, unique=described.unique, k=k)


def _treated(plan: Plan, frame: pl.DataFrame, providers: Mapping[str, Provider]) -> list[dict[str, Any]]:
    """The ledger's entries on columns that were not simply learned."""
    told = {
        "generate": ("generated", "values invented afresh by provider '{}'"),
        "keep": ("kept", "real values may come out, as the plan asks"),
        "drop": ("dropped", "left out, as the plan asks"),
    }
    entries = []
    for name, column in plan.columns.items():
        if column.action in told:
            what, text = told[column.action]
            values = frame[name].n_unique() if column.action == "keep" and name in frame.columns else None
            said = text.format(providers[name].name if name in providers else "")
            if column.reason == _unshared(plan):
                said = f"{column.reason}: {said}"
            entries.append({"column": name, "what": what, "rows": None, "values": values, "text": said})
    return entries
