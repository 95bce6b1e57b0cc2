"""Drawing in several processes: each reads the model once, from a file, and is then sent the shards to draw."""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from understudy.execution.executors import processes
from understudy.execution.shards import Shard

if TYPE_CHECKING:
    from understudy.models.model import Model


@dataclass(frozen=True)
class Parcel:
    """What each process is sent.

    Attributes:
        path: of the model file.
        wanted: what is asked of the rows, arguments of `Model.meet`.
        text: whether cells are written as text.
    """

    path: Path
    wanted: Mapping[str, Any]
    text: bool | None


def drawn_apart(
    model: "Model", wanted: Mapping[str, Any], text: bool | None, cut: Iterable[Shard], workers: int
) -> Generator[pl.DataFrame, None, None]:
    """The shards in order, drawn by so many processes."""
    with TemporaryDirectory(prefix="understudy-") as folder:
        parcel = Parcel(model.save(Path(folder) / "model.understudy"), wanted, text)
        yield from processes(_ready, parcel, cut, workers)


def _ready(parcel: Parcel) -> Callable[[Shard], pl.DataFrame]:
    from understudy.models.archive import load

    model, wanted = load(parcel.path), parcel.wanted
    return model.drawer(model.meet(**wanted), wanted["temperature"], wanted["seed"], parcel.text)
