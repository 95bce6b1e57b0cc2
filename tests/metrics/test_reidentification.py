"""Replicated uniques and attribute disclosure: by hand, as published, honest and copied stand-ins."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.keys import Keyed, Rows, keyed, numbered
from understudy.metrics.metric import Metric
from understudy.metrics.reidentification import disclosure, identity, looked_up, replicated, weap

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
REAL = ["af flu", "am flu", "am flu", "bf cold", "bm flu", "bm cold", "cf hip"]
FAKE = ["af flu", "am flu", "am cold", "bf flu", "bm cold", "bm cold", "cm hip"]
HELD = ["af flu", "bm cold", "cf hip"]


def rows(cells: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"town": [c[0] for c in cells], "sex": [c[1] for c in cells], "ill": [c[3:] for c in cells]})


def known(rows: int, seed: int) -> pl.DataFrame:
    """Three keys of skewed levels, an illness that depends on them, and a number."""
    rng = np.random.default_rng(seed)
    town, age = rng.geometric(0.15, rows).clip(1, 30), rng.integers(18, 60, rows)
    ill = np.array(["flu", "cold", "hip"])[(town + age // 10 + rng.integers(0, 2, rows)) % 3]
    sex = np.array(["m", "f"])[rng.integers(0, 2, rows)]
    return pl.DataFrame({"town": town.astype(str), "age": age, "sex": sex, "ill": ill, "pay": rng.normal(size=rows)})


@pytest.fixture
def toy(table: Callable[..., Table]) -> Case:
    return case(table(rows(REAL)), table(rows(FAKE)), table(rows(HELD)), target="ill")


def test_every_figure_of_the_toy_tables(toy: Case) -> None:
    """Unique in the original: af, bf, cf; of these af and bf occur, both once; cm is unique in the stand-in alone."""
    assert replicated(keyed(toy)) == pytest.approx(
        {"unique_real": 3 / 7, "unique_synthetic": 3 / 7, "unique_found": 2 / 7, "replicated_uniques": 2 / 7}
    )
    parts = disclosure.on(toy).parts
    assert parts["keys"] == ["sex", "town"]
    assert parts["target"] == "ill"
    # all but cf are found; af (flu, right), bf (flu, wrong) and bm (cold, right of one) are certain
    figures = {"found": 6 / 7, "certain": 4 / 7, "disco": 2 / 7, "dcap": 3 / 7, "tcap": 1 / 2, "tcap_found": 1 / 3}
    figures |= {"disclosive_real": 5 / 7, "weap_real": 6 / 7, "weap_synthetic": 6 / 7, "baseline": 21 / 49}
    assert {name: parts[name] for name in figures} == pytest.approx(figures)
    assert parts["holdout"]["disco"] == pytest.approx(2 / 3)
    assert parts["majority"] == {"level": None, "share": 0.5, "frequency": pytest.approx(2 / 7), "flagged": False}


def test_the_attacks_on_the_toy_tables(toy: Case) -> None:
    """Blocks of three rows, two of the training rows; all holdout rows are unique, and af alone occurs just once."""
    found = identity.on(toy)
    assert found.parts["size"] == 3
    assert found.parts["controls"] == 3
    assert found.parts["control"] == pytest.approx(1 / 3)
    assert disclosure.on(toy).parts["trials"] == 7


@pytest.mark.parametrize("score", [identity, disclosure], ids=lambda score: score.name)
def test_the_order_of_rows_and_columns_does_not_matter(score: Metric, table: Callable[..., Table]) -> None:
    first, second, third = known(300, 0), known(300, 1), known(100, 2)
    turned = first[::-1].select(first.columns[::-1])
    assert score(table(first), table(second), table(third)) == score(table(turned), table(second[::-1]), table(third))


def test_the_p_of_a_stand_in_that_knows_no_row_is_even(table: Callable[..., Table]) -> None:
    """Rows of two blocks share keys: over 200 honest stand-ins p lies below 5 % and 20 % about as often (4 errors)."""
    found = []
    for seed in range(200):
        keys = np.random.default_rng(seed).geometric(0.2, 130).clip(1, 40)
        frames = np.split(keys, [60, 100])
        parts = (table(pl.DataFrame({"age": each, "ill": ["y", "n"] * (len(each) // 2)})) for each in frames)
        found.append(identity(*parts, target="ill", seed=seed).parts.get("p", 1.0))
    for level in (0.05, 0.2):
        assert np.mean(np.array(found) <= level) < level + 4 * np.sqrt(level * (1 - level) / 200)


def test_rows_unique_in_their_block() -> None:
    rng = np.random.default_rng(0)
    keys, lone = rng.integers(0, 30, 100), rng.random(30) < 0.4
    blocks = [keys[start : start + 12].tolist() for start in range(0, 96, 12)]
    alone = [key for block in blocks for key in block if block.count(key) == 1]
    assert looked_up(lone, keys, 12) == (sum(lone[key] for key in alone), len(alone))


@pytest.mark.skipif(not SHARED.exists(), reason="shared data not on this machine")
def test_adult_as_published() -> None:
    """Raab, Nowok and Dibben (2024), table 1 and text: keys age, occupation, race, sex; Dorig in per cent."""
    frame = pl.read_csv(SHARED / "adult" / "adult.csv.gz", infer_schema=False).select(pl.all().rank("dense"))
    codes = {name: frame[name].to_numpy().astype(np.int64) for name in frame.columns}
    key = numbered([np.column_stack([codes[name] for name in ("age", "occupation", "race", "sex")])])[0]
    published = {"capital_gain": 22.55, "capital_loss": 30.61, "education": 3.71, "hours_per_week": 4.36}
    published |= {"marital_status": 8.23, "native_country": 17.09, "relationship": 5.17, "workclass": 14.27}
    for name, share in published.items():
        pair = numbered([np.column_stack([key, codes[name]])])[0]
        side = Rows(key, codes[name], pair)
        found = Keyed((), name, side, side, None, int(key.max()) + 1, int(pair.max()) + 1)
        assert 100 * replicated(found)["replicated_uniques"] == pytest.approx(2.68, abs=0.005)
        assert 100 * (weap(found, side) == 1).mean() == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("sizes", [(400, 400, 100), (200, 500, 300)])
def test_honest_stand_ins_are_not_flagged(sizes: tuple[int, int, int], table: Callable[..., Table]) -> None:
    """120 independent samples each: in 1 % of runs more than 12 have p < 0.05; the mean excess is 0 or a bit below."""
    ends = np.cumsum(sizes)
    found = []
    for seed in range(120):
        frame = known(int(ends[-1]), seed)
        parts = (table(frame[: ends[0]]), table(frame[ends[0] : ends[1]]), table(frame[ends[1] :]))
        one = case(*parts, target="ill", seed=seed)
        found.append([identity.on(one), disclosure.on(one)])
    for measures in zip(*found, strict=True):
        assert np.mean([measure.parts["p"] < 0.05 for measure in measures]) <= 0.1
        assert np.mean([measure.value for measure in measures]) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("score", [identity, disclosure], ids=lambda score: score.name)
def test_the_excess_grows_with_the_copied_share(score: Metric, table: Callable[..., Table]) -> None:
    frame = known(4_500, 0)
    train, fresh, holdout = frame[:1_500], frame[1_500:3_000], frame[3_000:]
    found = []
    for share in (0.0, 0.3, 0.6, 1.0):
        fake = pl.concat([train[: int(share * 1_500)], fresh[int(share * 1_500) :]])
        found.append(score(table(train), table(fake), table(holdout), target="ill"))
    values = [measure.value or 0 for measure in found]
    assert values == sorted(values)
    assert found[0].parts["p"] > 0.01
    assert found[3].parts["p"] < 0.001
    assert (found[3].low or 0) > 0.05


def test_a_target_of_one_level_is_flagged(table: Callable[..., Table]) -> None:
    """Everybody is well but one in fifty: what the keys tell is what anybody would guess."""
    frame = known(1_300, 0).with_columns(ill=pl.Series(np.where(np.arange(1_300) % 50, "well", "ill")))
    found = disclosure(table(frame[:600]), table(frame[600:1_200]), table(frame[1_200:]), target="ill")
    assert found.parts["majority"]["level"] == "well"
    assert found.parts["majority"]["flagged"]
    assert "one and the same level" in found.note


def test_a_rare_level_is_not_named(table: Callable[..., Table]) -> None:
    found = disclosure(*(table(rows(["af one", "bm two", "cf three"])) for _ in range(3)))
    assert found.parts["disco"] == 1
    assert found.parts["majority"]["level"] is None


def test_without_a_holdout_the_figures_stand_without_a_value(table: Callable[..., Table]) -> None:
    for score in (identity, disclosure):
        found = score(table(rows(REAL)), table(rows(FAKE)), target="ill")
        assert found.value is None
        assert "no privacy verdict" in found.note
        assert found.parts["keys"] == ["sex", "town"]


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"x": ["a", "a"]}),
        pl.DataFrame({"x": ["a", "b"], "y": [1.0, None]}),
        pl.DataFrame({"x": [None, None], "y": [None, None]}, schema={"x": pl.Float64, "y": pl.String}),
        pl.DataFrame({f"x{i}": [1.0, 2.0, 3.0] for i in range(300)}),
        pl.DataFrame({"name": [f"n{i}" for i in range(500)], "age": range(500)}),
        pl.DataFrame({"age": [3] * 50, "sex": ["f"] * 50, "town": ["t"] * 50, "ill": ["y", "n"] * 25}),
    ],
)
def test_odd_tables(frame: pl.DataFrame, table: Callable[..., Table]) -> None:
    for score in (identity, disclosure):
        found = score(table(frame), table(frame), table(frame))
        assert found.value is None or -1 <= found.value <= 1
        assert found.note


def test_one_class_has_nobody_to_be_found(table: Callable[..., Table]) -> None:
    frame = pl.DataFrame({"age": [3] * 50, "sex": ["f"] * 50, "ill": ["y", "n"] * 25})
    found = identity(table(frame), table(frame), table(frame))
    assert found.value is None
    assert "no row is unique" in found.note
    assert found.parts["replicated_uniques"] == 0
