"""The targets of the issue that made `boost` the default engine: how close, how quick, how large, what it remembers."""

from targets import Configuration, Sense, Target

TREES: Configuration = "trees-default"
BOOST: Configuration = "boost-default"
COPIES = "exact copies of training rows − the holdout's share"
P5 = "5th percentile of distance to training rows / the holdout's"

CLOSE = (
    Target("adult-c2st_holdout", "adult", "Adult: C2ST AUC against the holdout", BOOST, "<=", 0.535),
    Target("adult-pairs", "adult", "Adult: Column Pair Trends, full size", BOOST, ">=", 0.988),
    Target("adult-qa", "adult", "Adult: mostlyai-qa, overall accuracy", BOOST, ">=", 0.98),
    Target("adult-tstr", "adult", "Adult: TSTR AUC, income", BOOST, ">=", 0.925),
    Target("adult-copies", "adult", f"Adult: {COPIES}", BOOST, "<=", 0, "%"),
    Target("adult-distance_p5", "adult", f"Adult: {P5}", BOOST, ">=", 1),
    Target("california-c2st_holdout", "california", "California: C2ST AUC against the holdout", BOOST, "<=", 0.565),
    Target("california-pairs", "california", "California: Column Pair Trends, full size", BOOST, ">=", 0.975),
    Target("california-tstr", "california", "California: TSTR R², median_house_value", BOOST, ">=", 0.795),
    Target("california-copies", "california", f"California: {COPIES}", BOOST, unit="%"),
    Target("california-distance_p5", "california", f"California: {P5}", BOOST, ">=", 1),
    Target("wide-c2st_train", "wide", "10 000 × 100 mixed: C2ST AUC against the training rows", BOOST, "<=", 0.58),
    Target("wide-c2st_holdout", "wide", "10 000 × 100 mixed: C2ST AUC against the holdout", BOOST, "<=", 0.58),
    Target("wide-tstr", "wide", "10 000 × 100 mixed: TSTR AUC", BOOST, ">=", 0.94),
)
QUICK = (
    Target("cpu-trees", "processor", "Adult, 39 074 rows: processor time of fit and sample", TREES, unit="s"),
    Target("cpu-trees-copula", "processor", "its share of SDV GaussianCopula's (1/8 at most)", TREES, "<=", 1 / 8),
    Target("cpu-trees-mostlyai", "processor", "its share of mostlyai-engine's (1/200 at most)", TREES, "<=", 1 / 200),
    Target("cpu-boost", "processor", "Adult, 39 074 rows: processor time of fit and sample", BOOST, unit="s"),
    Target("cpu-boost-mostlyai", "processor", "its share of mostlyai-engine's (1/20 at most)", BOOST, "<=", 1 / 20),
    Target("cpu-boost-copula", "processor", "its share of SDV GaussianCopula's", BOOST),
    Target("trees-million", "million", "1 million rows of Adult into memory, 4 workers", TREES, "<=", 0.7, "s"),
    Target("boost-million", "million", "1 million rows of Adult into memory, 4 workers", BOOST, "<=", 4, "s"),
    Target("wide-trees-seconds", "wide", "10 000 × 100 mixed: fit and sample", TREES, "<=", 3, "s"),
    Target("wide-boost-seconds", "wide", "10 000 × 100 mixed: fit and sample", BOOST, "<=", 8, "s"),
)


def _growth(engine: str, configuration: Configuration) -> tuple[Target, ...]:
    asked = {"rows": ("10 times the rows", 11), "columns": ("10 times the columns", 12)}
    return tuple(
        Target(f"{engine}-{side}-{what}", "growth", f"fit at {words}: {said}", configuration, "<=", bound, "times")
        for side, (words, bound) in asked.items()
        for what, said in (("time", "time"), ("peak", "peak memory"))
    )


LARGE = (
    *_growth("trees", TREES),
    *_growth("boost", BOOST),
    Target("large-fit", "large", "10 million × 15 rows on disk, fit", TREES, "<=", 180, "s"),
    Target("large-peak", "large", "its peak memory", TREES, "<=", 3, "GB"),
)


def _published(data: str, words: str, bound: float | None) -> tuple[Target, Target]:
    sense: Sense = "stated" if bound is None else ">="
    text = f"{words}: XGBoost C2ST as published, against the"
    return (
        Target(f"xgb-{data}-train", "published", f"{text} training rows", BOOST, sense, bound or 0.0),
        Target(f"xgb-{data}-holdout", "published", f"{text} holdout", BOOST),
    )


PUBLISHED = (
    *_published("adult", "Adult", 0.86),
    *_published("credit", "Credit default", 0.6),
    *_published("diabetes130", "Diabetes 130", None),
)
ATTACKS = {
    "copies": f"{COPIES}, 95 % bound",
    "distance": "distance share − 0.5, 95 % bound",
    "membership": "membership AUC by distance to drawn rows − chance, 95 % bound",
}
MEMORY = tuple(
    Target(f"{data}-memory-{attack}", "memory", f"{words}: {text}", BOOST, "<", 0.02)
    for data, words in (("adult", "Adult"), ("california", "California"))
    for attack, text in ATTACKS.items()
)
SECOND = (*CLOSE, *QUICK, *LARGE, *PUBLISHED, *MEMORY)
