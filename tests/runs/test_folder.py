"""Outputs change together or not at all."""

from pathlib import Path

import pytest

from understudy.errors import UnderstudyError, WriteError
from understudy.runs.folder import together


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_files_take_their_places(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    with together(out) as beside:
        (beside / "x").write_text("new x")
        (beside / "y").write_text("new y")
        assert beside.parent == out
    assert contents(tmp_path) == {"a/b/x": "new x", "a/b/y": "new y"}
    assert sorted(path.name for path in out.iterdir()) == ["x", "y"]


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old x")
    (tmp_path / "mine").write_text("mine")
    with together(tmp_path) as beside:
        (beside / "x").write_text("new x")
    assert contents(tmp_path) == {"x": "new x", "mine": "mine"}


@pytest.mark.parametrize("blow", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_changes_on_an_exception(tmp_path: Path, blow: type[BaseException]) -> None:
    (tmp_path / "x").write_text("old x")
    for out in (tmp_path, tmp_path / "new" / "er"):
        with pytest.raises(blow), together(out) as beside:  # noqa: PT012
            (beside / "x").write_text("half")
            raise blow
    assert contents(tmp_path) == {"x": "old x"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_in_the_way_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old a")
    (tmp_path / "z").mkdir()
    with pytest.raises(WriteError, match="a folder stands where a file should go"), together(tmp_path) as beside:  # noqa: PT012
        for name in "amz":
            (beside / name).write_text("new")
    assert contents(tmp_path) == {"a": "old a"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "z"]


def test_what_was_moved_comes_back_if_the_rest_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old a")
    with pytest.raises(WriteError), together(tmp_path) as beside:  # noqa: PT012
        (beside / "a").write_text("new a")
        (beside / "before").write_text("in the way of the folder where the old files wait")
    assert contents(tmp_path) == {"a": "old a"}


def test_places_are_named_as_the_user_knows_them(tmp_path: Path) -> None:
    with pytest.raises(UnderstudyError) as caught, together(tmp_path / "out") as beside:
        raise WriteError("cannot be written", where=f"{beside}/synthetic.csv", hint="free some space")
    assert str(caught.value) == f"cannot be written ({tmp_path}/out/synthetic.csv): free some space"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for place in ("out", "out/deeper"):
        with pytest.raises(WriteError, match="a file stands where the folder should be"), together(tmp_path / place):
            pass
    assert contents(tmp_path) == {"out": "mine"}
