"""The XGBoost C2ST as published: `xgb.py ANSWER KINDS REAL FAKE`; in an environment of its own."""

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from fit_sample import read
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from xgboost import XGBClassifier

FOLDS = 3


def main() -> None:
    """Write the score, and the area of each fold."""
    parser = argparse.ArgumentParser()
    for name in ("answer", "kinds", "real", "fake"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    kinds = json.loads(asked.kinds.read_text(encoding="utf-8"))
    real, fake = (read(place, kinds) for place in (asked.real, asked.fake))
    many = min(len(real), len(fake))
    real, fake = (frame.sample(many, random_state=asked.seed) for frame in (real, fake))
    areas = separated(features(real, fake, kinds), np.repeat([1, 0], many), asked.seed)
    score = 1 - float(np.mean([2 * max(0.5, area) - 1 for area in areas]))
    asked.answer.write_text(json.dumps({"score": score, "areas": areas}), encoding="utf-8")


def features(real: pd.DataFrame, fake: pd.DataFrame, kinds: dict[str, str]) -> np.ndarray:
    """Both tables, one over the other: categories one-hot (a gap in none), moments in seconds, gaps the real mean."""
    words = [name for name, kind in kinds.items() if kind == "category"]
    both = pd.concat([real, fake], ignore_index=True)
    for name, kind in kinds.items():
        if kind == "moment":
            both[name] = both[name].astype("int64").where(both[name].notna()) / 1e9
    numbers = [name for name in kinds if name not in words]
    both[numbers] = both[numbers].astype(float).fillna(both[numbers].iloc[: len(real)].astype(float).mean())
    return pd.get_dummies(both, columns=words, dtype=np.float32).to_numpy(dtype=np.float32)


def separated(rows: np.ndarray, truth: np.ndarray, seed: int) -> list[float]:
    """The area under the curve of each fold; a thread each, for OpenMP collapses on a busy machine."""

    def area(fold: tuple[np.ndarray, np.ndarray]) -> float:
        train, test = fold
        learner = XGBClassifier(random_state=seed, n_jobs=1).fit(rows[train], truth[train])
        return float(roc_auc_score(truth[test], learner.predict_proba(rows[test])[:, 1]))

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with ThreadPoolExecutor(FOLDS) as pool:
        return list(pool.map(area, folds.split(rows, truth)))


if __name__ == "__main__":
    main()
