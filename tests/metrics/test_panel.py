"""The panel: learners taught by stand-ins of known worth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.panel import importance, learners, order, ranking, spearman, tau_b

ALL = (learners, ranking, importance)


def signs(rows: int, seed: int) -> pl.DataFrame:
    """The target is the sign of one column; four others say nothing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 5))
    return pl.DataFrame({f"x{each}": x[:, each] for each in range(5)} | {"y": x[:, 0] > 0})


def steps(rows: int, seed: int) -> pl.DataFrame:
    """A line, a step, a product and a category: some learners see more of it than others."""
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.normal(size=(4, rows))
    job = rng.integers(0, 4, rows)
    score = a + 2 * (b > 0.5) + 2 * c * d + (job == 2) + rng.normal(size=rows) / 2
    frame = {"a": a, "b": b, "c": c, "d": d, "job": pl.Series(job).cast(pl.String), "n": rng.normal(size=rows)}
    return pl.DataFrame(frame | {"y": score > 0.5, "score": score})


@pytest.fixture(scope="module")
def judged(table: Callable[..., Table]) -> Callable[..., Case]:
    def made(
        real: pl.DataFrame, synthetic: pl.DataFrame, holdout: pl.DataFrame | None = None, target: str = "y"
    ) -> Case:
        last = None if holdout is None else table(holdout)
        return case(table(real), table(synthetic), last, target=target)

    return made


@given(st.integers(0, 10_000), st.integers(3, 8))
def test_tau_and_spearman_are_scipys(seed: int, count: int) -> None:
    from scipy.stats import kendalltau, spearmanr

    one, two = np.random.default_rng(seed).integers(0, 5, (2, count)).astype(float)
    found = tau_b(order(one[:, None]), order(two[:, None]))[0], spearman(one[:, None], two[:, None])[0]
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        assert np.isnan(found).all()
    else:
        assert found[0] == pytest.approx(kendalltau(one, two).statistic)
        assert found[1] == pytest.approx(spearmanr(one, two).statistic)


def test_scores_nearer_than_the_error_of_their_difference_are_tied() -> None:
    draws = np.array([[0.9, 0.8, 1.0], [0.88, 0.88, 0.88], [0.4, 0.3, 0.5]])
    # the error of the first gap is 0.1; the third moves with the first, so that their gap is certain
    assert order(draws)[:, 0].tolist() == [0, 1, 1]


def test_one_column_that_says_all_teaches_every_learner(judged: Callable[..., Case]) -> None:
    given_case = judged(signs(2_000, 0), signs(2_000, 1), signs(1_000, 2))
    found = learners.on(given_case)
    assert found.parts["left_out"] == []
    assert len(found.parts["by"]) == 10
    for by in found.parts["by"].values():
        assert by["tstr"] > 0.9
        assert by["trts"] > 0.9
        assert by["ratio"] == pytest.approx(1, abs=0.05)
        assert by["low"] <= by["ratio"] <= by["high"]
    assert found.value == pytest.approx(1, abs=0.02)
    assert (found.ceiling, found.floor) == (1, 0)
    leaned = importance.on(given_case)
    assert next(iter(leaned.parts["by"])) == "x0"
    assert leaned.parts["by"]["x0"]["synthetic"] > 0.3
    assert leaned.parts["k"] == 2


@pytest.mark.parametrize("target", ["y", "score"])
def test_a_bootstrap_of_the_real_rows_is_as_good_as_they_are(target: str, judged: Callable[..., Case]) -> None:
    real = steps(3_000, 0).drop("score" if target == "y" else "y")
    again = real[np.random.default_rng(1).integers(0, 3_000, 3_000)]
    given_case = judged(real, again, steps(1_500, 2).select(real.columns), target)
    ratio, tau, leaned = (each.on(given_case) for each in ALL)
    assert ratio.value == pytest.approx(1, abs=0.08)
    assert tau.value is not None
    assert tau.ceiling is not None
    assert leaned.value is not None
    assert leaned.ceiling is not None
    assert tau.value > 0.75
    assert tau.ceiling > 0.75
    assert tau.low is not None
    assert tau.high is not None
    assert tau.low <= tau.value <= tau.high <= 1
    assert leaned.value > 0.8
    assert leaned.ceiling > 0.8
    assert leaned.parts["overlap"] >= 2 / 3
    assert ratio.parts["score"] == ("AUC" if target == "y" else "R²")
    assert ratio.parts["train_rows"] == 1_500


def test_a_shuffled_target_teaches_nothing(judged: Callable[..., Case]) -> None:
    real, holdout, taus = steps(1_000, 0).drop("score"), steps(1_000, 2).drop("score"), []
    for seed in range(2):
        synthetic = steps(1_000, 10 + seed).drop("score").with_columns(pl.col("y").shuffle(seed=seed))
        given_case = judged(real, synthetic, holdout)
        found = learners.on(given_case)
        assert found.value == pytest.approx(0, abs=0.2)
        assert found.high is not None
        assert found.high < 0.5
        taus.append(ranking.on(given_case).value or 0.0)
    assert np.mean(taus) < 0.45


def test_more_classes_and_no_holdout(people: Callable, judged: Callable[..., Case]) -> None:
    given_case = judged(people(1_200, 0), people(1_200, 1), None, "job")
    found = learners.on(given_case)
    assert found.parts["score"] == "macro AUC"
    assert found.value == pytest.approx(1, abs=0.15)
    assert "want of a holdout" in found.note
    assert found.parts["test_rows"] + 2 * found.parts["train_rows"] <= 1_200


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(judged: Callable[..., Case]) -> None:
    real, synthetic, holdout = (steps(rows, seed).drop("score") for rows, seed in ((300, 0), (300, 1), (200, 2)))
    once = [each.on(judged(real, synthetic, holdout)) for each in ALL]
    before = synthetic.clone()
    turned = synthetic.reverse().select(sorted(synthetic.columns, reverse=True))
    again = [each.on(judged(real, turned, holdout)) for each in ALL]
    assert once == again
    assert synthetic.equals(before)


NOISE = np.random.default_rng(1).normal(size=(60, 300))
HALF = ["a", "b"] * 30


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ({"y": ["a"] * 60, "x": [1] * 60}, "no judged column can be predicted"),
        ({"y": HALF}, "only judged column"),
        ({"y": ["a", "b"], "x": [1, 2]}, "no judged column can be predicted"),
        ({"y": HALF, "x": [1] * 60}, "no ratio"),
        ({"y": HALF, "x": pl.Series([None] * 60, dtype=pl.Float64)}, "no ratio"),
        ({"y": HALF, "x": [f"v{each}" for each in range(60)]}, ""),
        ({"y": pl.Series([f"v{each % 12}" for each in range(60)]), "x": range(60)}, ""),
        ({"y": ["a", "b", None] * 20, "x": [1.0, 3.0, None] * 20, "z": [None, "k", "l"] * 20}, ""),
        ({"y": HALF} | {f"x{i}": NOISE[:, i] for i in range(300)}, ""),
        ({"y": NOISE[:, 0] * 1e200, "x": NOISE[:, 1] * 1e200}, ""),
        ({"y": NOISE[:30, 0], "x": NOISE[:30, 1]}, ""),
    ],
)
def test_odd_tables_get_a_figure_or_a_reason(frame: Any, why: str, table: Callable[..., Table]) -> None:
    known = table(frame)
    given_case = case(known, known, known, target="y")
    for each in ALL:
        found = each.on(given_case)
        assert why in found.note or each is not learners
        assert found.note
        assert found.value is None or np.isfinite(found.value)


def test_a_stand_in_with_one_value_says_why(table: Callable[..., Table]) -> None:
    real = table({"y": HALF, "x": range(60)})
    found = learners(real, table({"y": ["a"] * 60, "x": range(60)}), target="y")
    assert found.value is None
    assert "one value in the synthetic rows" in found.note
