"""Every numeric target that an issue names, measured each in its named configuration; `make accept`.

Writes `accept.md` and `accept.json` beside this file, unless only some are measured: then the tables are printed alone,
with the others as skipped.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import close
import judged
import processor
import published
import quality
import remembered
import ruled
import scale
import speed
from environments import versions
from measuring import machine, revision
from planted import figures
from sets import paths
from targets import Configuration, Found, results, table
from targets_boost import SECOND
from targets_first import FIRST
from targets_judge import THIRD
from targets_proposals import FOURTH

from understudy.reports.summary import plain

HERE = Path(__file__).resolve().parent
ALL = (*FIRST, *SECOND, *THIRD, *FOURTH)
GROUPS = tuple(dict.fromkeys(target.group for target in ALL))
CONFIGURATIONS: Mapping[Configuration, str] = {
    "product": "The product as it is by default: the default engine, every option at its default.",
    "trees-default": """\
Engine `trees`, every option at its default, k = 8. For the scores, Adult (48 842 rows, 15 columns) is split nine to
one over {seeds} seeds (10 and up).""",
    "boost-default": """\
Engine `boost`, every option at its default, k = 8. Tables are split four to one over 5 seeds (10 to 14); figures of
California, and of what is remembered, are means over 4 stand-ins a model. For the C2ST as published tables are split
nine to one over 3 (10 to 12; Diabetes 130: 10).""",
    "judge": """\
The judge, every option at its default. Speed: Adult split nine to one, rows of `trees`. Truth: draws of Adult without
replacement, 4 000 rows learned, 4 000 others as stand-in and 2 000 held out: 100 draws of honest stand-ins, 20 of each
other kind, copies by the quick judge. Draws share rows. A test at 5 % is significant on 5 % of honest tables, on six or
more of 100 in four of ten measurements.""",
    "rules": """\
The default engine with every option at its default, with and without rules on the same rows: tables split four to one
over 3 seeds (0 to 2), 100 000 rows drawn without conditions and under three of them; each of the 13 kinds at least once
on every table, and a computed column.""",
}
HOW = """\
Times and memory are medians with their range, and the median is held against the target; or one measurement. Scores
are means over seeds, each with a split, a model and a sample of its own (engines' settings were chosen on lower seeds),
with the 95 % t-interval, whose unfavourable end is held against the target; what is remembered of training rows has a
one-sided 95 % bound. What was not measured counts as unmet.
"""


@dataclass(frozen=True)
class Measurement:
    """What answers a group of targets.

    Attributes:
        of: gives a figure for each target of the group.
        needs: public tables that must be there.
    """

    of: Callable[[], dict[str, Found]]
    needs: tuple[str, ...] = ()


def main() -> int:
    """Measure, print and write; 1 where a target that was to be measured is not met."""
    asked = _asked()
    wanted = [target for target in ALL if not asked.only or {target.name, target.group} & set(asked.only)]
    about = {"date": datetime.now(UTC).date().isoformat(), "revision": revision(), **machine(), **versions()}
    begun = perf_counter()
    found, why = _found({target.group for target in wanted}, measurements(asked.seeds, asked.peers))
    about["minutes"] = round((perf_counter() - begun) / 60, 1)
    entries = results(ALL, found, why)
    if asked.keep is not None:
        entries = _kept(entries, why, json.loads(asked.keep.read_text(encoding="utf-8")))
    page = _page(entries, about, asked.seeds)
    sys.stdout.write(page)
    out = asked.out if asked.out is not None else None if asked.only else HERE
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "accept.md").write_text(page, encoding="utf-8")
        said = plain({**about, "seeds": asked.seeds, "targets": entries})
        (out / "accept.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    names = {target.name for target in wanted}
    return int(any(each["result"] not in ("met", "stated") for each in entries if each["name"] in names))


def _asked() -> argparse.Namespace:
    known = (*GROUPS, *(target.name for target in ALL))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=known, help=f"groups ({', '.join(GROUPS)}) or targets"
    )
    parser.add_argument("--seeds", type=int, default=10, help="seeds that the scores of trees stand on (10)")
    parser.add_argument(
        "--peers", nargs="*", default=["copula"], choices=list(processor.PEERS),
        help="peers whose processor time is measured again (copula; mostlyai takes minutes)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder for accept.md and accept.json")
    parser.add_argument("--keep", type=Path, metavar="JSON", help="earlier accept.json, for groups not measured now")
    return parser.parse_args()


def _kept(entries: list[dict], why: Mapping[str, str], earlier: Mapping) -> list[dict]:
    """The entries, with an earlier run's for groups that were not measured; each says of which revision it is."""
    known = {each["name"]: each for each in earlier["targets"] if each.get("measured") is not None}
    groups, said = {target.name: target.group for target in ALL}, f"measured at {earlier['revision']}"
    kept = []
    for entry in entries:
        name = entry["name"]
        if groups[name] not in why or name not in known:
            kept.append(entry)
            continue
        note = known[name]["note"]
        told = note if note.endswith(")") and "measured at" in note else f"{note} ({said})".strip()
        kept.append({**known[name], "note": told})
    return kept


def measurements(seeds: int, peers: Collection[str]) -> dict[str, Measurement]:
    """What answers each group, in the order in which it is done."""
    adult, california = ("adult",), ("california_housing",)
    return {
        "demo": Measurement(speed.demo),
        "start": Measurement(speed.start),
        "run": Measurement(speed.run, adult),
        "trees": Measurement(speed.trees, adult),
        "scores": Measurement(partial(quality.scores, seeds), adult),
        "protection": Measurement(partial(quality.protection, seeds), adult),
        "long": Measurement(speed.long, adult),
        "adult": Measurement(partial(close.public, *adult, qa=True), adult),
        "california": Measurement(partial(close.public, *california, draws=4), california),
        "memory": Measurement(_remembered, (*adult, *california)),
        "wide": Measurement(close.broad),
        "processor": Measurement(partial(processor.processor, peers), adult),
        "million": Measurement(_million, adult),
        "growth": Measurement(_growth, adult),
        "large": Measurement(scale.large, adult),
        "published": Measurement(published.published, tuple(published.SEEDS)),
        "judge": Measurement(judged.speed, adult),
        "truth": Measurement(judged.truth, adult),
        "rules": Measurement(ruled.rules, ruled.FILES),
        "proposals": Measurement(figures.figures),
    }


def _remembered() -> dict[str, Found]:
    return remembered.remembered("adult") | remembered.remembered("california_housing")


def _million() -> dict[str, Found]:
    return scale.million("trees") | scale.million("boost")


def _growth() -> dict[str, Found]:
    return scale.growth("trees") | scale.growth("boost")


def _found(groups: Collection[str], measured: Mapping[str, Measurement]) -> tuple[dict[str, Found], dict[str, str]]:
    """What was measured, and why each other group was not."""
    found: dict[str, Found] = {}
    why: dict[str, str] = {}
    for group, measurement in measured.items():
        lacking = [
            name for name, path in zip(measurement.needs, paths(measurement.needs), strict=True) if not path.exists()
        ]
        if group not in groups:
            why[group] = "not asked for"
        elif lacking:
            why[group] = f"not on this machine: {', '.join(lacking)}"
        else:
            begun = perf_counter()
            try:
                found |= _complete(group, measurement.of())
            except Exception as error:  # what took minutes to measure before it is not to be lost
                why[group] = f"failed: {type(error).__name__}"
                traceback.print_exc()
            sys.stderr.write(f"{group}: {perf_counter() - begun:.0f} s\n")
    return found, why


def _complete(group: str, found: dict[str, Found]) -> dict[str, Found]:
    """What was measured, if it answers each target of its group and nothing else.

    Raises:
        LookupError: it does not.
    """
    asked = {target.name for target in ALL if target.group == group}
    if asked != set(found):
        raise LookupError(f"{group}: targets and figures differ: {', '.join(sorted(asked ^ set(found)))}")
    return found


def _page(entries: list[dict], about: Mapping[str, object], seeds: int) -> str:
    asked = [each for each in entries if each["sense"] != "stated"]
    met = sum(each["result"] == "met" for each in asked)
    facts = "\n".join(f"- {name}: {value}" for name, value in about.items())
    parts = [
        f"## {name}\n\n{text.format(seeds=seeds)}\n\n"
        f"{table([each for each in entries if each['configuration'] == name])}\n"
        for name, text in CONFIGURATIONS.items()
    ]
    return (
        f"# Acceptance\n\nWritten by `make accept`. {met} of {len(asked)} targets met.\n\n{HOW}\n"
        f"{chr(10).join(parts)}\n## Machine\n\n{facts}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
