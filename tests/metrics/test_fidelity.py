"""Column Shapes and Column Pair Trends: equal to SDMetrics, and to its documented figures."""

import warnings
from collections.abc import Callable
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics import fidelity
from understudy.metrics.trends import correlations

SDTYPES = {"integer": "numerical", "decimal": "numerical", "date": "datetime", "constant": "categorical"}


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Columns as a user of SDMetrics has them: floats with NaN, objects with None, datetimes with NaT."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype in (pl.Date, pl.Datetime):
            columns[name] = values.cast(pl.Datetime("us")).to_numpy()
        elif values.dtype.is_numeric():
            columns[name] = (
                values.to_numpy() if not values.null_count() else values.cast(pl.Float64).fill_null(np.nan).to_numpy()
            )
        elif values.dtype == pl.Boolean and not values.null_count():
            columns[name] = values.to_numpy()
        else:
            columns[name] = pd.Series(values.to_list(), dtype=object)
    return pd.DataFrame(columns)


def sdmetrics(real: Table, synthetic: Table) -> tuple[dict[str, float], dict[frozenset[str], float], Any, Any, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport
        from sdmetrics.reports.single_table._properties import ColumnPairTrends

        kinds = {each.name: SDTYPES.get(each.kind, each.kind) for each in real.typed.columns}
        metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
        report = QualityReport()
        report.generate(as_pandas(real.frame), as_pandas(synthetic.frame), metadata, verbose=False)
        loose = ColumnPairTrends()
        everywhere = loose.get_score(as_pandas(real.frame), as_pandas(synthetic.frame), metadata)
    scores = report.get_properties().set_index("Property")["Score"]
    shapes = report.get_details("Column Shapes").set_index("Column")["Score"].to_dict()
    pairs = {
        frozenset((a, b)): score
        for a, b, score in loose.details[["Column 1", "Column 2", "Score"]].itertuples(index=False)
    }
    return shapes, pairs, scores["Column Shapes"], scores["Column Pair Trends"], everywhere


def same(ours: float | None, theirs: float) -> bool:
    return (ours is None and np.isnan(theirs)) or (ours is not None and abs(ours - theirs) < 1e-6)


def check(real: Table, synthetic: Table) -> None:
    shapes, pairs, overall, trend, everywhere = sdmetrics(real, synthetic)
    ours, theirs = fidelity.shapes(real, synthetic), fidelity.pairs(real, synthetic)
    assert same(ours.parts["full"], overall)
    assert {name for name, score in shapes.items() if not same(ours.parts["by"][name], score)} == set()
    names, scores = theirs.parts["names"], theirs.parts["score"]
    found = {frozenset((a, b)): scores[i][j] for i, a in enumerate(names) for j, b in enumerate(names) if i < j}
    assert {pair for pair, score in pairs.items() if not same(found[pair], score)} == set()
    assert same(theirs.parts["full"], trend)
    assert same(theirs.parts["all_pairs"], everywhere)


def random_frame(rows: int, seed: int) -> pl.DataFrame:
    """Kinds at random, with nulls, skew, ties and far outliers, related through one hidden number."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=rows)
    days = pl.Series((hidden * 40).astype(int) + 18_000).cast(pl.Date)
    frame = pl.DataFrame(
        {
            "normal": hidden + rng.normal(size=rows) * 0.3,
            "skewed": np.exp(3 * hidden),
            "count": rng.poisson(np.exp(hidden)),
            "zeros": np.where(hidden > 1, np.round(hidden * 1000), 0),
            "huge": rng.normal(size=rows) * 1e15,
            "tiny": hidden * 1e-12,
            "constant": np.full(rows, 7),
            "grade": np.array(list("abcdef"))[np.clip((hidden * 2 + 3).astype(int), 0, 5)],
            "rare": [f"v{each}" for each in rng.zipf(1.6, rows) % 500],
            "flag": hidden + rng.normal(size=rows) > 0,
            "same": ["x"] * rows,
            "day": days,
            "moment": pl.Series((hidden * 1e12).astype(int)).cast(pl.Datetime("us")),
        }
    )
    holes = {
        name: rng.random(rows) < share
        for name, share in {"skewed": 0.2, "grade": 0.1, "flag": 0.05, "day": 0.3}.items()
    }
    holes["grade"] |= hidden > 1.5
    return frame.with_columns(
        pl.when(pl.lit(pl.Series(lost))).then(None).otherwise(pl.col(name)).alias(name) for name, lost in holes.items()
    )


@pytest.mark.parametrize(("rows", "seed"), [(1_500, 0), (1_500, 1), (200, 2), (40, 3)])
def test_equals_sdmetrics_on_independent_samples(rows: int, seed: int, table: Callable[..., Table]) -> None:
    check(table(random_frame(rows, seed)), table(random_frame(rows + rows // 3, seed + 100)))


def test_equals_sdmetrics_on_shuffled_columns(
    table: Callable[..., Table], shuffle: Callable[..., pl.DataFrame]
) -> None:
    frame = random_frame(1_000, 5)
    check(table(frame), table(shuffle(frame)))


def test_equals_sdmetrics_on_people(table: Callable[..., Table], people: Callable[[int, int], pl.DataFrame]) -> None:
    check(table(people(800, 1)), table(people(700, 2)))


def test_equals_sdmetrics_where_columns_are_empty(table: Callable[..., Table]) -> None:
    real = {"a": [1.0, 2.0, 3.0, 4.0], "none": pl.Series([None] * 4, dtype=pl.Float64), "b": ["x", "y", "x", None]}
    fake = {"a": [1.5, 2.0, None, None], "none": pl.Series([None] * 4, dtype=pl.Float64), "b": ["x", "z", "z", "q"]}
    check(table(real), table(fake))


def toy() -> tuple[dict[str, Any], dict[str, Any]]:
    real = {
        "col1": [0, 1, 2, 3],
        "col2": ["a", "b", "c", "d"],
        "col3": [True, False, False, True],
        "col4": [datetime(2020, 10, 1), datetime(2021, 1, 2), datetime(2021, 9, 12), datetime(2022, 10, 1)],
        "col5": [date(2020, 9, 13), date(2020, 12, 1), date(2021, 1, 12), date(2022, 8, 13)],
    }
    synthetic = {
        "col1": [0, 2, 2, 3],
        "col2": ["a", "c", "c", "b"],
        "col3": [False, False, False, True],
        "col4": [datetime(2020, 11, 4), datetime(2021, 2, 1), datetime(2021, 8, 1), datetime(2022, 12, 1)],
        "col5": [date(2020, 10, 13), date(2020, 2, 4), date(2021, 3, 11), date(2022, 7, 23)],
    }
    return real, synthetic


def test_the_documented_figures_of_the_toy_frame(table: Callable[..., Table]) -> None:
    real, synthetic = (table(each) for each in toy())
    assert fidelity.shapes(real, synthetic).parts["full"] == pytest.approx(0.75)
    found = fidelity.pairs(real, synthetic)
    assert found.parts["all_pairs"] == pytest.approx(0.5005754481922459, abs=1e-12)
    check(real, synthetic)


def test_the_documented_figures_of_student_placements(table: Callable[..., Table]) -> None:
    demos = Path(find_spec("sdmetrics").origin).parent / "demos" / "single_table"  # type: ignore[union-attr, arg-type]
    names = ["start_date", "second_perc", "work_experience", "degree_type"]
    real, synthetic = (
        table(pl.read_csv(demos / f"student_placements_{side}.csv", columns=names, try_parse_dates=True))
        for side in ("real", "synthetic")
    )
    by = fidelity.shapes(real, synthetic).parts["by"]
    figures = {"start_date": 0.6621621621621622, "second_perc": 0.8976744186046511}
    figures |= {"work_experience": 0.9953488372093023, "degree_type": 0.9395348837209302}
    assert by == pytest.approx(figures, abs=1e-12)
    found = fidelity.pairs(real, synthetic).parts
    place = {name: found["names"].index(name) for name in names}
    known = {("start_date", "second_perc"): 0.9187918131436303, ("second_perc", "degree_type"): 0.772093023255814}
    known |= {("work_experience", "degree_type"): 0.9348837209302325, ("start_date", "degree_type"): 0.7162790697674419}
    assert {pair: found["score"][place[pair[0]]][place[pair[1]]] for pair in known} == pytest.approx(known, abs=1e-9)


def test_correlations_by_definition() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(50, 4)) * [1, 1e9, 1e-9, 1e200] + [1e6, 0, 1, 0]
    numbers[rng.random(numbers.shape) < 0.2] = np.nan
    expected = pd.DataFrame(numbers / [1, 1, 1, 1e200]).corr().to_numpy()
    assert np.allclose(correlations(numbers), expected, atol=1e-8)


def test_a_correlation_that_hangs_on_one_far_row() -> None:
    far = np.array([[1.0, 2.0], [1.0 + 1e-6, 3.0], [1.0 + 3e-6, 2.5], [1e9, np.nan]])
    expected = np.corrcoef((far[:3, 0] - 1) * 1e6, far[:3, 1])[0, 1]
    assert correlations(far)[0, 1] == pytest.approx(expected, abs=1e-6)


def test_a_rescaled_column_is_seen(trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    moved = Table(train.frame.with_columns(pl.col("pay") * 50 + 1000), schema=train.schema)
    shapes, pairs = fidelity.shapes(train, moved, holdout), fidelity.pairs(train, moved, holdout)
    assert shapes.parts["by"]["pay"] < 0.2
    assert (shapes.high or 1) < (shapes.ceiling or 0)
    assert pairs.parts["real_edges"] < pairs.parts["full"] - 0.05


def test_matrices_are_symmetric_and_in_the_order_of_the_table(trio: tuple[Table, Table]) -> None:
    train, holdout = trio
    parts = fidelity.pairs(train, holdout).parts
    assert parts["names"] == train.columns
    for what in ("score", "real", "synthetic"):
        matrix = np.array(parts[what], dtype=float)
        assert np.array_equal(matrix, matrix.T, equal_nan=True)
    assert parts["worst"][0]["score"] <= parts["full"]
