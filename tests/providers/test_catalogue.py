"""The laws that every provider keeps, whatever the values it learned from."""

import json
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.errors import ArgumentError, ModelFileError, SchemaError, UnknownName
from understudy.providers import catalogue
from understudy.providers.provider import Invented

NAMES = catalogue.names()
KEYS = st.integers(0, 2**64 - 1)


def philox(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def real(name: str, n: int = 2_000) -> pl.Series:
    """Values of a type from Faker itself, the format a user's data would have."""
    from faker import Faker

    faker = Faker(use_weighting=False)
    faker.seed_instance(4)
    makers = {
        "id": lambda: f"{faker.random_element('MLLLH')}{faker.random_int(10_000, 29_999)}",
        "sequence": iter(range(1, n + 1)).__next__,
        "uuid": faker.uuid4,
        "email": lambda: faker.company_email(),
        "phone": faker.phone_number,
        "card": faker.credit_card_number,
        "ip": faker.ipv4,
        "person_name": faker.name,
    }
    make = makers.get(name) or getattr(faker, name)
    return pl.Series([str(make()) for _ in range(n)])


@pytest.fixture(scope="module")
def reals() -> dict[str, pl.Series]:
    return {name: real(name) for name in NAMES}


def test_every_provider_has_one_line(reals: dict[str, pl.Series]) -> None:
    for name in NAMES:
        line = catalogue.summary(name)
        assert line.endswith(".")
        assert "\n" not in line


def test_the_catalogue_does_not_load_faker() -> None:
    code = (
        "import sys; from understudy.providers import catalogue as c; [c.summary(n) for n in c.names()]; "
        "sys.exit('faker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": "src"}, check=False).returncode == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("unique", [True, False])
def test_state_round_trips_through_json(name: str, unique: bool, reals: dict[str, pl.Series]) -> None:
    fitted = catalogue.fit(name, reals[name], unique=unique)
    again = catalogue.load(json.loads(json.dumps(fitted.state())))
    assert again == fitted
    assert again.draw(5, 40, philox(), 9).equals(fitted.draw(5, 40, philox(), 9))


@pytest.mark.parametrize("name", NAMES)
def test_unique_values_are_unique_far_beyond_the_real_ones(name: str, reals: dict[str, pl.Series]) -> None:
    n = 20_000 if name == "text" else 150_000
    out = catalogue.fit(name, reals[name], unique=True).draw(0, n, philox(), 3)
    assert out.dtype == pl.String
    assert out.null_count() == 0
    assert out.n_unique() == n


@pytest.mark.parametrize("name", NAMES)
@given(key=KEYS, start=st.integers(0, 10**7), cuts=st.lists(st.integers(0, 400), max_size=3))
@settings(max_examples=6, deadline=None)
def test_shards_join_up(name: str, key: int, start: int, cuts: list[int]) -> None:
    provider = catalogue.fit(name, SMALL[name], unique=True)
    whole = provider.draw(start, 400, philox(1), key)
    edges = [0, *sorted(cuts), 400]
    parts = [provider.draw(start + low, high - low, philox(2), key) for low, high in pairwise(edges)]
    assert pl.concat(parts).to_list() == whole.to_list()


SMALL = {name: real(name, 120) for name in NAMES}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sequence"])
def test_another_key_gives_other_values(name: str, reals: dict[str, pl.Series]) -> None:
    provider = catalogue.fit(name, reals[name], unique=True)
    assert (provider.draw(0, 500, philox(), 1) == provider.draw(0, 500, philox(), 2)).mean() < 0.2  # pyright: ignore[reportOperatorIssue]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("unique", [True, False])
def test_nothing_to_learn_from_still_gives_values(name: str, unique: bool) -> None:
    for values in (pl.Series([], dtype=pl.String), pl.Series([None, None], dtype=pl.String), pl.Series(["", " ", "?"])):
        out = catalogue.fit(name, values, unique=unique).draw(0, 300, philox())
        assert out.len() == 300
        assert out.null_count() == 0
        assert (out.str.len_chars() > 0).all()
        assert not unique or out.n_unique() == 300


@pytest.mark.parametrize("name", NAMES)
@given(values=st.lists(st.text(max_size=12), max_size=40), k=st.integers(1, 9), unique=st.booleans())
@settings(max_examples=25, deadline=None)
def test_any_text_can_be_learned_from(name: str, values: list[str], k: int, unique: bool) -> None:
    provider = catalogue.fit(name, pl.Series(values, dtype=pl.String), unique=unique, k=k)
    out = provider.draw(0, 200, philox(), 1)
    assert out.len() == 200
    assert not unique or out.n_unique() == 200
    assert catalogue.load(json.loads(json.dumps(provider.state()))) == provider


@pytest.mark.parametrize("name", NAMES)
def test_no_value_is_kept(name: str, reals: dict[str, pl.Series]) -> None:
    if name == "sequence":
        return
    kept = json.dumps(catalogue.fit(name, reals[name], unique=True).state())
    assert not [value for value in reals[name].to_list() if len(value) > 4 and json.dumps(value)[1:-1] in kept]


CHANCE = {"id": 1 / 16, "email": 0.001, "person_name": 0.02, "first_name": 1.0, "last_name": 1.0, "sequence": 1.0}


@pytest.mark.parametrize("name", NAMES)
def test_real_values_come_out_by_documented_chance_only(name: str, reals: dict[str, pl.Series]) -> None:
    out = catalogue.fit(name, reals[name], unique=True).draw(0, 2_000, philox(), 7)
    hits = out.is_in(reals[name].implode()).mean()
    assert isinstance(hits, float)
    assert hits <= CHANCE.get(name, 0.0) * 1.5


def test_drawing_leaves_global_randomness_alone(reals: dict[str, pl.Series]) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for name in NAMES:
        catalogue.fit(name, reals[name], unique=False).draw(0, 50, philox())
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'email'"):
        catalogue.fit("emial", pl.Series(["a"]), unique=True)
    with pytest.raises(UnknownName):
        catalogue.summary("nothing")
    with pytest.raises(UnknownName):
        catalogue.load({"provider": "nothing"})


def test_bad_arguments_are_refused() -> None:
    provider = catalogue.fit("id", pl.Series(["a1"]), unique=True)
    for name in ("id", "sequence"):
        with pytest.raises(ArgumentError, match="-1 rows"):
            catalogue.fit(name, pl.Series(["a1"]), unique=True).draw(0, -1, philox())
    with pytest.raises(ArgumentError):
        provider.draw(-1, 1, philox())
    with pytest.raises(ArgumentError, match="k is 0"):
        catalogue.fit("id", pl.Series(["a1"]), unique=True, k=0)
    with pytest.raises(SchemaError):
        catalogue.fit("id", pl.Series([[1], [2]]), unique=True)


@pytest.mark.parametrize(
    "damage", [{"layouts": None}, {"layouts": [{"parts": [{"part": "x"}], "weight": 1}]}, {"growth": 1}]
)
def test_a_damaged_state_is_refused(damage: dict[str, object]) -> None:
    state = catalogue.fit("email", pl.Series(["a@b.c"]), unique=True).state()
    with pytest.raises(ModelFileError):
        catalogue.load({**state, **damage})
    with pytest.raises(ModelFileError):
        catalogue.load({})


def test_a_format_that_runs_out_says_so() -> None:
    tiny = catalogue.fit("id", pl.Series(["a1"]), unique=True)
    assert isinstance(tiny, Invented)
    closed = Invented("id", True, tiny.layouts)
    with pytest.raises(ArgumentError, match="too few different values"):
        closed.draw(0, 1_000, philox())


@pytest.mark.parametrize(
    ("name", "unique", "seconds"), [("email", True, 2.0), ("id", True, 1.0), ("phone", False, 2.0)]
)
def test_a_million_is_quick(name: str, unique: bool, seconds: float, reals: dict[str, pl.Series]) -> None:
    provider = catalogue.fit(name, reals[name], unique=unique)
    provider.draw(0, 10, philox())
    start = time.perf_counter()
    provider.draw(0, 250_000, philox(), 1)
    assert time.perf_counter() - start < seconds  # a quarter of the rows: room for a busy machine


@given(
    values=st.lists(st.from_regex(r"[A-C]{1,2}-?[0-9]{1,3}", fullmatch=True), min_size=20, max_size=120, unique=True)
)
@settings(max_examples=25, deadline=None)
def test_small_spaces_widen_without_a_clash(values: list[str]) -> None:
    out = catalogue.fit("id", pl.Series(values), unique=True, k=2).draw(0, 20_000, philox(), 5)
    assert out.n_unique() == 20_000
