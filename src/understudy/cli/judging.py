"""The command that judges."""

from pathlib import Path
from typing import Annotated

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Quiet, Seed


def evaluate(
    real: Annotated[str, typer.Option("--real", "-r", help="The rows that were learned from.")],
    synthetic: Annotated[str, typer.Option("--synthetic", "-s", help="The stand-in.")],
    holdout: Annotated[
        str | None, typer.Option("--holdout", help="Real rows that no model saw; without them no ceiling and no privacy verdict.")
    ] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", help="Column to predict; guessed if not given.")] = None,
    schema: Annotated[Path | None, typer.Option("--schema", help="Schema file: our YAML, or SDV metadata JSON.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File for the report: .html, .json or .txt.")] = None,
    k: Annotated[int, typer.Option("-k", help="Real rows that anything shown stands on.")] = 8,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Judge a stand-in beside the real table."""
    from understudy.data.schema_files import read_one
    from understudy.reports.summary import evaluate as judge

    known = None if schema is None else read_one(schema)
    with screen.progress(quiet or as_json) as tell:
        report = judge(
            real, synthetic, holdout=holdout, target=target, schema=known, k=k, seed=0 if seed is None else seed, on_progress=tell
        )
    if out is not None:
        report.save(out)
        screen.talk(f"report: {out}", quiet or as_json)
    if as_json:
        screen.emit(report.to_dict())
    elif not quiet or out is None:
        screen.say(report.to_text())
