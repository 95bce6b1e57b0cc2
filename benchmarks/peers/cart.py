"""Sequential CART: a tree a column on the columns before it; a row draws its cell from a real row of its leaf."""

import numpy as np
import pandas as pd
from fit_sample import Draw, Kinds, main, whole
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

LEAF = 5


def fit(frame: pd.DataFrame, kinds: Kinds, seed: int) -> Draw:
    """Learn every column in turn; categories stand in the trees as their place in order."""
    rng = np.random.default_rng(seed)
    words = {name: np.unique(frame[name]) for name in frame if kinds[name] == "category"}
    cells = [np.searchsorted(words[name], frame[name]) if name in words else frame[name].to_numpy() for name in frame]
    rows = np.column_stack(cells).astype(np.float32)
    learned = []
    for place, name in enumerate(frame):
        maker = DecisionTreeClassifier if name in words else DecisionTreeRegressor
        before = rows[:, :place] if place else np.zeros((len(rows), 1), dtype=np.float32)
        tree = maker(min_samples_leaf=LEAF, random_state=seed).fit(before, cells[place])
        leaves = tree.apply(before)
        order = np.argsort(leaves, kind="stable")
        learned.append((tree, order, np.searchsorted(leaves[order], np.arange(tree.tree_.node_count + 1))))

    def draw(many: int) -> pd.DataFrame:
        donors, drawn = {}, np.zeros((many, len(learned)), dtype=np.float32)
        for place, (name, (tree, order, starts)) in enumerate(zip(frame, learned, strict=True)):
            leaves = tree.apply(drawn[:, :place] if place else np.zeros((many, 1), dtype=np.float32))
            chosen = order[rng.integers(starts[leaves], starts[leaves + 1])]
            donors[name], drawn[:, place] = frame[name].to_numpy()[chosen], rows[chosen, place]
        return pd.DataFrame(donors)

    return draw


if __name__ == "__main__":
    main(whole(fit))
