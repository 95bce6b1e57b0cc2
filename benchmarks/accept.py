"""Every numeric target of the first issue, measured in one named configuration; `make accept`.

Writes `accept.md` and `accept.json` beside this file, unless only some are measured: then the table is printed alone,
with the others as skipped.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import quality
import speed
from measuring import ADULT, machine, revision
from targets import ALL, GROUPS, Found, results, table

HERE = Path(__file__).resolve().parent
NAME = "trees-default"
NEEDS_ADULT = frozenset({"run", "trees", "scores", "protection", "long"})
HOW = f"""\
Configuration **{NAME}**: engine `trees`, every option at its default, k = 8. Adult (48 842 rows, 15 columns) is split
nine to one; the larger part is learned from.

Times are medians with their range; the median is held against the target. Scores are means over {{seeds}} seeds (10 and
up: the settings were chosen on lower ones), each with a split, a model and a sample of its own, with the 95 %
t-interval, whose unfavourable end is held against the target. What was not measured counts as unmet.
"""


def main() -> int:
    """Measure, print and write; 1 where a target that was to be measured is not met."""
    asked = _asked()
    wanted = [target for target in ALL if not asked.only or {target.name, target.group} & set(asked.only)]
    about = {"configuration": NAME, "date": datetime.now(UTC).date().isoformat(), "revision": revision(), **machine()}
    begun = perf_counter()
    found, why = _found({target.group for target in wanted}, asked.seeds)
    about["minutes"] = round((perf_counter() - begun) / 60, 1)
    entries = results(found, why)
    page = _page(entries, about, asked.seeds)
    sys.stdout.write(page)
    out = asked.out if asked.out is not None else None if asked.only else HERE
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "accept.md").write_text(page, encoding="utf-8")
        plain = {**about, "seeds": asked.seeds, "targets": entries}
        (out / "accept.json").write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    names = {target.name for target in wanted}
    return int(any(each["result"] not in ("met", "stated") for each in entries if each["name"] in names))


def _asked() -> argparse.Namespace:
    known = (*GROUPS, *(target.name for target in ALL))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=known, help=f"groups ({', '.join(GROUPS)}) or targets"
    )
    parser.add_argument("--seeds", type=int, default=10, help="seeds that scores stand on (10)")
    parser.add_argument("--out", type=Path, help="folder for accept.md and accept.json")
    return parser.parse_args()


def _found(groups: set[str], seeds: int) -> tuple[dict[str, Found], dict[str, str]]:
    """What was measured, and why each other group was not."""
    measured: Mapping[str, Callable[[], dict[str, Found]]] = {
        "demo": speed.demo,
        "start": speed.start,
        "run": speed.run,
        "trees": speed.trees,
        "scores": partial(quality.scores, seeds),
        "protection": partial(quality.protection, seeds),
        "long": speed.long,
    }
    found: dict[str, Found] = {}
    why: dict[str, str] = {}
    for group, measure in measured.items():
        if group not in groups:
            why[group] = "not asked for"
        elif group in NEEDS_ADULT and not ADULT.exists():
            why[group] = "the Adult data is not on this machine"
        else:
            begun = perf_counter()
            try:
                found |= measure()
            except Exception as error:  # what took minutes to measure before it is not to be lost
                why[group] = f"failed: {type(error).__name__}"
                traceback.print_exc()
            sys.stderr.write(f"{group}: {perf_counter() - begun:.0f} s\n")
    return found, why


def _page(entries: list[dict], about: Mapping[str, object], seeds: int) -> str:
    asked = [each for each in entries if each["sense"] != "stated"]
    met = sum(each["result"] == "met" for each in asked)
    facts = "\n".join(f"- {name}: {value}" for name, value in about.items())
    apart = table([each for each in entries if each["sense"] == "stated"])
    return (
        f"# Acceptance\n\nWritten by `make accept`. {met} of {len(asked)} targets met.\n\n"
        f"{HOW.format(seeds=seeds)}\n{table(asked)}\n\nStated apart, without a target:\n\n{apart}\n\n"
        f"## Machine\n\n{facts}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
