"""Judges of others, run as they are in environments of their own: mostlyai-qa's accuracy, and the XGBoost C2ST."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import exchange
from environments import python

import understudy as us
from understudy.data.schema import Schema
from understudy.runs.bench.apart import apart

HERE = Path(__file__).resolve().parent


class JudgeError(Exception):
    """A judge's program went wrong."""


def qa(train: Any, fake: Any, holdout: Any = None, *, schema: Schema | None = None) -> float:
    """mostlyai-qa's overall accuracy, in [0, 1]: the mean of those of one, two and three columns.

    Args:
        train: the training rows: a path, a frame or a table.
        fake: the stand-in.
        holdout: where given, the stand-in is compared with training rows and holdout together, as the package's own
            report does.
        schema: of the training rows, inferred where None; columns that a report would not judge are left out.
    """
    return qa_parts(train, fake, holdout, schema=schema)["overall"]


def qa_parts(train: Any, fake: Any, holdout: Any = None, *, schema: Schema | None = None) -> dict[str, float]:
    """mostlyai-qa's accuracies: overall, univariate, bivariate, trivariate, and for each `…_max`.

    The maxima are what the package expects of another real sample as long as the stand-in.
    """
    tables = [train, fake] if holdout is None else [train, fake, holdout]
    return _answer("qa", tables, schema)


def xgb(real: Any, fake: Any, *, schema: Schema | None = None, seed: int = 0) -> float:
    """The XGBoost C2ST as it is published: 1 - mean(2 max(1/2, AUC) - 1) over three folds; 1 is best.

    A default `XGBClassifier`, three stratified folds, equally many real and synthetic rows, categories one-hot, gaps
    filled with the real mean: the detection score of SDMetrics with XGBoost in the place of its learner.

    Args:
        real: the training rows, as published; or the holdout, against which copying does not help.
        fake: the stand-in.
        schema: of the real rows, inferred where None; columns that a report would not judge are left out.
        seed: of the folds, and of the rows taken where one side is longer.
    """
    return _answer("xgb", [real, fake], schema, "--seed", str(seed))["score"]


def _answer(name: str, tables: Sequence[Any], schema: Schema | None, *words: str) -> dict[str, float]:
    """What a judge's program says of tables written out for it.

    Raises:
        JudgeError: it fails.
    """
    interpreter, read = python(name), [us.read(table) for table in tables]
    kept = exchange.known(read[0]) if schema is None else exchange.learned(schema)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = [folder / f"{number}.csv" for number in range(len(read))]
        for table, path in zip(read, paths, strict=True):
            exchange.put(table, kept, path)
        exchange.put_kinds(kept, folder / "kinds.json")
        out = folder / "answer.json"
        # the package looks for a model to embed rows with, which the accuracies do not need
        env = {"PYTHONPATH": str(HERE.parent / "peers"), "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
        ended = apart([interpreter, HERE / f"{name}.py", out, folder / "kinds.json", *paths, *words], env=env)
        if ended.failure:
            raise JudgeError(f"{name}: {ended.failure}")
        return json.loads(out.read_text(encoding="utf-8"))
