"""docs/expressions.md as code: its examples give what it says, and it names every function and limit there is."""

import io
import re
from pathlib import Path

import polars as pl
import pytest

from understudy.rules.expressions import grammar, parse, texts, tokens
from understudy.rules.expressions.functions import FUNCTIONS
from understudy.rules.expressions.tree import LEVELS, RESERVED

PAGE = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\| `(.+)` \| (.+) \|$", PAGE.partition("## Examples")[2], re.MULTILINE)


def written(cell: object) -> str:
    return "missing" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


@pytest.fixture(scope="module")
def guests() -> pl.DataFrame:
    source = re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    assert source
    frame = pl.read_csv(io.StringIO(source[1]), try_parse_dates=True)
    return frame.with_columns(breakfast=pl.col("breakfast").replace_strict({"yes": True, "no": False}, default=None))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 20


@pytest.mark.parametrize(("text", "gives"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_an_example_gives_what_the_page_says(text: str, gives: str, guests: pl.DataFrame) -> None:
    assert [written(cell) for cell in parse(text).over(guests)] == gives.split(", ")


def test_the_page_names_all_there_is() -> None:
    named = set(re.findall(r"`(\w+)\(", PAGE.partition("## Functions")[2].partition("## Missing")[0]))
    assert named == set(FUNCTIONS)
    signs = PAGE.partition("## Operators")[2].partition("## Functions")[0]
    assert all(sign in signs for sign in [*LEVELS, "**", "->"])
    assert all(f"`{word}`" in PAGE for word in RESERVED)
    limits = PAGE.partition("## Limits")[2].partition("##")[0].replace("\n", " ")
    spaced = f"{tokens.MOST_CHARACTERS:,}".replace(",", " ")
    assert f"{spaced} characters, {grammar.MOST_NODES} terms" in limits
    assert (
        f"{grammar.MOST_LEVELS} levels, numbers of {tokens.MOST_DIGITS} digits, {grammar.MOST_REGEXES} regexes"
        in limits
    )
    assert f"{texts.MOST_PATTERN} characters at most" in PAGE
