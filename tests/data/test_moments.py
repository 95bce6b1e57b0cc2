import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.data import moments
from understudy.errors import SchemaError


def series(*cells: str | None) -> pl.Series:
    return pl.Series("x", list(cells), dtype=pl.String)


@pytest.mark.parametrize(
    ("cells", "kind", "form"),
    [
        (["27 Dec 2020", "02 Jan 2021"], "date", "%d %b %Y"),
        (["2 January 2021", "12 May 2020"], "date", "%-d %B %Y"),
        (["May 7, 2020", "Jan 10, 2021"], "date", "%b %-d, %Y"),
        (["Sun, 27 Dec 2020"], "date", "%a, %d %b %Y"),
        (["07-DEC-20"], "date", "%d-%^b-%y"),
        (["1000-01-01", "9999-12-31"], "date", "%Y-%m-%d"),
        (["31.12.2020"], "date", "%d.%m.%Y"),
        (["2020/1/5", "2020/11/15"], "date", "%Y/%-m/%-d"),
        (["20200131"], "date", "%Y%m%d"),
        (["2020-01", "2021-12"], "date", "%Y-%m"),
        (["Jan 2020"], "date", "%b %Y"),
        (["20141013T000000"], "datetime", "%Y%m%dT%H%M%S"),
        (["2020-01-01 10:00"], "datetime", "%Y-%m-%d %H:%M"),
        (["2020-01-01T10:00:00Z"], "datetime", "%Y-%m-%dT%H:%M:%SZ"),
        (["2020-01-01T10:00:00.123Z"], "datetime", "%Y-%m-%dT%H:%M:%S%.3fZ"),
        (["2020-01-01 10:00:00+02:00"], "datetime", "%Y-%m-%d %H:%M:%S%:z"),
        (["2020-01-01T10:00:00-0500"], "datetime", "%Y-%m-%dT%H:%M:%S%z"),
        (["13/02/2020 1:05 PM"], "datetime", "%d/%m/%Y %-I:%M %p"),
        (["13:45"], "time", "%H:%M"),
        (["13:45:10"], "time", "%H:%M:%S"),
        (["9:05", "10:15"], "time", "%-H:%M"),
    ],
)
def test_formats_are_found_and_write_back(cells: list[str], kind: str, form: str) -> None:
    way = moments.find_temporals(cells)[0]
    assert (way.kind, way.format) == (kind, form)
    zone = None
    if way.zoned:
        zone = (
            "UTC" if cells[0].endswith("Z") else f"{cells[0][-6:].lstrip(':0')}" if ":" in cells[0][-3:] else "-05:00"
        )
    read = moments.read_temporals(series(*cells), way.kind, way.format, zone)
    assert read.null_count() == 0
    assert moments.write_temporals(read, way.kind, way.format, zone).to_list() == cells


@pytest.mark.parametrize(
    "cells", [["Private"], ["1.5"], ["Marx-Engels"], ["2020-01-01", "x"], ["12345"], ["7:5"], [""]]
)
def test_other_cells_are_no_moments(cells: list[str]) -> None:
    assert moments.find_temporals(cells) == []


DATE_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%m/%d/%Y", "%-d.%-m.%Y", "%Y%m%d", "%B %d, %Y", "%d-%^b-%Y"]


@given(st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1), st.sampled_from(DATE_FORMATS))
def test_dates_of_years_1000_to_9999_come_back(days: list[dt.date], form: str) -> None:
    values = pl.Series("x", days)
    text = moments.write_temporals(values, "date", form, None)
    assert moments.read_temporals(text, "date", form, None).to_list() == days


@given(
    st.lists(st.datetimes(dt.datetime(1000, 1, 2), dt.datetime(9999, 12, 30)), min_size=1),
    st.sampled_from(["UTC", "+02:00", "-11:00", "+05:30", "-03:30", None]),
)
def test_instants_come_back_whatever_the_offset(times: list[dt.datetime], zone: str | None) -> None:
    form = "%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if zone else "")
    stamp = "+00:00" if zone == "UTC" else zone or ""
    cells = series(*[each.isoformat(timespec="microseconds") + stamp for each in times])
    read = moments.read_temporals(cells, "datetime", form, zone)
    assert read.null_count() == 0
    assert moments.write_temporals(read, "datetime", form, zone).to_list() == cells.to_list()
    if zone:
        assert read.dt.convert_time_zone("UTC").to_list() == [dt.datetime.fromisoformat(cell) for cell in cells]


def test_part_hour_offsets_are_kept_in_utc() -> None:
    assert moments.kept_zone("+05:30") == "UTC"
    assert moments.kept_zone("+02:00") == "Etc/GMT-2"
    assert moments.kept_zone("Europe/Berlin") == "Europe/Berlin"


def test_a_format_that_is_none_is_refused_in_one_line() -> None:
    with pytest.raises(SchemaError, match="cannot be read as a format of datetimes") as caught:
        moments.read_temporals(series("1"), "datetime", "%I %Y", None)
    assert "\n" not in str(caught.value)
