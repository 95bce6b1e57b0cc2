"""The data sets of the benchmarks."""

from collections.abc import Sequence
from pathlib import Path

from measuring import SHARED

from understudy.data.embedded import hotels_path

FILES = {
    "adult": ("adult.csv.gz", "income"),
    "california_housing": ("housing.csv.gz", "median_house_value"),
    "credit_default": ("credit_default.csv.gz", "default.payment.next.month"),
    "kc_house": ("kc_house.csv.gz", "price"),
    "ai4i2020": ("ai4i2020.csv.gz", "Machine failure"),
    "diabetes130": ("diabetic_data.csv.gz", "readmitted"),
}
"""Of each folder of the shared data: the file, and the column to be predicted."""
HOTELS_TARGET = "room_rate"


def paths(names: Sequence[str] | None = None) -> list[Path]:
    """Files of the data sets named, or of all; the embedded table where none of the shared ones is there."""
    if names is not None:
        return [SHARED / each / FILES[each][0] if each in FILES else Path(each) for each in names]
    return [SHARED / each / FILES[each][0] for each in _here()] or [hotels_path()]


def targets(names: Sequence[str] | None = None) -> list[str]:
    """The columns to be predicted in them; of other files they are guessed."""
    if names is not None:
        return [FILES[each][1] for each in names if each in FILES]
    return [FILES[each][1] for each in _here()] or [HOTELS_TARGET]


def _here() -> list[str]:
    return [each for each, (file, _) in FILES.items() if (SHARED / each / file).exists()]
