"""The judge: every score of a stand-in, in one call."""

from collections.abc import Callable, Mapping, Sequence

from understudy.data.table import Table
from understudy.metrics.case import Case, case
from understudy.metrics.catalogue import metrics
from understudy.metrics.measure import Measure


def judge(
    real: Table,
    synthetic: Table,
    holdout: Table | None = None,
    *,
    target: str | None = None,
    protected: str | None = None,
    columns: Sequence[str] | None = None,
    seed: int = 0,
    unreadable: Mapping[str, int] | None = None,
    quick: bool = False,
    paired: bool = False,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Measure, ...]:
    """All measures, in the order of the catalogue; the same for the same tables and seed.

    Args:
        real: the training rows, typed.
        synthetic: the stand-in, typed by the real table's schema.
        holdout: real rows that no model has seen, typed by the same schema.
        target: the column to be predicted, guessed where not named.
        protected: the column by which people may be treated unlike.
        columns: those judged; by default all but keys, free text and personal data.
        seed: of every draw.
        unreadable: synthetic cells by column that could not be read as their kind.
        quick: whether slow scores are left out, with a note, and learners learn from fewer rows.
        paired: whether synthetic row i stands for real row i.
        on_progress: called before each metric, and at the end, with (name, done, total).

    Raises:
        UnknownColumn: a column named is not in the real table.
        SchemaError: a judged column is missing from the synthetic table or the holdout, or paired tables have not the
            same number of rows.
    """
    given = case(
        real, synthetic, holdout,
        columns=columns, target=target, protected=protected, seed=seed, unreadable=unreadable,
        quick=quick, paired=paired,
    )  # fmt: skip
    return judge_case(given, on_progress)


def judge_case(given: Case, on_progress: Callable[[str, int, int], None] | None = None) -> tuple[Measure, ...]:
    """All measures of a case, in the order of the catalogue, those of pairs of rows only where rows are paired.

    `on_progress` is as in `judge`.
    """
    known, found = [each for each in metrics() if given.paired or not each.paired], []
    for done, metric in enumerate(known):
        if on_progress is not None:
            on_progress(metric.name, done, len(known))
        found.append(metric.on(given))
    if on_progress is not None:
        on_progress("judged", len(known), len(known))
    return tuple(found)
