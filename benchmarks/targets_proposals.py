"""The targets of the issue that gave plans rules: that they are kept, at what cost, and that they are found."""

from targets import Configuration, Target

KEPT: Configuration = "rules"
PRODUCT: Configuration = "product"
CORPUS = "generated corpus of tables with planted rules"
ALONE = "every kind of constraint at once on Adult, King County, credit default, hotel guests, 100 000 rows"
RULES = (
    Target("rules-broken", "rules", f"{ALONE}, conditioned and not: cells that break one", KEPT, "=", 0),
    Target("rules-pairs", "rules", "pair fidelity lost by it, worst table, mean of 3 splits", KEPT, "<=", 0.01),
    Target(
        "rules-slower", "rules", "time of drawing as a multiple of that without, worst table", PRODUCT, "<=", 3, "x"
    ),
)
PROPOSALS = (
    Target("proposals-recall", "proposals", f"{CORPUS}: exact rules found", PRODUCT, ">=", 0.95),
    Target("proposals-precision", "proposals", f"{CORPUS}: exact proposals that are right", PRODUCT, ">=", 0.9),
    Target("proposals-redundant", "proposals", f"{CORPUS}: exact proposals that others imply", PRODUCT),
    Target("proposals-seconds", "proposals", "`understudy init` on 100 000 × 50", PRODUCT, "<", 20, "s"),
)
FOURTH = (*RULES, *PROPOSALS)
