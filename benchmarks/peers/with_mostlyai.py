"""mostlyai-engine's tabular network; `--minutes` caps its training."""

import argparse
import tempfile
from pathlib import Path

import pandas as pd
from fit_sample import Draw, Kinds, main
from mostlyai import engine

MINUTES = 14.0


def fit(frame: pd.DataFrame, kinds: Kinds, seed: int) -> Draw:
    """Learn with the defaults, which stop at the best validation loss."""
    engine.set_random_state(seed)
    place = Path(tempfile.mkdtemp())
    engine.split(frame, model_type="TABULAR", workspace_dir=place)
    engine.analyze(workspace_dir=place)
    engine.encode(workspace_dir=place)
    engine.train(max_training_time=_minutes(), workspace_dir=place)

    def draw(rows: int) -> pd.DataFrame:
        engine.generate(sample_size=rows, workspace_dir=place)
        return pd.read_parquet(place / "SyntheticData")

    return draw


def _minutes() -> float:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=MINUTES)
    return parser.parse_known_args()[0].minutes


if __name__ == "__main__":
    main(fit)
