"""Anonymity: how many rows are alike by their keys, and how unlike they are in what could be learned of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from understudy.metrics.case import NUMERIC, Case
from understudy.metrics.keys import Keyed, Rows, cells, keyed, numbered
from understudy.metrics.measure import Measure
from understudy.metrics.metric import metric
from understudy.metrics.sizes import referenced

SMALL = 5
C = 3.0


@metric("privacy.anonymity", better="low", quick=True)
def anonymity(case: Case) -> Measure:
    """Small classes: share of synthetic rows that fewer than four others equal in all keys.

    Between samples of the common size, since classes grow with the table; the ceiling is the share of holdout rows,
    the floor that of shuffled columns. It is a property of a table and no attack: a stand-in has nobody to hide, and a
    good one has as many small classes as the real rows. `parts["synthetic"]` and `parts["real"]` have the figures of
    the whole tables (`figures`); `parts["k_map"]` is the smallest number of training rows that share the keys of a
    synthetic row, over keys that both tables have, and `parts["unmatched"]` the share of synthetic rows whose keys no
    training row has.
    """
    found = case.once(keyed)
    measured = referenced(case, lambda _, rows: small(numbered([cells(case, rows, found.names)])[0]))
    real, synthetic = (_figures(case, found, rows) for rows in (found.real, found.synthetic))
    parts: dict[str, Any] = {"keys": list(found.names), "target": found.secret, "below": SMALL}
    parts |= {"size": measured["size"], "draws": measured["draws"], "real": real, "synthetic": synthetic} | _mapped(
        found
    )
    ends = {name: measured[name] for name in ("value", "low", "high", "ceiling", "floor")}
    if measured["size"] >= len(case.synthetic):  # every draw is the whole stand-in, which says nothing of the next one
        ends |= {"low": None, "high": None}
    note = (
        f"{measured['value']:.1%} of the synthetic rows have fewer than four others alike in {', '.join(found.names)}"
    )
    return Measure("privacy.anonymity", **ends, parts=parts, note=note, better="low")


def small(keys: NDArray[np.int64]) -> float:
    """Share of rows in classes of fewer than five.

    >>> small(np.array([0, 0, 0, 0, 0, 1, 2, 2]))
    0.375
    """
    return float((np.bincount(keys)[keys] < SMALL).mean())


def figures(keys: NDArray[np.int64], secrets: NDArray[np.int64], ordered: bool = False) -> dict[str, Any]:
    """What a table grants everyone in it.

    Args:
        keys: class of each row, from 0, (rows,), at least one.
        secrets: level of the column to be learned, from 0, (rows,).
        ordered: whether neighbouring levels are nearer than others, as groups of a number are.

    Returns:
        `classes`: their number; `k`: rows of the smallest one (Sweeney 2002); `small`: share of rows in classes of
        fewer than five; `distinct_l`: the smallest number of levels in a class; `entropy_l`: the smallest
        exp(entropy); `recursive_l`: the largest l for which every class is recursively (3, l)-diverse, that is
        r_1 < 3 (r_l + ... + r_m) of its counts in falling order (Machanavajjhala et al. 2007); `t`: the largest earth
        mover's distance between a class and the whole (Li, Li and Venkatasubramanian 2007).
    """
    keys = np.unique(keys, return_inverse=True)[1]
    pairs, counts = np.unique(keys * (secrets.max() + 1) + secrets, return_counts=True)
    classes, levels = np.divmod(pairs, secrets.max() + 1)
    rows = np.bincount(keys)
    return {
        "classes": len(rows),
        "k": int(rows.min()),
        "small": small(keys),
        "distinct_l": int(np.bincount(classes).min()),
        "entropy_l": _entropy_l(classes, counts, rows),
        "recursive_l": _recursive_l(classes, counts, rows),
        "t": (_ordered_t if ordered else _equal_t)(classes, levels, counts, rows),
    }


def _entropy_l(classes: NDArray, counts: NDArray, rows: NDArray) -> float:
    share = counts / rows[classes]
    return float(np.exp(np.bincount(classes, -share * np.log(share)).min()))


def _recursive_l(classes: NDArray, counts: NDArray, rows: NDArray) -> int:
    """The largest l that all classes have: what is left from the l-th count on falls with l."""
    order = np.lexsort((-counts, classes))
    classes, counts = classes[order], counts[order]
    starts = np.searchsorted(classes, np.arange(len(rows)))
    before = np.cumsum(counts) - counts
    tail = rows[classes] - (before - before[starts][classes])
    return int(np.bincount(classes, counts[starts][classes] < C * tail).min())


def _equal_t(classes: NDArray, levels: NDArray, counts: NDArray, rows: NDArray) -> float:
    """Equal distance: half the sum of |p - q|; levels that a class lacks add up to what its own leave of the whole."""
    whole = np.bincount(levels, counts) / counts.sum()
    gaps = np.bincount(classes, np.abs(counts / rows[classes] - whole[levels]))
    return float(max(((gaps + 1 - np.bincount(classes, whole[levels])) / 2).max(), 0.0))


def _ordered_t(classes: NDArray, levels: NDArray, counts: NDArray, rows: NDArray) -> float:
    """Ordered distance: the mean of |P - Q| over steps between neighbouring levels; levels that no row has are none."""
    known, levels = np.unique(levels, return_inverse=True)
    gap, total = np.zeros(len(rows)), np.zeros(len(rows))
    for level in range(len(known) - 1):
        here = levels == level
        gap += np.bincount(classes[here], counts[here], len(rows)) / rows - counts[here].sum() / counts.sum()
        total += np.abs(gap)
    return float(total.max() / max(len(known) - 1, 1))


def _figures(case: Case, found: Keyed, rows: Rows) -> dict[str, Any]:
    """Figures of a whole table; without a column to be learned those of its classes alone."""
    numeric = found.secret is not None and case.schema[found.secret].kind in NUMERIC
    known = figures(rows.key, rows.secret, numeric)
    return known if found.secret is not None else {name: known[name] for name in ("classes", "k", "small")}


def _mapped(found: Keyed) -> dict[str, Any]:
    real, synthetic = (np.bincount(side.key, minlength=found.classes) for side in (found.real, found.synthetic))
    shared = real[(synthetic > 0) & (real > 0)]
    unmatched = float(synthetic[real == 0].sum() / len(found.synthetic))
    return {"k_map": int(shared.min()) if len(shared) else None, "unmatched": unmatched}
