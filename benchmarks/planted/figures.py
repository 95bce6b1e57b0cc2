"""Recall and precision of proposals over corpora, what was missed, and what is false.

`python -m planted.figures --seeds 0 1` from `benchmarks/` prints them.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter

from measuring import ran, understudy
from targets import Found

from planted.corpus import broad, corpus
from planted.verdicts import Find, Judged, judged, trial

SEEDS = (0, 1, 2)


def found_by_product() -> Find:
    """The product's own search, deferred so that the corpus stands without it."""
    from understudy.plan.proposals.discover import discover

    return discover


def measured(seed: int, find: Find, only: str = "") -> list[Judged]:
    """Every table of a corpus, searched and judged."""
    told = []
    for process in corpus(seed):
        if only in process.name:
            tried = trial(process)
            begun = perf_counter()
            proposals = find(tried.table, tried.schema)
            told.append(judged(process, proposals, tried, perf_counter() - begun))
    return told


def recall(tables: Iterable[Judged]) -> tuple[int, int]:
    """Planted exact rules that were found, and all."""
    rules = [each.found for table in tables for each in table.rules]
    return sum(rules), len(rules)


def words(tables: Iterable[Judged]) -> Counter[str]:
    """How many exact proposals were called what."""
    return Counter(each.word for table in tables for each in table.verdicts)


def precision(tables: Iterable[Judged]) -> tuple[int, int]:
    """Exact proposals that are right, and those with the false and the empty ones; neutral ones count on no side."""
    told = words(tables)
    return told["right"], told["right"] + told["false"] + told["empty"]


def figures(seeds: Sequence[int] = SEEDS, find: Find | None = None) -> dict[str, Found]:
    """The targets of group `proposals`."""
    tables = [measured(seed, find or found_by_product()) for seed in seeds]
    found, right = [recall(each) for each in tables], [precision(each) for each in tables]
    told = words(table for each in tables for table in each)
    return {
        "proposals-recall": Found(tuple(a / max(b, 1) for a, b in found), "mean", _sums(found)),
        "proposals-precision": Found(tuple(a / max(b, 1) for a, b in right), "mean", _sums(right)),
        "proposals-redundant": Found((float(told["redundant"]),), note=", ".join(f"{n} {w}" for w, n in told.items())),
        "proposals-seconds": Found((seconds(),), note="start and reading with it"),
    }


def _sums(pairs: Sequence[tuple[int, int]]) -> str:
    return f"{sum(part for part, _ in pairs)} of {sum(whole for _, whole in pairs)}"


def seconds() -> float:
    """Wall seconds of `understudy init` on 100 000 rows of 50 columns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broad.csv"
        broad().table().write_csv(path)
        return ran([understudy(), "init", path, "-o", Path(folder) / "plan.yaml"]).seconds


def report(tables: Sequence[Judged]) -> str:
    """Recall by kind of rule, verdicts by kind of proposal, misses and false ones, as Markdown."""
    (found, rules), (right, told) = recall(tables), precision(tables)
    lines = [f"recall {found} of {rules} = {found / max(rules, 1):.3f}; "
             f"precision {right} of {told} = {right / max(told, 1):.3f}; {dict(words(tables))}", ""]  # fmt: skip
    lines += ["| planted | rules | found | recall |", "| --- | --- | --- | --- |", *_by_rule(tables), ""]
    names = ("right", "neutral", "redundant", "empty", "false", "unread")
    lines += [f"| proposed | {' | '.join(names)} |", f"|{' --- |' * 7}", *_by_proposal(tables, names), ""]
    slow = max(tables, key=lambda table: table.seconds)
    lines += [f"slowest: {slow.name}, {slow.seconds:.1f} s", "", *_details(tables)]
    return "\n".join(lines) + "\n"


def _by_rule(tables: Sequence[Judged]) -> list[str]:
    every = Counter(each.rule.kind for table in tables for each in table.rules)
    found = Counter(each.rule.kind for table in tables for each in table.rules if each.found)
    return [
        f"| {kind} | {number} | {found[kind]} | {found[kind] / number:.2f} |" for kind, number in every.most_common()
    ]


def _by_proposal(tables: Sequence[Judged], names: Sequence[str]) -> list[str]:
    every = Counter((each.proposal.kind, each.word) for table in tables for each in table.verdicts)
    kinds = dict.fromkeys(kind for kind, _ in every)
    return [f"| {kind} | {' | '.join(str(every[kind, name]) for name in names)} |" for kind in kinds]


def _details(tables: Sequence[Judged]) -> Iterable[str]:
    for table in tables:
        missed = [f"- missed, {each.rule.kind}: {each.rule.text} ({each.refused:.0%} of broken rows refused)"
                  for each in table.rules if not each.found]  # fmt: skip
        wrong = [f"- {each.word}, {each.proposal.kind}: {_said(each.proposal.says)} ({each.why})"
                 for each in table.verdicts if each.word != "right"]  # fmt: skip
        if missed or wrong:
            yield from (f"### {table.name}", *missed, *wrong, "")


def _said(says: object) -> str:
    told = str(says)
    return told if len(told) < 400 else f"{told[:400]} …"


def main() -> int:
    """Judge the product's proposals on corpora."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--only", default="", help="tables whose name holds this")
    asked = parser.parse_args()
    for seed in asked.seeds:
        sys.stdout.write(f"## seed {seed}\n\n{report(measured(seed, found_by_product(), asked.only))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
