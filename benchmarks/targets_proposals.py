"""The targets of the issue that lets a plan propose rules: what is found of what was planted, and how quickly."""

from targets import Configuration, Target

PRODUCT: Configuration = "product"
CORPUS = "generated corpus of tables with planted rules"
PROPOSALS = (
    Target("proposals-recall", "proposals", f"{CORPUS}: exact rules found", PRODUCT, ">=", 0.95),
    Target("proposals-precision", "proposals", f"{CORPUS}: exact proposals that are right", PRODUCT, ">=", 0.9),
    Target("proposals-redundant", "proposals", f"{CORPUS}: exact proposals that others imply", PRODUCT),
    Target("proposals-seconds", "proposals", "`understudy init` on 100 000 × 50", PRODUCT, "<", 20, "s"),
)
