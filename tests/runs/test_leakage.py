"""Every engine under the judge's attacks: the one that copies is found out, no other is called unsafe."""

import pytest

import understudy as us
from understudy.data.embedded import hotels_path
from understudy.engines import registry


@pytest.mark.parametrize("engine", registry.names())
def test_no_engine_but_the_copying_one_gives_rows_away(engine: str) -> None:
    train, holdout = us.split(us.read(hotels_path()), 0.3, seed=1)
    model = us.fit(train, engine=engine, seed=1)
    report = us.evaluate(train, model.sample(seed=1), holdout=holdout, schema=model.schema, ledger=model.ledger, seed=1)
    assert (report.verdict["privacy"].word == "unsafe") is (engine == "bootstrap"), report.verdict["privacy"].text
    attacks = [each for each in report.measures if each.name.startswith("privacy.") and "p" in each.parts]
    assert len(attacks) >= 10
