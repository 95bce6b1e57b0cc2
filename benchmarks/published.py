"""The XGBoost C2ST as it is published for other engines: nine tenths are learned, as many rows drawn; 1 is best."""

from collections.abc import Sequence

import judges
from sets import FILES, paths
from stand_in import FIRST_SEED, stand_in
from targets import Found

import understudy as us

SHARE = 0.1
SEEDS: dict[str, Sequence[int]] = {
    "adult": range(FIRST_SEED, FIRST_SEED + 3),
    "credit_default": range(FIRST_SEED, FIRST_SEED + 3),
    "diabetes130": (FIRST_SEED,),
}
"""One seed where a fit takes a minute and nothing is asked."""


def published(engine: str = "boost") -> dict[str, Found]:
    """The score against the training rows, as published, and against the holdout, where copying does not help."""
    found: dict[str, Found] = {}
    for data, seeds in SEEDS.items():
        scores = [_scores(data, engine, seed) for seed in seeds]
        for place, name in enumerate(("train", "holdout")):
            values = tuple(each[place] for each in scores)
            found[f"xgb-{data.partition('_')[0]}-{name}"] = Found(values, "mean")
    return found


def _scores(data: str, engine: str, seed: int) -> tuple[float, float]:
    made = stand_in(us.read(paths([data])[0]), engine, seed, FILES[data][1], SHARE)
    sides = (made.train, made.holdout)
    train, holdout = (judges.xgb(side, made.fake, schema=made.model.schema, seed=seed) for side in sides)
    return train, holdout
