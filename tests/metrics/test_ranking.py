"""The area under the curve against scikit-learn, pairs and resampling by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from understudy.metrics.ranking import auc, resamples, weighted_auc


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40))
def test_the_area_counts_pairs(rows: list[tuple[bool, int]]) -> None:
    truth, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=float)
    area, _ = auc(truth, scores)
    up, down = scores[truth], scores[~truth]
    if not len(up) or not len(down):
        assert np.isnan(area)
        return
    pairs = (up[:, None] > down).mean() + (up[:, None] == down).mean() / 2
    assert area == pytest.approx(pairs)
    assert weighted_auc(truth, scores, np.ones((1, len(truth)), dtype=np.int64))[0] == pytest.approx(pairs)


def test_weights_are_repeats() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random(200) < 0.4, np.round(rng.normal(size=200), 1)
    for weights in resamples(200, 5, rng):
        rows = np.repeat(np.arange(200), weights)
        expected = roc_auc_score(truth[rows], scores[rows])
        assert weighted_auc(truth, scores, weights[None])[0] == pytest.approx(expected)


def test_the_variance_is_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(800) < 0.3
    scores = np.round(rng.normal(size=800) + truth, 1)
    _, variance = auc(truth, scores)
    drawn = weighted_auc(truth, scores, resamples(800, 2_000, rng))
    assert variance == pytest.approx(drawn.var(), rel=0.15)
