"""From a table to a model."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from understudy.data.files import read
from understudy.data.infer import completed, infer
from understudy.data.schema import Schema
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding import codebook
from understudy.engines import registry
from understudy.errors import TooFewRows, UnknownName, nearest
from understudy.execution.streams import stream
from understudy.models.model import TABLE, Model
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.proposals import propose
from understudy.providers import catalogue, sequence
from understudy.providers.provider import Provider

OnProgress = Callable[[str, int, int], None]
INNER = 10
FEWEST_INNER = 200


def fit(
    data: Any,
    plan: Plan | None = None,
    *,
    engine: str | None = None,
    schema: Schema | None = None,
    seed: int | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> Model:
    """Learn a table.

    Args:
        data: the training rows: a path, a frame of pandas, polars or arrow, or a table.
        plan: what to do with each column; proposed where None.
        engine: name of the engine, over the plan's.
        schema: of the table; what it leaves open is inferred.
        seed: over the plan's.
        on_progress: called with (stage, done, total).
        options: hyper-parameters of the engine, or fields of the plan (`k`, …), over the plan's.

    Raises:
        TooFewRows: there are none to learn from.
        UnknownColumn: the plan names a column the table lacks.
        UnknownEngine: there is no such engine.
        SchemaError: a cell does not fit the schema.
    """
    table = read(data)
    asked = _asked(plan, engine, seed, options)
    maker = registry.load(asked.engine, **asked.options)
    if len(table) < 2 or not table.columns:
        raise TooFewRows(
            f"{len(table)} rows", where=f"table '{table.source.name}'", hint="2 or more are needed to learn from"
        )
    tell = on_progress if on_progress is not None else silent
    tell("infer", 0, 1)
    known = infer(table, edits=asked.edits()) if schema is None else completed(table, schema, edits=asked.edits())
    asked.check(known)
    full = asked.over(propose(known))
    kept = known.keep([name for name in known.names if full.columns[name].action != "drop"])
    if not len(kept):
        raise TooFewRows("every column is dropped", where="plan", hint="learn or generate at least one")
    _refuse_too_few(table, full, kept)
    typed = parse(table, kept)
    tell("infer", 1, 1)
    return _learn(typed, kept, _without_blanks(full, typed.frame, kept), maker, tell)


def _refuse_too_few(table: Table, plan: Plan, kept: Schema) -> None:
    """With fewer rows than k no learned value could ever be written out."""
    columns = [plan.columns[name] for name in kept.names]
    if len(table) < plan.k and any(each.action == "learn" and not each.exempt for each in columns):
        raise TooFewRows(
            f"{len(table)} rows, where every value written out must be carried by k = {plan.k} of them",
            where=f"table '{table.source.name}'",
            hint="give more rows, lower k, or exempt columns in the plan",
            field="k",
        )


def _asked(plan: Plan | None, engine: str | None, seed: int | None, options: Mapping[str, Any]) -> Plan:
    asked = Plan() if plan is None else plan
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


def _learn(typed: Table, schema: Schema, plan: Plan, maker: Any, tell: OnProgress) -> Model:
    invented = [name for name in plan.acting("generate") if name in schema]
    coded = [name for name in schema.names if name not in invented or typed.frame[name].null_count()]
    exempt = [name for name, column in plan.columns.items() if column.exempt or column.action == "keep"]
    tell("encode", 0, 1)
    book = codebook.fit(typed.frame, schema.keep(coded), k=plan.k, exempt=exempt, invented=invented)
    codes = book.encode(typed.frame)
    tell("encode", 1, 1)
    order = stream(plan.seed, "inner split").permutation(len(codes))
    inner = len(codes) // INNER if len(codes) >= FEWEST_INNER else 0
    fitted = maker.fit(
        codes.take(order[inner:]),
        None,
        codes.take(order[:inner]),
        stream(plan.seed, "fit"),
        lambda done, total: tell("fit", done, total),
    )
    providers = {name: _provider(typed.frame[name], schema, plan.columns[name], plan.k) for name in invented}
    ledger = (*_treated(plan, typed.frame, providers), *book.lost())
    return Model(plan, schema, typed.source, {TABLE: book}, {TABLE: fitted}, providers, len(typed), ledger)


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
