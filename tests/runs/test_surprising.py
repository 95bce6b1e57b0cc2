"""A file as it comes out of somebody's spreadsheet: the stand-in is written the same way."""

import csv
import io
import random
import re
from pathlib import Path

import pytest

import understudy as us

HEADS = "Kunden-ID;PLZ;Umsatz €;Preis;Notiz;Datum;Erfasst;Status;Alter;Ja/Nein;🙂 Laune;E-Mail;Rabatt %;Tags;Leer;"


def spreadsheet() -> bytes:
    luck = random.Random(3)

    def row(at: int) -> list[str]:
        day, month, year = luck.randint(1, 28), luck.randint(1, 12), luck.randint(1998, 2024)
        money = f"{luck.lognormvariate(6, 1):,.2f}".translate(str.maketrans(",.", ".,"))
        return [
            str(9_000_000_000_000_000_000 + luck.randrange(10**17)),
            f"{luck.randint(1000, 99999):05d}",
            "" if luck.random() < 0.05 else "-999" if luck.random() < 0.05 else money,
            f"{luck.choice([9.9, 19.9]) * luck.randint(1, 4):.2f}".replace(".", ","),
            luck.choice(['sagte "nein"', "Zeile 1\nZeile 2; noch", "kurz", ""]),
            f"{year}-{month:02d}-{day:02d}" if luck.random() < 0.15 else f"{day:02d}.{month:02d}.{year}",
            f"2022-{month:02d}-{day:02d}T{luck.randint(0, 23):02d}:{luck.randint(0, 59):02d}:00+02:00",
            luck.choice(["None", "NA", "aktiv", "aktiv", "ruht", "?"]),
            luck.choice(["?", "NA"]) if luck.random() < 0.15 else str(luck.randint(18, 60)),
            luck.choice(["ja", "nein"]),
            luck.choice("😀😐😡"),
            f"kunde{at}@firma-{luck.randint(1, 30)}.de",
            f"{luck.randint(0, 50)} %",
            luck.choice(["a|b", "a", "b|c|d", ""]),
            "",
            "",
        ]

    held = [row(at) for at in range(400)]
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([HEADS.split(";"), *held, *held[:20]])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


SHAPES = {
    "Kunden-ID": r"90\d{17}",
    "PLZ": r"\d{5}",
    "Umsatz €": r"(\d{1,3}(\.\d{3})*,\d\d|-999,00)?",
    "Preis": r"\d+,\d0",
    "Notiz": r'(sagte "nein"|Zeile 1\nZeile 2; noch|kurz)?',
    "Datum": r"[0-3]\d\.[01]\d\.(199[89]|20[0-2]\d)",
    "Erfasst": r"2022-\d\d-\d\dT\d\d:\d\d:00\+02:00",
    "Status": r"None|NA|aktiv|ruht|\?",
    "Alter": r"\d\d|NA|\?",
    "Ja/Nein": "ja|nein",
    "🙂 Laune": "[😀😐😡]",
    "E-Mail": r"\S+@\S+\.(example|test|invalid|localhost)(\.\w+)?|\S+@\S*example\.\w+",
    "Rabatt %": r"\d\d? %",
    "Tags": r"(a\|b|a|b\|c\|d)?",
    "Leer": "",
    "": "",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("surprising")
    (folder / "nasty.csv").write_bytes(spreadsheet())
    return us.run(folder / "nasty.csv", folder / "out", seed=1)


def cells(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))


def test_every_cell_is_written_as_the_real_ones(run) -> None:
    fake, real = cells(run.files["data"]), cells(run.folder.parent / "nasty.csv")
    assert len(fake) == len(real) == 420
    assert list(fake[0]) == list(real[0]) == list(SHAPES)
    for name, shape in SHAPES.items():
        for row in fake:
            assert re.fullmatch(shape, row[name]), (name, row[name])


def test_no_key_and_no_address_is_real(run) -> None:
    fake, real = cells(run.files["data"]), cells(run.folder.parent / "nasty.csv")
    for name in ("Kunden-ID", "E-Mail"):
        assert not {row[name] for row in fake} & {row[name] for row in real}
    assert len({row["E-Mail"] for row in fake}) >= 380


def test_shares_are_near_the_real_ones(run) -> None:
    fake, real = cells(run.files["data"]), cells(run.folder.parent / "nasty.csv")
    for name, value in (("Notiz", ""), ("Status", "NA"), ("Umsatz €", ""), ("Tags", "a|b"), ("🙂 Laune", "😡")):
        shares = [sum(row[name] == value for row in rows) / 420 for rows in (fake, real)]
        assert abs(shares[0] - shares[1]) < 0.08, (name, shares)
    assert run.report["validity.types"].value == 1
