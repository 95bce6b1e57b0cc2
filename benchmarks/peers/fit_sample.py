"""What every peer's program does: read, learn, draw, write, and tell how long each took.

A peer's program gives `main` a function from (frame, kinds, seed) to a function from a number of rows to a frame. It
runs in the peer's own environment, which has pandas but nothing of ours.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

Kinds = Mapping[str, str]
"""Of each column: integer, decimal, moment or category."""
Draw = Callable[[int], pd.DataFrame]
Fit = Callable[[pd.DataFrame, Kinds, int], Draw]
MISSING = "(missing)"
FLAG = " is missing"
PART = 100_000
SLOW = 60.0
"""Seconds that a long draw may be expected to take; a slower one is left out."""


def main(fit: Fit) -> None:
    """Do what the command line says: TRAIN and KINDS in, FAKE and FIGURES out."""
    asked = _asked()
    kinds = json.loads(asked.kinds.read_text(encoding="utf-8"))
    frame = read(asked.train, kinds)
    begun, spent = perf_counter(), _processor()
    draw = fit(frame, kinds, asked.seed)
    fitted = perf_counter()
    fake = draw(len(frame))
    drawn = perf_counter()
    figures = {"fit": fitted - begun, "sample": drawn - fitted, "cpu": _processor() - spent}
    fake[list(frame.columns)].to_csv(asked.fake, index=False)
    if asked.long and figures["sample"] * asked.long / len(frame) < SLOW:
        begun = perf_counter()
        for start in range(0, asked.long, PART):
            draw(min(PART, asked.long - start))
        figures["long"] = perf_counter() - begun
    asked.figures.write_text(json.dumps(figures), encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("train", "kinds", "fake", "figures"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--long", type=int, default=0)
    return parser.parse_known_args()[0]


def _processor() -> float:
    """Processor seconds of this process and of those it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def read(path: Path, kinds: Kinds) -> pd.DataFrame:
    """A table as it was written out: text for categories, missing where a cell is empty."""
    words = [name for name, kind in kinds.items() if kind == "category"]
    moments = [name for name, kind in kinds.items() if kind == "moment"]
    frame = pd.read_csv(path, dtype=dict.fromkeys(words, str), keep_default_na=False, na_values=[""])
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in moments})[list(kinds)]


def whole(fit: Fit) -> Fit:
    """The same peer for tables with gaps and moments, where it knows only numbers and categories.

    A missing category is a category; a missing number is the median, and a column of its own says where; a moment is
    its seconds.
    """

    def learn(frame: pd.DataFrame, kinds: Kinds, seed: int) -> Draw:
        numbers = [name for name, kind in kinds.items() if kind != "category"]
        gaps = [name for name in numbers if frame[name].isna().any()]
        filled = pd.DataFrame({name: _filled(frame[name], kinds[name]) for name in frame})
        flags = pd.DataFrame({name + FLAG: frame[name].isna().map({True: "yes", False: "no"}) for name in gaps})
        known = {**kinds, **dict.fromkeys(flags.columns, "category")}
        draw = fit(pd.concat([filled, flags], axis=1), known, seed)
        return lambda rows: _emptied(draw(rows), kinds, gaps)

    return learn


def _filled(cells: pd.Series, kind: str) -> pd.Series:
    if kind == "category":
        return cells.fillna(MISSING)
    numbers = cells.astype("int64") / 1e9 if kind == "moment" else cells
    numbers = numbers.where(cells.notna()).astype(float)
    return numbers.fillna(numbers.median())


def _emptied(drawn: pd.DataFrame, kinds: Kinds, gaps: list[str]) -> pd.DataFrame:
    found = {}
    for name, kind in kinds.items():
        cells = drawn[name]
        if kind == "category":
            cells = cells.astype(object).where(cells.astype(str) != MISSING)
        elif kind == "moment":
            cells = pd.to_datetime(np.round(cells.astype(float)), unit="s")
        found[name] = cells.mask(drawn[name + FLAG] == "yes") if name in gaps else cells
    return pd.DataFrame(found)
