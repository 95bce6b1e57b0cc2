"""A benchmark end to end on small tables, and with makers that only note what they were asked."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import understudy as us
from understudy import errors
from understudy.data.embedded import hotels_path
from understudy.reports.standings import FIGURES, Line
from understudy.runs.bench import learning
from understudy.runs.bench.bench import Bench, Maker, bench, learn
from understudy.runs.bench.job import FAKE, Job, Made
from understudy.runs.bench.judging import SCORED, scores

TIMES = {"encode", "fit", "sample", "cpu", "long", "size", "peak"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    luck, jobs = random.Random(1), ["cook", "clerk", "smith"]
    rows = [{"age": luck.randint(20, 60), "job": job, "pay": round(luck.gauss(10 * len(job), 5), 4)}
            for job in luck.choices(jobs, k=400)]  # fmt: skip
    us.write(pl.DataFrame(rows), tmp_path / "small.csv")
    return tmp_path / "small.csv"


class Noting:
    """A maker that fails every job and remembers it."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job, folder: Path) -> Made:
        self.jobs.append(job)
        assert Job.of(folder) == job
        return Made(failed=f"no luck with seed {job.seed}")


def noted(data: Sequence[Path], out: Path, maker: Maker, **asked: Any) -> Bench:
    return bench(data, out, engines=(), makers={"peer:noting": maker}, **asked)


def hotels_job(folder: Path, fake: pl.DataFrame | None, made: Made | None = None) -> Job:
    job = Job(str(hotels_path()), "hotels", "any", 3, "room_rate", 0.2, 0)
    job.put(folder)
    (Made() if made is None else made).put(folder)
    if fake is not None:
        fake.write_ipc(folder / FAKE)
    return job


def test_every_figure_comes_from_somewhere() -> None:
    assert TIMES | set(SCORED) == set(FIGURES)


def test_end_to_end(small: Path, tmp_path: Path) -> None:
    said: list[Line] = []
    steps: list[tuple] = []
    done = bench(
        [small],
        tmp_path / "out",
        engines=["independent"],
        makers={"peer:lazy": Noting()},
        seeds=2,
        targets=["job"],
        long=1000,
        on_line=said.append,
        on_progress=lambda *step: steps.append(step),
    )
    assert [(line.engine, line.seed) for line in said] == [
        ("independent", 0),
        ("peer:lazy", 0),
        ("independent", 1),
        ("peer:lazy", 1),
    ]
    assert steps == [("bench", each, 4) for each in (1, 2, 3, 4)]
    ours, lazy = done.standings
    assert set(ours.figures) == set(FIGURES)
    assert all(mean.seeds == 2 for mean in ours.figures.values())
    assert all(ours.figures[name].value > 0 for name in TIMES)
    assert ours.front
    assert (ours.target, ours.rows, ours.columns, ours.seeds) == ("job", 400, 3, (0, 1))
    assert lazy.failed == ("no luck with seed 0", "no luck with seed 1")
    assert not lazy.figures
    assert sorted(path.name for path in done.folder.iterdir()) == sorted(path.name for path in done.files.values())
    assert json.loads(done.files["figures"].read_text())["standings"][0]["engine"] == "independent"


def test_what_is_there_is_not_measured_again(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second, third = Noting(), Noting(), Noting()
    noted([small], out, first, seeds=[0, 2])
    assert [job.seed for job in first.jobs] == [0, 2]
    assert {job.target for job in first.jobs} != {None}
    noted([small], out, second, seeds=3)
    assert [job.seed for job in second.jobs] == [1]
    noted([small], out, third, seeds=3, holdout=0.3)
    assert [job.seed for job in third.jobs] == [0, 1, 2]
    fourth = Noting()
    done = noted([small], out, fourth, seeds=1, holdout=0.3, again=True)
    assert [job.seed for job in fourth.jobs] == [0]
    assert len(done.lines) == 3
    assert {line.holdout for line in done.lines} == {0.3}


def test_what_was_measured_before_an_interruption_stays(small: Path, tmp_path: Path) -> None:
    def stops(job: Job, folder: Path) -> Made:
        if job.seed == 2:
            raise KeyboardInterrupt
        return Made(failed="as told")

    with pytest.raises(KeyboardInterrupt):
        noted([small], tmp_path / "out", stops, seeds=4)
    after = Noting()
    done = noted([small], tmp_path / "out", after, seeds=4)
    assert [job.seed for job in after.jobs] == [2, 3]
    assert [line.failed for line in done.lines] == ["as told"] * 2 + ["no luck with seed 2", "no luck with seed 3"]


def test_seeds_split_alike_for_every_engine_and_apart_from_one_another(small: Path) -> None:
    first = Job(str(small), "small", "a", 1, None, 0.25, 0)
    train, holdout = first.parts()
    assert (len(train), len(holdout)) == (300, 100)
    again = replace(first, engine="b").parts()
    assert again[0].frame.equals(train.frame)
    assert again[1].frame.equals(holdout.frame)
    assert not replace(first, seed=2).parts()[1].frame.equals(holdout.frame)


def test_an_engine_leaves_as_many_rows_as_it_learned(tmp_path: Path) -> None:
    job = replace(hotels_job(tmp_path, None), engine="independent", long=70_000)
    job.put(tmp_path)
    made = learning.learned(job, tmp_path)
    fake = pl.read_ipc(tmp_path / FAKE)
    assert fake.height == 1600
    assert fake.columns == us.read(hotels_path()).columns
    assert set(made.figures) == TIMES - {"peak"}
    assert all(value is not None and value > 0 for value in made.figures.values())
    assert "guest_email" in made.generated


def test_why_an_engine_failed_is_told(tmp_path: Path) -> None:
    us.write(pl.DataFrame({"a": range(6), "b": range(6)}), tmp_path / "tiny.csv")
    job = Job(str(tmp_path / "tiny.csv"), "tiny", "trees", 0, None, 0.5, 0)
    job.put(tmp_path)
    assert "rows" in learn(job, tmp_path).failed
    late = learn(replace(job, path=str(hotels_path())), tmp_path, cap=0.05).failed
    assert late.startswith("ended at the cap")


def test_the_training_rows_themselves_are_known(tmp_path: Path) -> None:
    job = hotels_job(tmp_path, None)
    train, holdout = job.parts()
    generated = ("guest_email", "guest_name")
    hotels_job(tmp_path, train.frame, Made(generated=generated))
    copied = scores(tmp_path)
    assert copied["shapes"] == pytest.approx(1)
    assert copied["pairs"] == pytest.approx(1)
    assert copied["copies"] == 1
    assert copied["distance_p5"] == 0
    assert copied["tstr"] == pytest.approx(copied["trtr"], abs=0.02)
    hotels_job(tmp_path, holdout.frame)
    unseen = scores(tmp_path)
    assert unseen["c2st_train"] == pytest.approx(unseen["c2st_real"], abs=0.05)
    assert unseen["copies"] == unseen["copies_real"]
    assert unseen["distance_p5"] == pytest.approx(1)


def test_invented_columns_are_not_judged(tmp_path: Path) -> None:
    from understudy.runs.bench.judging import before

    job = hotels_job(tmp_path, None)
    train, _ = job.parts()
    assert "has_rewards" in before(job, Made(), train.frame).columns
    assert "has_rewards" not in before(job, Made(generated=("has_rewards",)), train.frame).columns


def test_bad_asking_is_refused_before_anything_is_measured(small: Path, tmp_path: Path) -> None:
    out, maker = tmp_path / "out", Noting()
    twin = tmp_path / "twin" / "small.csv"
    twin.parent.mkdir()
    twin.write_bytes(small.read_bytes())
    refusals: list[tuple[type[Exception], str, dict]] = [
        (errors.ArgumentError, "no data", {"data": []}),
        (errors.ArgumentError, "two data sets are called 'small'", {"data": [small, twin]}),
        (errors.SourceMissing, "no such file", {"data": [tmp_path / "none.csv"]}),
        (errors.ArgumentError, "seeds is 0", {"seeds": 0}),
        (errors.ArgumentError, "long is -1", {"long": -1}),
        (errors.ArgumentError, "cap is -1", {"cap": -1}),
        (errors.ArgumentError, "share between 0 and 1", {"holdout": 1.5}),
        (errors.UnknownColumn, "no data set has a column 'jbo'.*did you mean 'job'", {"targets": ["jbo"]}),
        (errors.UnknownEngine, "no engine 'tree'", {"engines": ["tree"]}),
        (errors.ArgumentError, "no engine", {"engines": [], "makers": {}}),
    ]
    for kind, words, asked in refusals:
        full = {"data": [small], "out": out, "engines": (), "makers": {"peer:noting": maker}} | asked
        with pytest.raises(kind, match=words) as caught:
            bench(full.pop("data"), full.pop("out"), **full)
        assert isinstance(caught.value, errors.UnderstudyError)
    assert not maker.jobs
    assert not out.exists()


def test_the_data_are_not_written_over(small: Path, tmp_path: Path) -> None:
    place = tmp_path / "bench.csv"
    small.rename(place)
    before = place.read_bytes()
    with pytest.raises(errors.ArgumentError, match="written over the data"):
        noted([place], tmp_path, Noting())
    assert place.read_bytes() == before
