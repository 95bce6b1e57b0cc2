"""Categories: levels that k rows carry and no other, in at most 256 coarse codes."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.encoding.categorical import Categorical, Presence, fit

NAMES = st.text(max_size=8) | st.sampled_from(["None", "null", "NaN", "", " ", "true", "é", "e\u0301", "🙂", "a\nb"])


@st.composite
def levels(draw: st.DrawFn) -> pl.Series:
    """Levels of many counts with gaps among them."""
    counted = draw(st.dictionaries(NAMES, st.integers(1, 30), max_size=20))
    gaps = draw(st.integers(0, 3))
    return pl.Series([name for name, times in counted.items() for _ in range(times)] + [None] * gaps, dtype=pl.String)


@given(levels(), st.integers(1, 20), st.floats(0, 1, exclude_max=True))
@settings(deadline=None)
def test_supported_levels_are_exact_and_no_other_comes_out(values: pl.Series, k: int, uniform: float) -> None:
    code = fit(values, k)
    cell = code.encode(values)
    assert ((cell >= 0) & (cell < code.domain.cells)).all()
    out = code.decode(cell, np.full(len(cell), uniform))
    counts = dict(values.drop_nulls().value_counts().iter_rows())
    supported = {name for name, times in counts.items() if times >= k}
    assert set(code.levels) == supported
    for real, made in zip(values.to_list(), out.to_list(), strict=True):
        if real is None:
            assert made is None
        elif real in supported:
            assert made == real
        else:
            assert (made in supported) if supported else made is None
    lost = {name: times for name, times in counts.items() if times < k}
    assert (code.rare_levels, code.rare_rows) == (len(lost), sum(lost.values()))
    everything = code.decode(np.arange(code.domain.cells), np.full(code.domain.cells, uniform))
    assert set(everything.drop_nulls()) == supported


@given(levels(), st.integers(1, 20))
@settings(deadline=None)
def test_state_holds_everything(values: pl.Series, k: int) -> None:
    code = fit(values, k)
    plain, arrays = code.state()
    again = Categorical.restore(json.loads(json.dumps(plain)), arrays)
    assert np.array_equal(again.encode(values), code.encode(values))
    cells, uniform = np.arange(code.domain.cells), np.linspace(0, 0.99, code.domain.cells)
    assert again.decode(cells, uniform).equals(code.decode(cells, uniform))
    assert again.extent == code.extent


@given(levels(), st.integers(1, 20))
@settings(deadline=None)
def test_a_level_is_located_where_it_is_encoded(values: pl.Series, k: int) -> None:
    code = fit(values, k)
    for name in code.levels:
        assert code.locate(name) == code.encode(pl.Series([name]))[0]
    assert code.locate("no such level at all") is None
    if values.null_count():
        assert code.locate(None) == 0


@pytest.mark.parametrize("skew", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("many", [254, 255, 256, 1000, 10_000])
def test_many_levels_fit_in_a_byte_and_come_back_exactly(many: int, skew: float) -> None:
    rng = np.random.default_rng(many)
    times = np.maximum((3000 / np.arange(1, many + 1) ** skew).astype(int), 8) if skew else np.full(many, 9)
    names = [f"level {number:05d}" for number in rng.permutation(many)]
    values = pl.Series(names).gather(pl.Series(np.repeat(np.arange(many), times)).cast(pl.UInt32))
    values = pl.concat([values, pl.Series(["rare"] * 7), pl.Series([None] * 3, dtype=pl.String)])
    code = fit(values, 8)
    assert code.domain.size <= 256
    out = code.decode(code.encode(values), rng.random(len(values)))
    assert (out == values).sum() == len(values) - 10
    assert "rare" not in out
    assert out.null_count() == 3


def test_the_rare_bucket_decodes_to_supported_levels_by_their_frequency() -> None:
    values = pl.Series(["a"] * 300 + ["b"] * 100 + [f"odd {n}" for n in range(100)])
    code = fit(values, 8)
    rare = np.full(10_000, code.domain.cells - 1)
    out = code.decode(rare, np.random.default_rng(0).random(10_000))
    assert set(out) == {"a", "b"}
    assert (out == "a").mean() == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("rare", ["true", "false"])
def test_booleans_come_back_as_booleans(rare: str) -> None:
    values = pl.Series([True, False, None] * 20)
    code = fit(values, 8)
    out = code.decode(code.encode(values), np.zeros(60))
    assert out.dtype == pl.Boolean
    assert out.equals(values)
    assert [code.locate(each) for each in (None, True, False)] == code.encode(pl.Series([None, True, False])).tolist()
    one = pl.Series([rare != "true"] * 50 + [rare == "true"] * 3)
    kept = fit(one, 8)
    assert set(kept.decode(kept.encode(one), np.full(53, 0.5))) == {rare != "true"}


def test_unknown_levels_have_a_place() -> None:
    stranger = pl.Series(["stranger"])
    with_rare = fit(pl.Series(["a"] * 20 + ["b"] * 10 + ["odd"]), 8)
    assert with_rare.encode(stranger)[0] == with_rare.domain.cells - 1
    with_gaps = fit(pl.Series(["a"] * 20 + [None]), 8)
    assert with_gaps.encode(stranger)[0] == 0
    without = fit(pl.Series(["b"] * 10 + ["a"] * 20), 8)
    assert without.decode(without.encode(stranger), np.zeros(1)).to_list() == ["a"]


def test_no_supported_level_leaves_only_gaps() -> None:
    values = pl.Series(list("abcdef"))
    code = fit(values, 8)
    assert code.decode(code.encode(values), np.zeros(6)).null_count() == 6
    assert code.locate("a") is None


def test_a_state_cannot_name_anything_but_a_dtype() -> None:
    plain, arrays = fit(pl.Series(["a"] * 10), 8).state()
    for name in ("show_versions", "Config", "read_csv", "Object"):
        with pytest.raises(KeyError):
            Categorical.restore({**plain, "dtype": name}, arrays)


@pytest.mark.parametrize("values", [[1, None, 3], [1, 2, 3], [None, None], []])
def test_presence_is_learned_and_nothing_else(values: list) -> None:
    column = pl.Series(values, dtype=pl.Int64)
    code = Presence(bool(column.null_count()))
    assert code.decode(code.encode(column), np.zeros(len(column))).is_null().to_list() == column.is_null().to_list()
    assert code.locate(1) is None
    assert code.locate(None) == (0 if column.null_count() else None)
    assert Presence.restore(*code.state()) == code
