"""inspect, init and the catalogues."""

from pathlib import Path

from understudy.plan.yaml import read_plan


def test_inspect_shows_every_column_and_why(command, small: Path) -> None:
    answer = command("inspect", small)
    assert answer.code == 0
    assert answer.out.startswith("small: 120 rows, 3 columns, primary key: none")
    for words in ("age", "job", "pay", "integer", "categorical", "decimal", "3 distinct values"):
        assert words in answer.out


def test_inspect_tells_what_was_settled_unasked(command, tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("név,n\n".encode("latin-1") + "é,1\nü,2\n".encode("latin-1") * 20)
    answer = command("inspect", "l.csv")
    assert "not UTF-8, read as cp1252" in answer.err
    assert command("inspect", "l.csv", "--quiet").err == ""
    assert command("inspect", "l.csv", "--json").json["notes"] == ["not UTF-8, read as cp1252"]


def test_names_of_columns_are_no_markup(command, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("[bold]a[/],b\n" + "1,2\n2,3\n" * 20)
    assert "[bold]a[/]" in command("inspect", "m.csv").out


def test_init_writes_a_plan_once(command, small: Path, tmp_path: Path) -> None:
    answer = command("init", small, "-o", "plan.yaml")
    assert answer.code == 0
    assert "understudy run plan.yaml" in answer.err
    Path("plan.yaml").write_text(Path("plan.yaml").read_text() + "# mine\n")
    command("init", small, "-o", "plan.yaml").refused("a plan is there already", "plan.yaml", "--force")
    assert Path("plan.yaml").read_text().endswith("# mine\n")
    assert command("init", small, "-o", "plan.yaml", "--force").code == 0
    assert not Path("plan.yaml").read_text().endswith("# mine\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.yaml", "small.csv"]


def test_init_names_the_data_as_seen_from_the_plan(command, small: Path, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    command("init", "small.csv", "-o", "plans/plan.yaml")
    assert "data: ../small.csv" in Path("plans/plan.yaml").read_text()
    assert Path(read_plan("plans/plan.yaml").data or "").resolve() == small
    command("init", small, "-o", "plans/absolute.yaml")
    assert read_plan("plans/absolute.yaml").data == str(small)


def test_init_without_a_file_speaks_yaml(command, small: Path) -> None:
    answer = command("init", "small.csv")
    assert answer.out.startswith("version: 1\ndata: small.csv ")
    assert answer.err == ""


def test_init_refuses_places(command, small: Path) -> None:
    command("init", small, "-o", "nosuch/plan.yaml").refused("no such folder", "nosuch")
    command("init", small, "-o", "plan.txt").refused("plan.txt", "plan.yaml")
    command("init", small, "-o", small, "--force").refused("small.csv")


def test_the_catalogues_have_a_line_for_each(command) -> None:
    for catalogue, names in (
        ("engines", ["trees", "independent", "bootstrap"]),
        ("metrics", ["validity.types", "fidelity.shapes", "privacy.copies"]),
        ("providers", ["email", "card", "sequence"]),
    ):
        answer = command(catalogue)
        assert answer.code == 0
        assert all(name in answer.out for name in names)
