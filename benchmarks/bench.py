"""Our engines side by side on public tables; `make bench`.

Times and scores go to the terminal, and with the peers' into `benchmarks/results`.
"""

import argparse
import sys
from pathlib import Path
from time import perf_counter

from sets import FILES, paths, targets

from understudy.engines import registry
from understudy.reports.standings import FIGURES, Standing, told, written
from understudy.runs.bench.bench import bench

HERE = Path(__file__).resolve().parent
SEEDS = 1
SHOWN = ("encode", "fit", "sample", "long", "peak", "pairs", "c2st_holdout", "tstr", "copies", "distance_p5")


def main() -> int:
    """Measure and print."""
    asked, begun = _asked(), perf_counter()
    done = bench(
        paths(asked.data),
        asked.out,
        engines=asked.engines,
        seeds=asked.seeds,
        targets=targets(asked.data),
        again=not asked.resume,
        on_line=lambda line: sys.stderr.write(f"{perf_counter() - begun:4.0f} s  {told(line)}\n"),
    )
    sys.stdout.write(_page(done.standings))
    sys.stdout.write(f"\n{done.files['page']}\n")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", nargs="+", default=registry.names(), choices=registry.names())
    parser.add_argument("--data", nargs="+", metavar="NAME", help=f"files, or of {', '.join(FILES)}")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many ({SEEDS})")
    parser.add_argument("--resume", action="store_true", help="keep what is measured already")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder (benchmarks/results)")
    return parser.parse_args()


def _page(found: tuple[Standing, ...]) -> str:
    """The table as Markdown, its columns aligned."""
    heads = ("data", "engine", *(FIGURES[name].title for name in SHOWN))
    rows = [(each.data, each.engine, *(written(name, each.figures.get(name)) for name in SHOWN)) for each in found]
    cells = [heads, *rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    cells.insert(1, tuple("-" * width for width in widths))
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"| {line} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
