"""Fitted boosted choices: probabilities of whole codes at any temperature, and arrays of a file that do not fit."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import polars as pl
import pytest

import understudy as us
from understudy.encoding.codes import Codes, Domain
from understudy.engines.autoregressive import Autoregressive
from understudy.engines.boost import Boost
from understudy.engines.choices import FORMS
from understudy.engines.contract import Fitted
from understudy.errors import ModelFileError

Spoil = Callable[[np.ndarray], np.ndarray]


def related(rows: int = 2000) -> Codes:
    """A column of 9 codes, in part with fine digits, and one of 6 that hangs on it."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 9, rows)
    second = np.where(rng.random(rows) < 0.8, first // 2, rng.integers(0, 5, rows))
    domains = (
        Domain(np.ones(9, dtype=np.int64), ordered=True, missing=False),
        Domain(np.array([1, 2, 1, 3, 1, 1]), ordered=False, missing=False),
    )
    fine = np.array([np.zeros(rows), rng.integers(0, domains[1].depth[second])])
    return Codes(np.array([first, second], dtype=np.uint8), fine.astype(np.uint16), domains)


@pytest.fixture(scope="module")
def fitted() -> Autoregressive:
    rows = related()
    found = Boost(rounds=12, orders=1).fit(
        rows.take(slice(1800)), None, rows.take(slice(1800, None)), np.random.default_rng(0)
    )
    assert isinstance(found, Autoregressive)
    return found


def given_first(fitted: Fitted, first: int, temperature: float) -> np.ndarray:
    """P(cell of the second column | code of the first)."""
    cells = np.arange(9)
    known = {0: np.full(9, first), 1: cells}
    both = fitted.draw(9, None, None, np.random.default_rng(0), known=known, temperature=temperature).log_weight
    known.pop(1)
    one = fitted.draw(9, None, None, np.random.default_rng(0), known=known, temperature=temperature).log_weight
    return np.exp(both - one)


@pytest.mark.parametrize("temperature", [0.3, 0.7, 1.5, 5.0])
@pytest.mark.parametrize("first", [0, 4, 8])
def test_later_columns_are_raised_to_the_power_too(fitted: Autoregressive, first: int, temperature: float) -> None:
    """The coarse code's distribution is; cells keep their share of it."""
    domain = fitted.domains[1]
    one, other = given_first(fitted, first, 1.0), given_first(fitted, first, temperature)
    coarse, raised = (np.add.reduceat(each, domain.start[:-1]) for each in (one, other))
    wanted = coarse ** (1 / temperature)
    assert raised == pytest.approx(wanted / wanted.sum(), abs=1e-5)
    within = np.repeat(coarse, domain.depth)
    assert other == pytest.approx(np.repeat(raised, domain.depth) * one / np.where(within > 0, within, 1), abs=1e-6)


# --- arrays that do not belong together --------------------------------------------------------------------------


def put(place: int | tuple[int, ...], value: float) -> Spoil:
    def spoil(held: np.ndarray) -> np.ndarray:
        held = held.copy()
        held[place] = value
        return held

    return spoil


def cast(kind: type | str) -> Spoil:
    return lambda held: held.astype(kind)


def shifted(by: int) -> Spoil:
    return lambda held: held + np.array(by, dtype=held.dtype)


WIDE = 2**62
SPOILT: list[tuple[str, Spoil]] = [
    ("before", shifted(1)),
    ("before", put(0, -1)),
    ("before", lambda held: held[:0]),
    ("child", put((0, 0), 0)),
    ("child", put((0, 0), 2)),
    ("child", put((0, 0), 2**31 - 1)),
    ("child", put((0, 0), -(2**31))),
    ("child", put((-1, 0), -7)),
    ("child", put((-1, 0), -256)),
    ("child", lambda held: held[:-1]),
    ("child", lambda held: held[::-1]),
    ("child", lambda held: held[:, :1]),
    ("child", lambda held: held[:0]),
    ("start", put(-1, 9)),
    ("start", put(0, 1)),
    ("start", put(1, 0)),
    ("start", put(1, WIDE)),
    ("start", put(1, 2)),
    ("start", lambda held: held[:-1]),
    ("start", lambda held: held[:0]),
    ("base", lambda held: held[:-1]),
    ("base", put(0, np.nan)),
    ("slope", put(0, np.nan)),
    ("slope", lambda held: held[:-1]),
    ("trees", put(-1, 10**6)),
    ("trees", put(1, -1)),
    ("trees", put(1, WIDE)),
    ("trees", lambda held: held[:-1]),
    ("trees", lambda held: held[:0]),
    ("seen", put(-1, 10**6)),
    ("seen", put(1, 0)),
    ("seen", put(1, -1)),
    ("seen", lambda held: held[::-1]),
    ("seen", lambda held: held[:0]),
    ("sees", put(0, 2)),
    ("sees", put(0, -1)),
    ("sees", lambda held: held[:-1]),
    ("ranks", lambda held: held[:, :255]),
    ("ranks", lambda held: held[:-1]),
    ("feature", put((0, 0), 99)),
    ("feature", put((0, 0), -1)),
    ("feature", lambda held: held[:-1]),
    ("feature", lambda held: held[:, :-1]),
    ("above", lambda held: held[:-1]),
    ("above", lambda held: held[:, :-1]),
    ("values", lambda held: held[:-1]),
    ("values", lambda held: held[:, :-1]),
    ("values", put((0, 0), np.inf)),
    ("cells", lambda held: held[:-1]),
    ("cells", put(0, -1)),
    ("cells", put(0, np.inf)),
    ("cells", put(0, np.nan)),
    ("cells", cast(np.float32)),
]
TYPES = [(name, cast(kind)) for name in FORMS for kind in (np.float64, np.int64, ">i8", "U8")]
TYPES = [(name, spoil) for name, spoil in TYPES if spoil(np.zeros(1)).dtype != FORMS[name][0]]
RANKS = [(name, lambda held: held[None]) for name in FORMS]


@pytest.mark.parametrize(("name", "spoil"), [*SPOILT, *TYPES, *RANKS])
def test_arrays_that_do_not_belong_together_are_refused(fitted: Autoregressive, name: str, spoil: Spoil) -> None:
    plain, arrays = fitted.state()
    assert Boost().restore(plain, arrays, fitted.domains).state()[1].keys() == arrays.keys()
    held = arrays[f"1/{name}"]
    spoilt = spoil(held)
    assert spoilt.dtype != held.dtype or not np.array_equal(spoilt, held, equal_nan=True)
    with pytest.raises(ValueError, match="belong together"):
        Boost().restore(plain, {**arrays, f"1/{name}": spoilt}, fitted.domains)


SPOILT_COMPANIONS: list[tuple[str, Spoil]] = [
    ("companion", put(0, -1)),
    ("companion", put(0, 1)),
    ("companion", lambda held: np.append(held, held)),
    ("companion", lambda held: held[:0]),
    ("expected", lambda held: held[:-1]),
    ("expected", lambda held: held[:0]),
    ("cuts", lambda held: held[:-1]),
    ("cuts", lambda held: held[:0]),
    ("sees", put(-1, 4)),
]


@pytest.mark.parametrize(("name", "spoil"), SPOILT_COMPANIONS)
def test_a_companion_that_does_not_belong_is_refused(name: str, spoil: Spoil) -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 40, 1500)
    both = np.array([first, np.where(rng.random(1500) < 0.7, first, rng.integers(0, 40, 1500))], dtype=np.uint8)
    domain = Domain(np.ones(40, dtype=np.int64), ordered=True, missing=False)
    rows = Codes(both, np.zeros(both.shape, dtype=np.uint16), (domain, domain))
    halves = rows.take(slice(1400)), None, rows.take(slice(1400, None))
    plain, arrays = Boost(rounds=8, orders=1, guides=0).fit(*halves, np.random.default_rng(0)).state()
    assert (arrays["1/sees"] == 3).any(), "trees ask about it"
    assert Boost().restore(plain, arrays, rows.domains).state()[1].keys() == arrays.keys()
    with pytest.raises(ValueError, match="belong together"):
        Boost().restore(plain, {**arrays, f"1/{name}": spoil(arrays[f"1/{name}"])}, rows.domains)


def test_sums_that_wrap_around_are_refused(fitted: Autoregressive) -> None:
    """Differences of neighbours are all positive here, modulo 2**64."""
    plain, arrays = fitted.state()
    for name in ("trees", "seen"):
        held = arrays[f"0/{name}"].copy()
        assert len(held) >= 5
        held[1:4] = 2**63 - 1, -(2**63), -1
        assert (np.diff(held) >= 0).all()
        with pytest.raises(ValueError, match="belong together"):
            Boost().restore(plain, {**arrays, f"0/{name}": held}, fitted.domains)


def test_codes_beyond_the_domain_are_refused(fitted: Autoregressive) -> None:
    plain, arrays = fitted.state()
    few = Domain(np.ones(4, dtype=np.int64), ordered=True, missing=False)
    with pytest.raises(ValueError, match="belong together"):
        Boost().restore(plain, arrays, (few, fitted.domains[1]))


@pytest.mark.parametrize("context", [-1, 0.5, "0", None])
def test_a_context_that_is_no_number_of_columns_is_refused(fitted: Autoregressive, context: object) -> None:
    plain, arrays = fitted.state()
    with pytest.raises(ValueError, match="context"):
        Boost().restore({**plain, "context": context}, arrays, fitted.domains)


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_is_refused_or_harmless(fitted: Autoregressive, seed: int) -> None:
    """Whatever passes draws codes of the domains."""
    rng = np.random.default_rng(seed)
    plain, arrays = fitted.state()
    spoilt = {name: array.copy() for name, array in arrays.items()}
    for _ in range(3):
        array = spoilt[rng.choice(sorted(spoilt))]
        if array.size:
            array.view(np.uint8).reshape(-1)[rng.integers(array.nbytes)] ^= np.uint8(1 << rng.integers(8))
    try:
        found = Boost().restore(plain, spoilt, fitted.domains)
    except ValueError:
        return
    with np.errstate(all="ignore"):
        for allowed in (None, {1: np.linspace(0, 1, 9)}):
            made = found.draw(300, None, allowed, rng, temperature=rng.choice([1.0, 2.0])).codes
            for place, domain in enumerate(fitted.domains):
                assert (made.coarse[place] < domain.size).all()
                assert (made.fine[place] < domain.depth[made.coarse[place]]).all()


def test_a_tampered_model_file_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.integers(0, 5, 300), "b": rng.normal(size=300).round(2)})
    path, spoilt = tmp_path / "m.understudy", tmp_path / "s.understudy"
    us.fit(frame, engine="boost", rounds=5).save(path)
    with ZipFile(path) as held:
        contents = {name: held.read(name) for name in held.namelist()}
    with np.load(io.BytesIO(contents["arrays.npz"])) as loaded:
        arrays = dict(loaded)
    name = next(each for each in arrays if each.endswith("1/child"))
    arrays[name] = put((0, 0), 10**6)(arrays[name])
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    told = hashlib.sha256(contents["arrays.npz"]).hexdigest().encode()
    assert told in contents["manifest.json"]
    contents["arrays.npz"] = packed.getvalue()
    now = hashlib.sha256(contents["arrays.npz"]).hexdigest().encode()
    contents["manifest.json"] = contents["manifest.json"].replace(told, now)
    with ZipFile(spoilt, "w") as made:
        for member, content in contents.items():
            made.writestr(member, content)
    with pytest.raises(ModelFileError, match="damaged") as caught:
        us.load(spoilt)
    assert "belong together" in str(caught.value.__cause__)
