"""Inference and attribute inference: secrets by hand, negative ones, doses, honest strong relations."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from understudy.data.table import Table
from understudy.metrics.attributes import _secrets, attribute, inference
from understudy.metrics.case import case

Tables = Callable[..., Table]
People = Callable[[int, int], pl.DataFrame]


def dosed(train: pl.DataFrame, fresh: pl.DataFrame, dose: float) -> pl.DataFrame:
    copied = int(dose * len(train))
    return pl.concat([train[:copied], fresh[copied:]])


def test_a_copy_gives_every_secret_away(table: Tables) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"key": np.arange(1_000.0), "secret": rng.integers(0, 2, 1_000).astype(str)}).sample(
        1_000, shuffle=True, seed=0
    )
    train, holdout = table(frame[:500]), table(frame[500:])
    measure = inference(train, train, holdout)
    secret = measure.parts["by"]["secret"]
    assert secret["success"] == 1
    assert secret["control"] == pytest.approx(0.5, abs=0.08)
    assert secret["value"] == pytest.approx((secret["success"] - secret["control"]) / (1 - secret["control"]))
    assert secret["naive"] == pytest.approx(frame[:500]["secret"].value_counts()["count"].max() / 500)
    assert measure.parts["worst"] == "secret"


def test_negative_secrets_are_not_given_away_by_their_sign(table: Tables) -> None:
    rng = np.random.default_rng(1)
    sides = [
        table({"a": rng.normal(size=800), "debt": -np.exp(rng.normal(size=800)), "b": rng.normal(size=800)})
        for _ in range(3)
    ]
    debt = inference(*sides).parts["by"]["debt"]
    assert debt["success"] == pytest.approx(0.1, abs=0.04)
    assert debt["control"] == pytest.approx(0.1, abs=0.04)
    assert debt["naive"] == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("attack", [inference, attribute])
def test_utility_is_not_a_leak(attack: Callable, table: Tables) -> None:
    """A secret that everybody's other columns give away, at 80/20."""
    rng = np.random.default_rng(2)
    z = rng.normal(size=2_250)
    frame = pl.DataFrame({"a": z, "b": -(z**3), "c": (z > 0).astype(int).astype(str), "d": np.rint(2 * z)})
    measure = attack(table(frame[:1_000]), table(frame[1_000:2_000]), table(frame[2_000:]))
    assert all(each["success"] > 0.9 and each["control"] > 0.9 for each in measure.parts["by"].values())
    assert measure.parts["p"] > 0.01


@pytest.mark.parametrize(("attack", "slack"), [(inference, 0.1), (attribute, 0.2)])
def test_the_risk_rises_with_the_dose(attack: Callable, slack: float, table: Tables, people: People) -> None:
    frame = people(3_000, 3)
    train, fresh, holdout = frame[:1_200], frame[1_200:2_400], frame[2_400:]
    found = [attack(table(train), table(dosed(train, fresh, dose)), table(holdout)) for dose in (0.0, 0.5, 1.0)]
    risks = np.array([[each["value"] for each in measure.parts["by"].values()] for measure in found])
    room = np.array([each["control"] < 0.9 for each in found[2].parts["by"].values()])
    worst = np.where(room, risks[2], -1).argmax()
    assert found[0].parts["p"] > 0.01
    assert max(measure.parts["p"] for measure in found[1:]) < 1e-3
    assert risks[:, worst] / risks[2, worst] == pytest.approx([0, 0.5, 1], abs=slack)


def test_secrets_are_the_target_the_protected_column_and_the_hardest(table: Tables) -> None:
    rng = np.random.default_rng(0)
    levels = {
        name: rng.integers(0, many, 400).astype(str) for name, many in zip("abcde", (2, 3, 8, 5, 60), strict=True)
    }
    real = table({**levels, "n": rng.normal(size=400), "same": ["x"] * 400})
    assert _secrets(case(real, real, real, target="n", protected="a")) == ["n", "a", "c", "d", "b"]
    assert _secrets(case(real, real, real, target="n", protected="same")) == ["n", "c", "d", "b"]


def test_what_cannot_be_inferred_says_why(table: Tables) -> None:
    lone = table({"a": [1, 2, 3], "b": ["x", "x", "x"]})
    few = table({"a": [1, 2, 3], "b": ["x", "x", "y"]})
    for attack in (inference, attribute):
        assert "two columns that vary" in attack(lone, lone, lone).note
        assert "no holdout" in attack(few, few).note
    assert "frequent enough" in attribute(few, few, few).note
