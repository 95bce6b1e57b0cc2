"""arfpy: adversarial random forests."""

import warnings

import pandas as pd
from arfpy import arf
from fit_sample import Draw, Kinds, main, whole


def fit(frame: pd.DataFrame, kinds: Kinds, seed: int) -> Draw:
    """Learn with the defaults; whole numbers are rounded back."""
    words = [name for name, kind in kinds.items() if kind == "category"]
    model = arf.arf(x=frame.astype(dict.fromkeys(words, "category")), random_state=seed, verbose=False)
    model.forde()

    def draw(rows: int) -> pd.DataFrame:
        drawn = model.forge(n=rows)
        return drawn.assign(**{name: drawn[name].round() for name, kind in kinds.items() if kind == "integer"})

    return draw


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(whole(fit))
