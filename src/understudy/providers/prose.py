"""Free text."""

import numpy as np
import polars as pl

from understudy.providers.layouts import Layout, Prose
from understudy.providers.learning import distinct, mostly, texts
from understudy.providers.provider import Invented
from understudy.providers.repeats import learn

QUANTILES = 33


def fit_text(values: pl.Series, *, unique: bool, k: int) -> Invented:
    """Placeholder sentences of common English words, as long as the real texts; no learned word ever comes out."""
    seen = distinct(values)
    counts = np.sort([len(value.split()) for value in seen])
    prose = Prose(
        _lengths(counts, k), stops=mostly([value.rstrip()[-1:] in {".", "!", "?"} for value in seen]), distinct=unique
    )
    return Invented("text", unique, (Layout((prose,)),), None, None if unique else learn(texts(values), k))


def _lengths(counts: np.ndarray, k: int) -> tuple[int, ...]:
    """Words at evenly spaced quantiles, the ends where k texts stand."""
    if counts.size < 2 * k:
        return (5, 15)
    inner = np.clip(counts, counts[k - 1], counts[-k])
    return tuple(int(each) for each in np.rint(np.quantile(inner, np.linspace(0, 1, QUANTILES))))
