"""Gates: what can be written, and what passes."""

import pytest

from understudy.errors import PlanError
from understudy.plan.gates import RANKS, Gate


@pytest.mark.parametrize(
    ("text", "score", "end", "sign", "bound"),
    [
        ("fidelity.pairs>=0.95", "fidelity.pairs", "value", ">=", 0.95),
        (" fidelity.c2st_holdout.high <= 6e-1 ", "fidelity.c2st_holdout", "high", "<=", 0.6),
        ("privacy=safe", "privacy", "value", "=", "safe"),
        ("privacy == safe", "privacy", "value", "=", "safe"),
        ("fidelity>fair", "fidelity", "value", ">", "fair"),
    ],
)
def test_what_a_line_spells(text: str, score: str, end: str, sign: str, bound: float | str) -> None:
    gate = Gate.read(text)
    assert (gate.score, gate.end, gate.sign, gate.bound, str(gate)) == (score, end, sign, bound, text.strip())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no gate"),
        ("fidelity.pairs", "no gate"),
        ("fidelity.pairs>=", "no gate"),
        ("fidelity.pairs>=0.9 and privacy=safe", "no gate"),
        ("fidelity.pairs>=much", "no number"),
        ("fidelity.pairs>=nan", "no number"),
        ("fidelity.pairs>=inf", "no number"),
        ("privacy=sage", "did you mean 'safe'"),
        ("fidelity.pairs.lo>=0.9", "did you mean 'low'"),
        ("__import__('os')>=1", "no gate"),
    ],
)
def test_what_spells_none_is_an_error_of_one_line(text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said) as error:
        Gate.read(text)
    assert error.value.field == "gates"
    assert "\n" not in str(error.value)


def test_signs_compare_numbers_and_words() -> None:
    holds = {sign: [Gate.read(f"a.b{sign}0.5").holds(each) for each in (0.4, 0.5, 0.6)] for sign in (">=", "<", "=")}
    assert holds == {">=": [False, True, True], "<": [True, False, False], "=": [False, True, False]}
    assert [Gate.read("privacy>=care").holds(each) for each in ("poor", "fair", "good")] == [False, True, True]
    assert [Gate.read("privacy=safe").holds(each) for each in ("poor", "fair", "good")] == [False, False, True]
    assert sorted(RANKS.values()) == [0, 0, 1, 1, 2, 2]
