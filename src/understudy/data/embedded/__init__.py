"""A fictitious table that travels with the package, for the demo and the tests."""

from pathlib import Path

HERE = Path(__file__).parent


def hotels_path() -> Path:
    """The csv of 2 000 guests of a hotel that does not exist (see `make_hotels`)."""
    return HERE / "hotels.csv"
