"""The targets of the first issue: of the product as it is by default, and of the engine `trees`."""

from targets import Configuration, Target

PRODUCT: Configuration = "product"
TREES: Configuration = "trees-default"

FIRST = (
    Target("demo-fresh", "demo", "`make demo` on a fresh clone, warm package cache", PRODUCT, "<", 180, "s"),
    Target("demo-again", "demo", "`make demo` the second time", PRODUCT, "<", 30, "s"),
    Target("import", "start", '`python -c "import understudy"`, the whole process', PRODUCT, "<", 0.3, "s"),
    Target("help", "start", "`understudy --help`, the whole process", PRODUCT, "<", 0.3, "s"),
    Target("used", "start", "a process that imports every public name of the package", PRODUCT, unit="s"),
    Target(
        "run",
        "run",
        "`understudy run adult.csv.gz --seed 0 --json`, file to files with the judge",
        PRODUCT,
        "<",
        60,
        "s",
    ),
    Target("run-peak", "run", "its peak memory", PRODUCT, unit="GB"),
    Target("encode", "trees", "encoding 90 % of Adult: codebook learned and rows encoded", TREES, "<=", 1, "s"),
    Target("fit", "trees", "`trees` fit on these codes, after warm-up", TREES, "<=", 0.5, "s"),
    Target("draw", "trees", "`trees` sampling as many rows, as codes, after warm-up", TREES, "<=", 0.3, "s"),
    Target("sample", "trees", "`Model.sample` of as many rows, decoded and written as text cells", TREES, unit="s"),
    Target("first-fit", "trees", "first fit in a new process, compilation cached by an earlier one", TREES, unit="s"),
    Target("first-draw", "trees", "first draw in a new process, compilation cached by an earlier one", TREES, unit="s"),
    Target("compile-fit", "trees", "first fit of all, compiled on the way (empty cache)", TREES, unit="s"),
    Target("compile-draw", "trees", "first draw of all, compiled on the way (empty cache)", TREES, unit="s"),
    Target("shapes", "scores", "Column Shapes, full size", TREES, ">=", 0.99),
    Target("pairs", "scores", "Column Pair Trends, full size", TREES, ">=", 0.98),
    Target("c2st", "scores", "C2ST AUC against the holdout", TREES, "<=", 0.57),
    Target("tstr", "scores", "TSTR AUC − TRTR AUC, income", TREES, ">=", -0.02),
    Target("copies", "scores", "exact copies of training rows − the holdout's share", TREES, "<=", 0, "%"),
    Target("p5", "scores", "5th percentile of distance to training rows / the holdout's", TREES, ">=", 1),
    Target("gain-values", "protection", "capital_gain: values out neither real nor on a learned grid", TREES, "=", 0),
    Target("gain-zeros", "protection", "capital_gain: zeros, distance from the training share", TREES, "<=", 0.01),
    Target(
        "countries", "protection", "native_country: categories of 8 or more training rows that are lost", TREES, "=", 0
    ),
    Target("long-peak-1", "long", "10 million rows of Adult to parquet, 1 worker: peak memory", TREES, "<", 1.5, "GB"),
    Target("long-peak-4", "long", "10 million rows of Adult to parquet, 4 workers: peak memory", TREES, "<", 1.5, "GB"),
    Target("long-bytes", "long", "its bytes differ between 1 and 4 workers", TREES, "=", 0),
    Target("long-rate-1", "long", "its rows a second, 1 worker", TREES, unit="rows/s"),
    Target("long-rate-4", "long", "its rows a second, 4 workers", TREES, unit="rows/s"),
)
