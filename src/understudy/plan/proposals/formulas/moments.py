"""Columns computed from dates: differences, parts of dates, dates that follow from others."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import polars as pl

from understudy.data.schema import Column, Schema
from understudy.plan.proposals.formulas.fits import fitted
from understudy.plan.proposals.formulas.formula import Formula
from understudy.plan.proposals.formulas.numbers import Numbers, floats
from understudy.plan.proposals.formulas.simplest import number
from understudy.rules.expressions import parse
from understudy.rules.expressions.tree import spelled_name

DATED = frozenset({"date", "datetime"})
DATE_PARTS = ("year", "month", "day", "weekday", "quarter")
TIME_PARTS = ("hour", "minute", "second")
MOST_MOMENTS = 12
SAMPLE_AGREES = 0.975
FEW_ROWS = 400
OF_ONE = (
    "days({0}, date(year({0}), 1, 1)) + 1",
    "year({0}) * 100 + month({0})",
    "year({0}) * 10000 + month({0}) * 100 + day({0})",
)
OF_DAYS = ("days({0}, {1})", "year({0}) - year({1})", "(year({0}) - year({1})) * 12 + month({0}) - month({1})")
OF_TIMES = ("hours({0}, {1})", "seconds({0}, {1})", "days(date({0}), date({1}))")


def moments_of(frame: pl.DataFrame, schema: Schema) -> list[Column]:
    """The columns that hold dates, datetimes or times, as many as are looked at."""
    kinds = DATED | {"time"}
    return [each for each in schema.columns if each.kind in kinds and frame[each.name].n_unique() > 1][:MOST_MOMENTS]


def numbers_from(rows: pl.DataFrame, schema: Schema, numbers: Numbers) -> Iterator[Formula]:
    """Numeric columns that a sample of rows gives as an affine function of a part of a date or of a difference."""
    for text, inputs, cost in sorted(_features(moments_of(rows, schema)), key=lambda each: each[2]):
        f = floats(parse(text).over(rows).cast(pl.Float64))
        if np.unique(f[np.isfinite(f)]).size < 2:
            continue
        for target, name in enumerate(numbers.names):
            y, unit = numbers.values[:, target], float(numbers.units[target])
            if not _alike(y, f):
                continue
            fit = fitted(y, f, unit)
            if fit is not None and fit.cost <= 8:
                rounded = fit.mode == "round"
                whole, loose = parse(fit.text(text)).text, parse(fit.loose(text)).text
                yield Formula(
                    name,
                    whole,
                    inputs,
                    cost + fit.cost,
                    fit.unit if rounded else unit,
                    loose if rounded else "",
                    fit.sure,
                )


def _alike(y: np.ndarray, f: np.ndarray) -> bool:
    """Whether ranks or values move so closely together that a line with a few strays is possible."""
    y, f = y[:FEW_ROWS], f[:FEW_ROWS]
    both = np.isfinite(y) & np.isfinite(f)
    if both.sum() < 20:
        return False
    order = np.argsort(f[both], kind="stable")
    steps = np.sign(np.diff(y[both][order])) * (np.diff(f[both][order]) > 0)
    return bool(min((steps < 0).mean(), (steps > 0).mean()) <= 0.03)


def _features(columns: list[Column]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Texts of functions of one or two moments, with their columns and costs."""
    for each in columns:
        name = spelled_name(each.name)
        parts = (*(DATE_PARTS if each.kind in DATED else ()), *(TIME_PARTS if each.kind != "date" else ()))
        for part in parts:
            yield f"{part}({name})", (each.name,), 1
        if each.kind in DATED:
            whole = name if each.kind == "date" else f"date({name})"
            for form in OF_ONE:
                yield form.format(whole if "days" in form else name), (each.name,), 3
    for left, right in permutations([each for each in columns if each.kind in DATED], 2):
        names = (left.name, right.name)
        timed = "datetime" in (left.kind, right.kind)
        for form in (*OF_DAYS, *(OF_TIMES if timed else ())):
            yield form.format(*map(spelled_name, names)), names, form.count("{")


def numbers_with(rows: pl.DataFrame, schema: Schema, numbers: Numbers) -> Iterator[Formula]:
    """Numeric columns that are the year of a date less another number, more or less a constant: ages."""
    for moment in moments_of(rows, schema):
        if moment.kind not in DATED:
            continue
        text = f"year({spelled_name(moment.name)})"
        years = floats(parse(text).over(rows).cast(pl.Float64))
        if np.unique(years[np.isfinite(years)]).size < 2:
            continue
        for target, place in permutations(range(len(numbers)), 2):
            rest = (years - numbers.values[:, place] - numbers.values[:, target])[:FEW_ROWS]
            rest = rest[np.isfinite(rest)]
            offset = float(np.median(rest)) if len(rest) >= 20 else None
            if offset is not None and (rest == offset).mean() >= SAMPLE_AGREES:
                other = numbers.names[place]
                added = f" {'-' if offset > 0 else '+'} {number(abs(offset))}" if offset else ""
                whole = parse(f"{text} - {spelled_name(other)}{added}").text
                yield Formula(numbers.names[target], whole, (moment.name, other), 3 + bool(offset), 1.0)


def moments_from(rows: pl.DataFrame, schema: Schema) -> Iterator[Formula]:
    """Dates that a sample of rows gives as another date: its day alone, the first of its month, so many days on."""
    columns = [each for each in moments_of(rows, schema) if each.kind in DATED]
    for source, target in permutations(columns, 2):
        name = spelled_name(source.name)
        forms = [f"date({name})"] if source.kind == "datetime" else []
        forms += [f"date(year({name}), month({name}), 1)"]
        shift = _shift(rows[target.name], rows[source.name])
        if shift is not None:
            forms.append(f"{name} {'+' if shift > 0 else '-'} {number(abs(shift))}")
        for cost, text in enumerate(forms, 1):
            said = parse(text).over(rows)
            if said.dtype == rows[target.name].dtype and _equal(rows[target.name], said) >= SAMPLE_AGREES:
                yield Formula(target.name, text, (source.name,), cost)


def _shift(later: pl.Series, earlier: pl.Series) -> float | None:
    """The days that nearly always lie between two dates, None where they differ; none for equal ones."""
    if later.dtype != earlier.dtype:
        return None
    apart = (later - earlier).drop_nulls().dt.total_microseconds() / 86_400_000_000
    if len(apart) < 20:
        return None
    stamps = apart.to_numpy()
    days = float(np.median(stamps))
    return days if days and (stamps == days).mean() >= SAMPLE_AGREES else None


def _equal(actual: pl.Series, said: pl.Series) -> float:
    """The share of rows that agree, of those in which both have a value."""
    same = (actual == said).drop_nulls()
    return int(same.sum()) / len(same) if len(same) else 0.0
