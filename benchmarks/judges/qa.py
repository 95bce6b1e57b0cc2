"""mostlyai-qa's accuracies alone: `qa.py ANSWER KINDS TRAIN FAKE [HOLDOUT]`; in an environment of its own.

The package's report also embeds rows with a language model that it would have to fetch; its accuracy functions do not.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
from fit_sample import read
from mostlyai.qa import _accuracy as accuracy
from mostlyai.qa._sampling import prepare_data_for_accuracy


def main() -> None:
    """Write overall, univariate, bivariate and trivariate accuracy, each also as the most that could be expected."""
    parser = argparse.ArgumentParser()
    for name in ("answer", "kinds", "train", "fake"):
        parser.add_argument(name, type=Path)
    parser.add_argument("holdout", type=Path, nargs="?")
    asked = parser.parse_args()
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the package draws from it
    kinds = json.loads(asked.kinds.read_text(encoding="utf-8"))
    places = [asked.train] if asked.holdout is None else [asked.train, asked.holdout]
    reals = [prepared(read(place, kinds)) for place in places]
    found = parts(pd.concat(reals, ignore_index=True), prepared(read(asked.fake, kinds), reals[0]))
    asked.answer.write_text(json.dumps(found), encoding="utf-8")


def prepared(frame: pd.DataFrame, like: pd.DataFrame | None = None) -> pd.DataFrame:
    """A table as the package wants it for its accuracies."""
    dtypes = None if like is None else like.dtypes.to_dict()
    return prepare_data_for_accuracy(df_tgt=frame, setup="1:1", ori_dtypes=dtypes)


def parts(real: pd.DataFrame, fake: pd.DataFrame) -> dict[str, float]:
    """Accuracies by their name in the package's report."""
    left, bins = accuracy.bin_data(real, 10)
    right, _ = accuracy.bin_data(fake, bins)
    tables = {
        "univariate": accuracy.calculate_univariates(left, right),
        "bivariate": accuracy.calculate_bivariates(left, right),
        "trivariate": accuracy.calculate_trivariates(left, right),
    }
    found = {name: float(table["accuracy"].mean()) for name, table in tables.items() if len(table)}
    most = {f"{name}_max": float(table["accuracy_max"].mean()) for name, table in tables.items() if len(table)}
    overall = {"overall": float(np.mean(list(found.values()))), "overall_max": float(np.mean(list(most.values())))}
    return {**overall, **found, **most}


if __name__ == "__main__":
    main()
