"""Disclosure as statisticians measure it: who is found by the keys, and what is learned of them.

Of a class q by the keys and a level t of the column to be learned, d_q and d_tq are the training rows, s_q and s_tq the
synthetic ones. Names of figures follow Raab, Nowok and Dibben, "Practical privacy metrics for synthetic data" (2024,
arXiv:2406.16826), as shares and not per cent.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.attack import UNJUDGED, shares
from understudy.metrics.case import Case
from understudy.metrics.exchange import MOST, often
from understudy.metrics.keys import Keyed, Rows, cuts, keyed
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric

BLOCKS = 40
FEWEST_DRAWS, SHUFFLED = 500, 25 * 10**6
FLAG_ROWS, FLAG_SHARE = 50, 0.9
SHOWN = 8


@metric("privacy.identity", better="low", quick=True)
def identity(case: Case) -> Measure:
    """Replicated uniques: rows unique by their keys that stand out in the stand-in too, beyond what unseen rows do.

    Uniqueness depends on the number of rows. The training rows are therefore cut at random into blocks of the holdout's
    size, and every row unique in its block is looked up: it is found where exactly one synthetic row has its keys. So
    are the rows unique in the holdout; the measure is the residual risk (`attack.shares`), its p-value that over random
    divisions of the real rows, since rows of unlike blocks may share their keys. `parts` has the shares of
    the whole tables: `unique_real` (UiO), `unique_synthetic` (UiS), `unique_found` (UiOiS) and `replicated_uniques`
    (repU). Raab, Nowok and Dibben (2024), appendix 1.
    """
    found = case.once(keyed)
    whole = replicated(found)
    parts = {"keys": list(found.names), **whole}
    note = f"{whole['replicated_uniques']:.2%} of the training rows are unique by {_listed(found)} here and there"
    if found.holdout is None:
        return replace(identity.none(f"{note}; {UNJUDGED}"), parts=parts)
    size, rng = min(len(found.real), len(found.holdout)), case.rng("identity")
    lone = np.bincount(found.synthetic.key, minlength=found.classes) == 1
    real, held = rng.permutation(found.real.key), rng.permutation(found.holdout.key)
    (hits, trials), (others, controls) = (looked_up(lone, side, size) for side in (real, held))
    if not trials or not controls:
        return replace(identity.none(f"no row is unique by {_listed(found)}: nobody can be found by them"), parts=parts)
    both = np.concatenate([real, held])
    most = int(np.clip(SHUFFLED // len(both), FEWEST_DRAWS, MOST))
    p = often(_gaps(lone, both, (len(real), size), rng), hits / trials - others / controls, most)
    return shares("privacy.identity", hits, trials, others, controls, note, {**parts, "size": size, "p": p})


def looked_up(lone: NDArray[np.bool_], keys: NDArray[np.int64], size: int) -> tuple[int, int]:
    """Rows unique in their block of this many rows: how many are found by their keys, and how many there are.

    Args:
        lone: classes that one synthetic row has.
        keys: classes of the rows; rows that fill no block are left out.
        size: rows of a block.

    >>> looked_up(np.array([False, True, True, False, False, False]), np.array([1, 1, 2, 2, 3, 1, 5]), 3)
    (3, 4)
    """
    blocks = keys[: len(keys) // size * size].reshape(-1, size)[:BLOCKS]
    alone = [np.bincount(block, minlength=len(lone)) == 1 for block in blocks]
    return sum(int((each & lone).sum()) for each in alone), sum(int(each.sum()) for each in alone)


def _gaps(
    lone: NDArray[np.bool_], keys: NDArray[np.int64], sizes: tuple[int, int], rng: np.random.Generator
) -> Iterator[float]:
    """Share found of training rows minus that of holdout rows, under random divisions of all rows, without end.

    Args:
        lone: classes that one synthetic row has.
        keys: classes of all real rows.
        sizes: number of training rows, and of rows in a block.
        rng: of the divisions.
    """
    while True:
        mixed = rng.permutation(keys)
        sides = (looked_up(lone, side, sizes[1]) for side in (mixed[: sizes[0]], mixed[sizes[0] :]))
        (hits, trials), (others, controls) = sides
        yield hits / max(trials, 1) - others / max(controls, 1)


def replicated(found: Keyed) -> dict[str, float]:
    """Unique rows of the whole tables, as shares of the training rows (`unique_synthetic`: of the synthetic rows)."""
    real, synthetic = (np.bincount(side.key, minlength=found.classes) for side in (found.real, found.synthetic))
    rows, unique = len(found.real), real == 1
    return {
        "unique_real": float(unique.sum() / rows),
        "unique_synthetic": float((synthetic == 1).sum() / len(found.synthetic)),
        "unique_found": float((unique & (synthetic > 0)).sum() / rows),
        "replicated_uniques": float((unique & (synthetic == 1)).sum() / rows),
    }


@metric("privacy.disclosure", better="low", quick=True)
def disclosure(case: Case) -> Measure:
    """Attribute disclosure: what the stand-in tells of a training row whose keys are known, beyond unseen rows.

    The attacker looks up a row's keys among the synthetic rows; where all that have them share one level of the target,
    that level is guessed. The share of all training rows of which the guess is made and right is DiSCO; that of the
    holdout rows is the control; the measure is the residual risk (`attack.shares`). `parts` has the figures of
    `disclosed` for training and, under `holdout`, for holdout rows; `disclosive_real` (Dorig), `weap_real` and
    `weap_synthetic`, `baseline` (the sum of squared shares of the target's levels), and `majority`: the level most
    often guessed rightly, flagged where it has at least 50 right guesses and more than 90 % of them (check_1way).
    """
    found = case.once(keyed)
    if found.secret is None:
        return disclosure.none("no column is left to be learned beside the keys")
    levels = np.bincount(found.real.secret) / len(found.real)
    whole = disclosed(found, found.real)
    parts = {"keys": list(found.names), "target": found.secret, **whole, **_in_file(found)}
    parts |= {"baseline": float((levels**2).sum()), "majority": _majority(case, found)}
    note = f"{found.secret} of {whole['disco']:.1%} of the training rows is told by their {_listed(found)}"
    most = parts["majority"]
    if most is not None and most["flagged"]:
        note += f"; {most['share']:.0%} of them are one and the same level, which is no secret"
    if found.holdout is None:
        return replace(disclosure.none(f"{note}; {UNJUDGED}"), parts=parts)
    parts |= {"holdout": disclosed(found, found.holdout)}
    hits = [int(_right(found, side).sum()) for side in (found.real, found.holdout)]
    return shares("privacy.disclosure", hits[0], len(found.real), hits[1], len(found.holdout), note, parts)


def disclosed(found: Keyed, rows: Rows) -> dict[str, Any]:
    """What the synthetic rows tell of these rows.

    Returns:
        `found` (iS): share whose keys occur; `certain` (DiS): share whose keys occur with one level alone; `disco`:
        share for which that is right; `dcap`: the expected share of right guesses s_tq / s_q (Elliot 2014); `tcap`:
        disco / certain, rightness where the within-equivalence-class attribution probability of the synthetic rows
        reaches `threshold` = 1 (Taub and Elliot 2019); `tcap_found`: disco / found (Little, Elliot and Allmendinger
        2022). `tcap` and `tcap_found` are None where nothing is certain or found.
    """
    keys, pairs = _counts(found, found.synthetic)
    there, right = keys[rows.key] > 0, _right(found, rows)
    certain = there & _certain(found)[rows.key]
    dcap = pairs[rows.pair] / np.maximum(keys[rows.key], 1)
    return {
        "found": float(there.mean()),
        "certain": float(certain.mean()),
        "disco": float(right.mean()),
        "dcap": float(dcap.mean()),
        "tcap": float(right.sum() / certain.sum()) if certain.any() else None,
        "tcap_found": float(right.sum() / there.sum()) if there.any() else None,
        "threshold": 1.0,
    }


def _counts(found: Keyed, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of each class, and of each pair of class and level."""
    return np.bincount(rows.key, minlength=found.classes), np.bincount(rows.pair, minlength=found.pairs)


def _certain(found: Keyed) -> NDArray[np.bool_]:
    """Classes whose synthetic rows have one level alone, (classes,)."""
    first = np.unique(found.synthetic.pair, return_index=True)[1]
    return np.bincount(found.synthetic.key[first], minlength=found.classes) == 1


def _right(found: Keyed, rows: Rows) -> NDArray[np.bool_]:
    """Rows whose class has their level alone among the synthetic rows."""
    keys, pairs = _counts(found, found.synthetic)
    return (keys[rows.key] > 0) & (pairs[rows.pair] == keys[rows.key])


def weap(found: Keyed, rows: Rows) -> NDArray[np.float64]:
    """Within-equivalence-class attribution probability: the share of each row's class that has its level, (rows,)."""
    keys, pairs = _counts(found, rows)
    return pairs[rows.pair] / keys[rows.key]


def _in_file(found: Keyed) -> dict[str, float]:
    real, synthetic = weap(found, found.real), weap(found, found.synthetic)
    certain = {"disclosive_real": float((real == 1).mean())}
    return {**certain, "weap_real": float(real.mean()), "weap_synthetic": float(synthetic.mean())}


def _majority(case: Case, found: Keyed) -> dict[str, Any] | None:
    """The level that most right guesses have, named where at least 8 training rows carry it; None without guesses."""
    right = np.bincount(found.real.secret[_right(found, found.real)])
    if not right.sum():
        return None
    level, share = int(np.argmax(right)), float(right.max() / right.sum())
    carried = int((found.real.secret == level).sum())
    flagged = bool(right.max() >= FLAG_ROWS and share > FLAG_SHARE)
    name = _level(case, found.secret or "", level) if carried >= SHOWN else None
    return {"level": name, "share": share, "frequency": carried / len(found.real), "flagged": flagged}


def _level(case: Case, name: str, level: int) -> str:
    if level == 0:
        return "missing"
    if name in case.discrete:
        return case.levels[case.discrete.index(name)][level - 1]
    return f"group {level} of {len(cuts(case, name)) + 1}"


def _listed(found: Keyed) -> str:
    return ", ".join(found.names)
