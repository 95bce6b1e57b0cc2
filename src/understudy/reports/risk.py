"""The verdict on privacy: what the worst attack wins, and whether rows were copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from understudy.metrics.attack import holm
from understudy.metrics.measure import Measure
from understudy.plan.thresholds import Thresholds
from understudy.reports.words import words, written

Word = Literal["safe", "care", "unsafe"]


@dataclass(frozen=True)
class Risk:
    """What all attacks together say.

    Attributes:
        word: "safe", "care", "unsafe"; None without a holdout, or where no attack was tried.
        text: the evidence, in a sentence or two.
        corrected: each attack's p-value, corrected for the number of attacks.
    """

    word: Word | None
    text: str
    corrected: Mapping[str, float]


def risk(known: Mapping[str, Measure], lines: Thresholds) -> Risk:
    """The worst counts: a single attack that wins is enough.

    *Unsafe*: the lower end of some significant excess lies above `lines.excess`, or copies exceed the holdout's by more
    than `lines.copies`. *Safe*: no excess is significant at `lines.alpha` after Holm's correction and none is estimated
    above `lines.excess`. *Care* otherwise. An attack that is the worst of many of a kind lies above 0 by chance: it is
    held to the mean of its kind where nothing is significant.
    """
    attacks = {name: each for name, each in known.items() if is_attack(each)}
    copies = known.get("privacy.copies")
    copied = copies is not None and copies.ceiling is not None
    if not attacks and not copied:
        text = "There is no verdict without a holdout: keep some real rows out of training and give them here."
        return Risk(None, text, {})
    corrected = holm({name: _p(each) for name, each in attacks.items()})
    if copies is not None and copied and float(copies.value or 0) - float(copies.ceiling or 0) > lines.copies:
        found, usual = written(copies.value, "percent"), written(copies.ceiling, "percent")
        text = f"{found} of its rows equal a training row; of unseen real rows {usual} do."
        return Risk("unsafe", text, corrected)
    if not attacks:
        return Risk(None, "No more of its rows equal a training row than unseen real rows do; no attack was tried.", {})
    clear = [each for name, each in attacks.items() if corrected[name] < lines.alpha]
    sure = [each for each in clear if each.low is not None and each.low > lines.excess]
    if sure or clear:
        return Risk("unsafe" if sure else "care", _won(sure or clear), corrected)
    high = [each for each in attacks.values() if estimate(each) > lines.excess]
    if high:
        return Risk("care", _unsure(high), corrected)
    return Risk("safe", _none_won(list(attacks.values())), corrected)


def is_attack(measure: Measure) -> bool:
    """Whether a score is an attack that was tried: it has a p-value of its excess over the holdout."""
    return measure.name.startswith("privacy.") and "p" in measure.parts


def estimate(measure: Measure) -> float:
    """What an attack is estimated to win: of the worst of many, the mean of its kind."""
    return float(measure.parts.get("estimate", measure.value or 0))


def _p(measure: Measure) -> float:
    value = measure.parts.get("p")
    return 1.0 if value is None else float(value)


def _worst(attacks: list[Measure]) -> Measure:
    return max(attacks, key=lambda each: float(each.value or 0))


def _won(attacks: list[Measure]) -> str:
    """The strongest attack, and how many more there are."""
    worst = _worst(attacks)
    more = "" if len(attacks) == 1 else f"; {len(attacks) - 1} more of the attacks win too"
    return (
        f"On training rows, {_named(worst)} wins {written(worst.value, 'percent')}{_between(worst)} of what is to be "
        f"won beyond unseen rows{more}."
    )


def _unsure(attacks: list[Measure]) -> str:
    """No attack is sure to win, and not all are sure to win little."""
    worst = max(attacks, key=estimate)
    return (
        f"No attack is sure to win, but there are too few unseen rows to say that none does: {_named(worst)} wins "
        f"{written(worst.value, 'percent')}{_between(worst)} of what there is to win."
    )


def _none_won(attacks: list[Measure]) -> str:
    worst = _worst(attacks)
    count = "The attack" if len(attacks) == 1 else f"None of {len(attacks)} attacks"
    verb = "does not win" if len(attacks) == 1 else "wins"
    return (
        f"{count} {verb} more on training rows than on unseen ones; the most is "
        f"{written(max(float(worst.value or 0), 0.0), 'percent')} of what there is to win ({_named(worst)})."
    )


def _named(measure: Measure) -> str:
    title = words(measure).title
    return title[0].lower() + title[1:]


def _between(measure: Measure) -> str:
    if measure.low is None or measure.high is None:
        return ""
    return f" ({100 * measure.low:.1f} – {100 * measure.high:.1f} %)"
