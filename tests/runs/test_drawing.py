"""How a run draws: shares, gaps and filters, in its files and its report; the model stays as it was learned."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.models.conftest import staff

import understudy as us
from understudy import errors
from understudy.data.infer import infer
from understudy.data.table import Table
from understudy.data.values import parse
from understudy.encoding.codes import stack
from understudy.engines.contract import Drawn, Fitted
from understudy.models.fitting import fit
from understudy.plan.plan import ColumnPlan, Plan
from understudy.plan.yaml import to_yaml
from understudy.runs import filters
from understudy.runs.drawing import Drawing, drawing

SHARES = {"near": 0.1, "outlying": 0.05}
NUMBERS = ("age", "pay", "bonus")


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def away(rows: pl.DataFrame, real: pl.DataFrame, scale: pl.DataFrame) -> np.ndarray:
    """Distance to the nearest real row by the definition, one pair at a time and in floats."""
    total = np.zeros((rows.height, real.height))
    for name in scale.columns:
        if name in NUMBERS:
            line = np.unique(np.quantile(scale[name].to_numpy(), np.linspace(0, 1, 101), method="inverted_cdf"))
            ranks = [
                np.mean(
                    [q for q in np.linspace(0, 1, 101) if held == np.quantile(scale[name], q, method="inverted_cdf")]
                )
                for held in line
            ]
            mine, theirs = (np.interp(side[name].to_numpy(), line, ranks) for side in (rows, real))
            total += np.abs(mine[:, None] - theirs[None])
        else:
            total += rows[name].to_numpy()[:, None] != real[name].to_numpy()[None]
    return total.min(axis=1) / scale.width


def table(rows: int = 600) -> pl.DataFrame:
    return staff(rows).select("site", "age", "pay", "bonus")


def typed(frame: pl.DataFrame) -> pl.DataFrame:
    whole = Table(frame)
    return parse(whole, infer(whole)).frame


def drawn(real: pl.DataFrame, n: int, engine: str = "independent", **asked: Any) -> tuple[pl.DataFrame, Drawing]:
    """Rows as a run draws them, without the judge."""
    model = fit(real, Plan(engine=engine, privacy="relaxed", **asked))
    made = drawing(model, Table(real))
    return made.model.sample(n, rebalance=made.rebalance), made


def filtered(made: Drawing) -> list[dict[str, Any]]:
    return [each for each in made.ledger() if each["what"] == "filtered"]


@dataclass(frozen=True)
class Copier:
    """Draws a real row one time in three, else columns independent of each other."""

    copies: Fitted
    others: Fitted

    def draw(self, n: int, context: Any, allowed: Any, rng: np.random.Generator, **how: Any) -> Drawn:
        first, second = (each.draw(n, context, allowed, rng, **how) for each in (self.copies, self.others))
        rows = np.where(rng.random(n) < 1 / 3, np.arange(n), n + np.arange(n))
        return Drawn(stack([first.codes, second.codes]).take(rows), np.zeros(n))


@pytest.mark.parametrize("shares", [{"near": 0.1}, {"outlying": 0.05}, SHARES], ids=str)
def test_lines_are_drawn_where_unseen_rows_stand(shares: dict[str, float]) -> None:
    """The distances are those of the definition, and the lines leave the asked share of unseen rows beyond them."""
    real = table()
    schema = infer(Table(real))
    found = filters.fit(Table(real), schema, real.columns, shares, None, 3)
    others = staff(150, seed=9).select(real.columns)
    own = away(typed(others), typed(real), typed(real))
    assert np.allclose(found.away(typed(others)), own, atol=2e-4)
    kept = found.met(typed(others)).to_numpy()
    assert (kept == ((found.away(typed(others)) >= found.near) & (found.away(typed(others)) <= found.far))).all()
    assert 0 < (~kept).mean() < 0.35
    assert (found.near > 0) == ("near" in shares)
    assert np.isfinite(found.far) == ("outlying" in shares)
    assert found.tally.seen == 150
    assert found.tally.near + found.tally.outlying == (~kept).sum()


def test_real_rows_are_near_and_strange_ones_outlying() -> None:
    real = table()
    found = filters.fit(Table(real), infer(Table(real)), real.columns, SHARES, None, 3)
    assert not found.met(typed(real)).any()
    assert found.tally.near == real.height
    strange = typed(real).with_columns(site=pl.lit("moon"), age=pl.lit(None, pl.Int64), pay=pl.lit(None, pl.Float64))
    assert not found.met(strange).any()
    assert found.tally.outlying == real.height


def test_entities_stay_whole() -> None:
    """Every row stands twice for one entity: by rows unseen ones would repeat, by entities they do not."""
    real = table(400)
    twice = pl.concat([real, real]).with_columns(who=pl.Series([*range(400), *range(400)]).cast(pl.String))
    schema = infer(Table(twice))
    by_rows, by_whom = (filters.fit(Table(twice), schema, real.columns, SHARES, who, 0) for who in (None, "who"))
    assert by_rows.near == 0
    assert by_whom.near > 0


def test_planted_copies_are_dropped_and_counted() -> None:
    real = table(1500)
    plan = Plan(engine="bootstrap", privacy="relaxed", filters={"near": 0.2})
    model, others = fit(real, plan), fit(real, replace(plan, engine="independent"))
    model = replace(model, fitted={"table": Copier(model.fitted["table"], others.fitted["table"])})
    made = drawing(model, Table(real))
    sieve = made.filter
    assert sieve is not None
    planted = (sieve.away(model.sample(3000)) < sieve.near).mean()
    assert planted > 0.3
    assert made.passing == pytest.approx(1 - planted, abs=0.04)
    rows = made.model.sample(1000, seed=4)
    assert rows.height == 1000
    assert (sieve.away(rows) >= sieve.near).all()
    (entry,) = filtered(made)
    assert entry["rows"] == pytest.approx(1000 * planted / (1 - planted), rel=0.25)
    assert f"{entry['rows']} rows nearer" in entry["text"]
    assert "of 2000 rows drawn pass" in entry["text"]


def test_a_run_that_only_copies_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(errors.PlanError, match=r"of 2000 rows drawn .* too near") as caught:
        us.run(table(1500), "out", engine="bootstrap", privacy="relaxed", filters={"near": 0.2})
    assert caught.value.field == "filters"
    assert "\n" not in str(caught.value)
    assert not Path("out").exists()
    keys = pl.DataFrame({"key": [f"K-{row:05d}" for row in range(300)]})
    with pytest.raises(errors.PlanError, match="no column is learned"):
        us.run(keys, "out", filters={"near": 0.1})


def test_outlying_rows_are_dropped() -> None:
    rows, made = drawn(table(1500), 500, filters={"outlying": 0.2})
    assert made.filter is not None
    assert (made.filter.away(rows) <= made.filter.far).all()
    (entry,) = filtered(made)
    assert entry["rows"] > 0


def test_the_model_holds_no_filter_and_no_real_row() -> None:
    real = table(400)
    plan = Plan(engine="independent", rows=50, filters=SHARES)
    run = us.run(plan, "out", data=real)
    assert run.model.filters == ()
    fit(us.split(real, seed=0)[0], plan).save("plain.understudy")
    assert Path("plain.understudy").read_bytes() == run.files["model"].read_bytes()
    assert run.plan.filters == SHARES
    assert len([each for each in run.report.ledger if each["what"] == "filtered"]) == 2


ASKED: dict[str, Any] = {"rebalance": {"site": {"west": 0.4, "east": 0.1}}, "impute": True, "filters": SHARES}


def test_the_same_seed_gives_the_same_rows_for_any_workers() -> None:
    real, before = staff(600), staff(600)
    made = drawing(fit(real, Plan(engine="independent", **ASKED)), Table(real))
    first, second, other = (
        made.model.sample(70_000, rebalance=made.rebalance, seed=seed, workers=workers)
        for seed, workers in ((1, 1), (1, 3), (2, 3))
    )
    assert first.equals(second)
    assert not first.equals(other)
    assert real.equals(before)


def test_rows_come_out_complete_and_in_their_shares() -> None:
    real = staff(2000)
    real = real.with_columns(pay=pl.when(pl.int_range(2000) % 5 == 0).then(None).otherwise("pay"))
    rows, made = drawn(real, 3000, "trees", **{**ASKED, "filters": {}})
    assert rows.null_count().row(0) == (0,) * rows.width
    share = dict(rows["site"].value_counts(normalize=True).iter_rows())
    assert share["west"] == pytest.approx(0.4, abs=0.03)
    assert share["east"] == pytest.approx(0.1, abs=0.02)
    assert share["north"] / share["south"] == pytest.approx(5 / 3, rel=0.15)
    means = dict(rows.group_by("site").agg(pl.col("pay").mean()).iter_rows())
    truth = dict(real.group_by("site").agg(pl.col("pay").mean()).iter_rows())
    for site, mean in truth.items():
        assert means[site] == pytest.approx(mean, rel=0.06), site
    texts = {each["what"]: each["text"] for each in made.ledger()}
    assert "west 40.0%, east 10.0%" in texts["rebalanced"]
    assert "filled" in texts


def test_rows_completed_keep_the_rules() -> None:
    """A rule that gaps hide: drawn apart from each other, half of the pairs that are filled would break it."""
    luck = np.random.default_rng(0)
    low, high = np.sort(luck.integers(0, 100, (2, 1500)), axis=0)
    gap = luck.random((2, 1500)) < 0.4
    real = pl.DataFrame({"low": low, "high": high})
    real = real.with_columns(
        pl.Series(name, real[name]).set(pl.Series(gap[place]), None) for place, name in enumerate(real.columns)
    )
    rows, _ = drawn(real, 5000, constraints=("low <= high",), impute=True)
    assert rows.null_count().row(0) == (0, 0)
    assert (rows["low"] <= rows["high"]).all()


def test_what_is_there_stays_as_it_would_have_been() -> None:
    """Without rules and filters, completion draws after the row, so that present cells are those of the plain run."""
    real = staff(600).select("site", "left", "age")
    before, after = (drawn(real, 400, impute=impute)[0] for impute in (False, True))
    there = before["left"].is_not_null()
    assert 0 < there.sum() < 400
    assert before.filter(there).equals(after.filter(there))
    assert before.drop("left").equals(after.drop("left"))


def test_invented_cells_stay_missing_and_computed_ones_follow() -> None:
    real = staff(600).with_columns(mail=pl.when(pl.int_range(600) % 3 == 0).then(None).otherwise("mail"))
    real = real.with_columns(pay=pl.when(pl.int_range(600) % 4 == 0).then(None).otherwise("pay").round(0))
    real = real.with_columns(half=pl.col("pay") / 2)
    rows, _ = drawn(real, 500, impute=True, columns={"half": ColumnPlan(expression="pay / 2")})
    assert rows["left"].null_count() == rows["pay"].null_count() == 0
    assert (rows["half"] == rows["pay"] / 2).all()
    assert 0.2 < rows["mail"].null_count() / 500 < 0.45


def test_words_are_read_as_on_the_command() -> None:
    real = staff(900).select("site", "bonus")
    rows, _ = drawn(real, 2000, rebalance={"bonus": {"1..20000": 0.9}})
    assert (rows["bonus"] > 0).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"rebalance": {"sight": {"west": 0.5}}}, errors.UnknownColumn, "did you mean 'site'"),
        ({"rebalance": {"site": {"wst": 0.5}}}, errors.ConditionError, "did you mean 'west'"),
        ({"rebalance": {"site": {"west": 1.5}}}, errors.PlanError, "share of 'west'"),
        ({"rebalance": {"key": {"K-000001": 0.5}}}, errors.UnderstudyError, "key"),
        ({"filters": {"close": 0.5}}, errors.PlanError, "near"),
        ({"filters": {"near": 0}}, errors.PlanError, "between 0 and 1"),
        ({"impute": "yes"}, errors.PlanError, "true or false"),
        ({"replace": ["age"], "filters": {"near": 0.1}}, errors.PlanError, "do not go together"),
    ],
    ids=str,
)
def test_mistakes_are_one_line(asked: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        us.run(staff(200), "out", engine="independent", **asked)
    assert "\n" not in str(caught.value)
    assert not Path("out").exists()


def test_a_plan_file_says_it_all() -> None:
    us.write(table(400), "t.csv")
    plan = Plan(data="t.csv", engine="independent", rows=100, columns={"site": ColumnPlan("learn")}, **{
        **ASKED, "impute": False})  # fmt: skip
    Path("plan.yaml").write_text(to_yaml(plan))
    run = us.run("plan.yaml", "out")
    assert us.read_plan("out/plan.yaml").filters == SHARES
    assert us.read_plan("out/plan.yaml").rebalance == ASKED["rebalance"]
    assert {each["what"] for each in run.report.ledger} >= {"rebalanced", "filtered"}
