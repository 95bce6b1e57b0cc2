"""Columns computed from dates."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
import pytest

Computes = Callable[[Mapping[str, object]], dict[str, str]]
ROWS = 700


def moments(seed: int = 0) -> pl.Series:
    rng = np.random.default_rng(seed)
    return pl.Series(np.datetime64("2019-03-01T00:00:00", "us") + 1_000_000 * rng.integers(0, 86_400 * 900, ROWS))


@pytest.mark.parametrize("part", ["year", "month", "day", "weekday", "quarter", "hour", "minute", "second"])
def test_parts_of_a_moment(computes: Computes, part: str) -> None:
    at = moments()
    value = getattr(at.dt, part)().cast(pl.Int64)
    assert computes({"at": at, "part_no": value})["part_no"] == f"{part}(at)"


def test_a_day_of_the_week_counted_from_zero(computes: Computes) -> None:
    at = moments()
    assert computes({"at": at, "dow": at.dt.weekday().cast(pl.Int64) - 1}) == {"dow": "weekday(at) - 1"}


def test_differences_in_several_units(computes: Computes) -> None:
    start = moments()
    seconds = pl.Series(np.random.default_rng(1).integers(60, 400_000, ROWS))
    end = start + (1_000_000 * seconds).cast(pl.Duration("us"))
    for name, value, text in (
        ("took_s", seconds, "seconds(until, since)"),
        ("took_h", (seconds / 3600).round(2), "round(hours(until, since), 2)"),
    ):
        assert computes({"since": start, "until": end, name: value})[name] == text


def test_dates_that_follow_from_others(computes: Computes) -> None:
    at = moments()
    day = at.dt.date()
    assert computes({"at": at, "day": day}) == {"day": "date(at)"}
    assert computes({"issued": day, "due": day.dt.offset_by("14d")}) == {"due": "issued + 14"}


def test_an_age_in_years(computes: Computes) -> None:
    at = moments()
    built = pl.Series(np.random.default_rng(2).integers(1900, 2018, ROWS))
    assert computes({"built": built, "sold": at, "age": at.dt.year().cast(pl.Int64) - built}) == {
        "age": "year(sold) - built"
    }
