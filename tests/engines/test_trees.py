import numpy as np
import pytest

from understudy.encoding.codes import Codes, Domain
from understudy.engines.trees import Trees
from understudy.errors import ArgumentError


def codes(coarse: np.ndarray, sizes: list[int]) -> Codes:
    domains = tuple(Domain(np.ones(size, dtype=np.int64), ordered=False, missing=False) for size in sizes)
    return Codes(coarse.astype(np.uint8), np.zeros(coarse.shape, dtype=np.uint16), domains)


def test_context_and_validation_rows_go_together() -> None:
    rng = np.random.default_rng(0)
    known = rng.integers(4, size=(1, 3000))
    told = (known + (rng.random((1, 3000)) < 0.1)) % 4
    context, rows = codes(known, [4]), codes(told, [4])
    fitted = Trees().fit(rows.take(slice(2700)), context, rows.take(slice(2700, None)), rng)
    drawn = fitted.draw(3000, context, None, rng).codes
    kept = (drawn.coarse == context.coarse).mean()
    assert kept == pytest.approx(0.9, abs=0.03)
    with pytest.raises(ValueError, match="context"):
        fitted.draw(10, None, None, rng)


def test_validation_rows_are_counted_in_the_end() -> None:
    rng = np.random.default_rng(1)
    rows = codes(np.zeros((1, 400)), [2])
    valid = codes(np.ones((1, 400)), [2])
    share = Trees(escape=0.0).fit(rows, None, valid, rng).columns[0].share
    assert share[0].tolist() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("options", [{"leaf": 1.5}, {"leaf": True}, {"leaf": 0}, {"gain": "much"}, {"escape": -1.0}])
def test_options_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        Trees(**options)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("left", lambda held: np.zeros_like(held)),
        ("left", lambda held: held + 10_000),
        ("feature", lambda held: np.where(held >= 0, 99, held).astype(held.dtype)),
        ("before", lambda held: held + 5),
        ("share", lambda held: held[:, :-1]),
        ("share", lambda held: held * np.float32(np.nan)),
        ("cells", lambda held: -held - 1),
        ("mask", lambda held: held[:1]),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(name: str, spoil) -> None:
    rng = np.random.default_rng(2)
    first = rng.integers(3, size=2000)
    rows = codes(np.array([first, (first + (rng.random(2000) < 0.2)) % 3]), [3, 3])
    fitted = Trees().fit(rows, None, rows.take(slice(0, 0)), rng)
    plain, arrays = fitted.state()
    assert Trees().restore(plain, arrays, rows.domains).columns[1].tree.feature.size > 1
    spoilt = {**arrays, f"1/{name}": spoil(arrays[f"1/{name}"])}
    with pytest.raises(ValueError, match="belong together"):
        Trees().restore(plain, spoilt, rows.domains)
