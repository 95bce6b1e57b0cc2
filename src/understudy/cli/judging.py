"""The command that judges."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from understudy.cli import screen
from understudy.cli.options import AsJson, Gates, Protected, Quick, Quiet, Seed, Target
from understudy.cli.places import refuse_replacing, refuse_unwritable
from understudy.errors import ArgumentError


def evaluate(
    real: Annotated[
        str, typer.Option("--real", "-r", metavar="DATA", help="The real rows that the stand-in was learned from.")
    ],
    synthetic: Annotated[
        str, typer.Option("--synthetic", "-s", metavar="DATA", help="The stand-in, with the same columns.")
    ],
    holdout: Annotated[
        str | None,
        typer.Option(
            "--holdout",
            metavar="DATA",
            help="Real rows that no model has seen; without them there is no reference and no verdict on privacy.",
        ),
    ] = None,
    target: Target = None,
    protected: Protected = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="What the columns are, as YAML or as SDV metadata JSON; found out from the real rows if not given.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="File for the report: .html, .json, .md or .txt."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="EXPR", help="What every row keeps: 'start <= end'. May be repeated."),
    ] = None,
    gate: Gates = None,
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help="Synthetic row i is real row i with some columns drawn anew: judge also who can be found again.",
        ),
    ] = False,
    quick: Quick = False,
    k: Annotated[int, typer.Option("-k", metavar="K", help="Real rows that anything shown stands on at least.")] = 8,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Judge a stand-in beside the real table.

    It may come from anywhere. Scores stand beside those of a second real sample and of unrelated columns, where a
    holdout is given.
    """
    from understudy.data.schema_files import read_one
    from understudy.reports import gating
    from understudy.reports.summary import evaluate as judge
    from understudy.reports.writing import form

    if out is not None:
        form(out, "report")
        refuse_unwritable(out)
        refuse_replacing(out, real, synthetic, holdout, schema)
    gates = gating.read(gate or ())
    known = None if schema is None else read_one(schema)
    with screen.progress(quiet or as_json) as tell:
        report = judge(
            real,
            synthetic,
            holdout=holdout,
            target=target,
            protected=protected,
            schema=known,
            k=k,
            seed=0 if seed is None else seed,
            quick=quick,
            paired=paired,
            rules=rule or (),
            on_progress=tell,
        )
    if out is not None:
        report.save(out)
        screen.talk(f"report: {out}", quiet or as_json)
    passages = gating.passages(report, gates)
    if as_json:
        screen.emit(report.to_dict() | {"gates": [asdict(each) for each in passages]})
    elif not quiet or out is None:
        screen.report(report)
    screen.gates(passages, quiet)


def compare(
    real: Annotated[
        str, typer.Option("--real", "-r", metavar="DATA", help="The real rows that the stand-ins were learned from.")
    ],
    synthetic: Annotated[
        list[str],
        typer.Option("--synthetic", "-s", metavar="[NAME=]DATA", help="A stand-in, with the same columns; again."),
    ],
    holdout: Annotated[
        str | None, typer.Option("--holdout", metavar="DATA", help="Real rows that no model has seen.")
    ] = None,
    target: Target = None,
    protected: Protected = None,
    quick: Quick = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="File for the comparison: .html, .json, .md or .txt."),
    ] = None,
    seed: Seed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Judge several stand-ins of one table and set them side by side.

    All are judged against the same real rows and the same draws.
    """
    from understudy.reports.comparison import compare as judged
    from understudy.reports.writing import form

    named = _named(synthetic)
    if out is not None:
        form(out, "comparison")
        refuse_unwritable(out)
        refuse_replacing(out, real, *named.values(), holdout)
    how = {
        "holdout": holdout,
        "target": target,
        "protected": protected,
        "quick": quick,
        "seed": 0 if seed is None else seed,
    }
    with screen.progress(quiet or as_json) as tell:
        found = judged(real, named, **how, on_progress=tell)
    if out is not None:
        found.save(out)
        screen.talk(f"comparison: {out}", quiet or as_json)
    if as_json:
        screen.emit(found.to_dict())
    elif not quiet or out is None:
        screen.say(found.to_text())


def _named(said: list[str]) -> dict[str, str]:
    """Stand-ins by name: what stands before the first sign, else the path.

    Raises:
        ArgumentError: two have one name.
    """
    named: dict[str, str] = {}
    for each in said:
        name, sign, path = each.partition("=")
        name, path = (name, path) if sign and not Path(each).exists() else (each, each)
        if name in named:
            raise ArgumentError(f"two stand-ins are named '{name}'", hint="write NAME=DATA", field="synthetic")
        named[name] = path
    return named
