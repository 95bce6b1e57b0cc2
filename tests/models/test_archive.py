"""Model files: what is saved is loaded; whatever was done to a file is told in one line, and nothing in it is run."""

import json
import pickle
import resource
import zipfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import understudy as us
from understudy.errors import ModelFileError, SourceMissing, WriteError
from understudy.models.model import Model

MEMBERS = ("manifest.json", "plan.yaml", "model.json", "arrays.npz")


@pytest.fixture(scope="module")
def packed(small: Model, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small.save(tmp_path_factory.mktemp("models") / "m.understudy").read_bytes()


def refused(content: bytes, path: Path, says: str = "") -> ModelFileError:
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        us.load(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    assert says in str(caught.value)
    return caught.value


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(members: dict[str, bytes], sign: bool = True) -> bytes:
    """A file with these members, hashes made to fit: what a forger would do."""
    members = dict(members)
    if sign:
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"] = {
            name: sha256(each).hexdigest() for name, each in members.items() if name != "manifest.json"
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in members.items():
            archive.writestr(name, each)
    return out.getvalue()


def forged(content: bytes, name: str, change: Callable[[dict], None]) -> bytes:
    members = unpacked(content)
    plain = json.loads(members[name])
    change(plain)
    return repacked(members | {name: json.dumps(plain).encode()}, sign=name != "manifest.json")


def test_a_loaded_model_is_the_saved_one(model: Model, tmp_path: Path) -> None:
    again = us.load(model.save(tmp_path / "m.understudy"))
    assert (again.plan, again.schema, again.source, again.rows) == (model.plan, model.schema, model.source, model.rows)
    assert [dict(entry) for entry in again.ledger] == [dict(entry) for entry in model.ledger]
    assert again.providers == model.providers
    assert_frame_equal(again.sample(2000, seed=4), model.sample(2000, seed=4))
    given = {"site": "south", "age": 30}
    assert_frame_equal(again.sample(500, given=given), model.sample(500, given=given))
    assert repr(again) == repr(model)


@pytest.mark.parametrize("engine", ["independent", "bootstrap"])
def test_every_engine_is_saved(real: pl.DataFrame, engine: str, tmp_path: Path) -> None:
    model = us.fit(real.head(500), engine=engine)
    assert_frame_equal(us.load(model.save(tmp_path / "m.understudy")).sample(500), model.sample(500))


def test_the_same_model_gives_the_same_bytes(small: Model, packed: bytes, tmp_path: Path) -> None:
    assert small.save(tmp_path / "again.understudy").read_bytes() == packed
    assert sorted(unpacked(packed)) == sorted(MEMBERS)


def test_no_file_holds_a_real_row(real: pl.DataFrame, model: Model, tmp_path: Path) -> None:
    text = b"".join(unpacked(model.save(tmp_path / "m.understudy").read_bytes()).values())
    for name in ("key", "mail"):
        assert not any(value.encode() in text for value in real[name])


def test_a_failed_save_leaves_nothing(small: Model, tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        small.save(tmp_path / "none" / "m.understudy")
    (tmp_path / "folder.understudy").mkdir()
    with pytest.raises(WriteError):
        small.save(tmp_path / "folder.understudy")
    assert [each.name for each in tmp_path.iterdir()] == ["folder.understudy"]


def test_a_failed_save_keeps_the_old_file(small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.understudy"
    path.write_bytes(b"old")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WriteError, match="No space left"):
        small.save(path)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["m.understudy"]


def test_no_file_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="understudy fit"):
        us.load(tmp_path / "none.understudy")
    with pytest.raises(SourceMissing):
        us.load(tmp_path)


def test_a_truncated_file_is_told(packed: bytes, tmp_path: Path) -> None:
    for end in {0, 1, 10, *range(20, len(packed), max(len(packed) // 60, 1)), len(packed) - 1}:
        refused(packed[:end], tmp_path / "cut.understudy")


def test_a_flipped_byte_is_told_or_means_nothing(packed: bytes, small: Model, tmp_path: Path) -> None:
    """Wherever a byte is changed, the file is refused, or is the same model (a time stamp, an unused field)."""
    rng = np.random.default_rng(0)
    path, wanted, survived = tmp_path / "flipped.understudy", small.sample(20), 0
    places = [*rng.integers(0, len(packed), 250), *range(40), *range(len(packed) - 300, len(packed))]
    for place in places:
        changed = bytearray(packed)
        changed[place] ^= int(rng.integers(1, 256))
        path.write_bytes(changed)
        try:
            assert us.load(path).sample(20).equals(wanted)
            survived += 1
        except ModelFileError as error:
            assert "\n" not in str(error)  # noqa: PT017
    assert survived < len(places) / 2


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 50, b"\x80\x04\x95" + b"\x00" * 40], ids=len)
def test_what_is_no_zip_is_no_model(content: bytes, tmp_path: Path) -> None:
    refused(content, tmp_path / "x.understudy")


@pytest.mark.parametrize("missing", MEMBERS)
def test_a_missing_member_is_told(packed: bytes, tmp_path: Path, missing: str) -> None:
    members = unpacked(packed)
    del members[missing]
    refused(repacked(members, sign=False), tmp_path / "x.understudy", "no model file")


def test_an_extra_member_is_told(packed: bytes, tmp_path: Path) -> None:
    for name in ("extra.txt", "../escape.txt", "/etc/escape", "arrays.npz/.."):
        refused(repacked({**unpacked(packed), name: b"x"}), tmp_path / "x.understudy", "no model file")
    assert [each.name for each in tmp_path.parent.iterdir() if "escape" in each.name] == []


def test_a_member_that_comes_twice_is_told(packed: bytes, tmp_path: Path) -> None:
    out = BytesIO(packed)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("model.json", b"{}")
    refused(out.getvalue(), tmp_path / "x.understudy", "no model file")


@pytest.mark.parametrize("name", MEMBERS[1:])
def test_a_changed_member_is_told(packed: bytes, tmp_path: Path, name: str) -> None:
    members = unpacked(packed)
    refused(repacked({**members, name: members[name] + b" "}, sign=False), tmp_path / "x.understudy", f"'{name}'")


@pytest.mark.parametrize("version", [0, 1, 99, "2", None])
def test_another_version_says_so(packed: bytes, tmp_path: Path, version: object) -> None:
    content = forged(packed, "manifest.json", lambda manifest: manifest.update(format=version, understudy="9.9"))
    error = refused(content, tmp_path / "x.understudy", f"format {version}")
    assert "9.9" in str(error)
    members = unpacked(content)
    refused(repacked({**members, "new.bin": b""}, sign=False), tmp_path / "x.understudy", f"format {version}")


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"1", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"format": 1}'], ids=len
)
def test_a_broken_manifest_is_told(packed: bytes, tmp_path: Path, manifest: bytes) -> None:
    refused(repacked({**unpacked(packed), "manifest.json": manifest}, sign=False), tmp_path / "x.understudy")


def test_a_bomb_is_not_unpacked(packed: bytes, tmp_path: Path) -> None:
    members = unpacked(packed)
    zeros = bytes(400 * 2**20)
    outer = repacked({**members, "arrays.npz": zeros}, sign=False)
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("codes/0/low.npy", zeros)
    nested = repacked({**members, "arrays.npz": inner.getvalue()})
    del zeros
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(outer, tmp_path / "x.understudy", "unpacks to")
    refused(nested, tmp_path / "x.understudy")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_an_array_said_to_be_huge_is_told(packed: bytes, tmp_path: Path) -> None:
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**14,)})
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("codes/0/low.npy", header.getvalue())
    refused(repacked({**unpacked(packed), "arrays.npz": inner.getvalue()}), tmp_path / "x.understudy")


class Planted:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.mark,))


def test_a_pickle_is_never_read(packed: bytes, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    planted = Planted(mark)
    inner = BytesIO()
    np.savez(inner, **{"codes/0/low": np.array([planted], dtype=object)})
    plain = BytesIO()
    np.save(plain, np.array([planted], dtype=object))
    for content in (inner.getvalue(), plain.getvalue(), pickle.dumps(planted)):
        refused(repacked({**unpacked(packed), "arrays.npz": content}), tmp_path / "x.understudy")
    refused(pickle.dumps(planted), tmp_path / "x.understudy")
    assert not mark.exists()


def test_no_name_in_a_file_is_called(packed: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for dtype in (["read_csv", str(secret)], ["Config"], ["show_versions"], ["Object"], "read_csv", ["__class__"], []):
        content = forged(
            packed, "model.json", lambda plain, dtype=dtype: plain["codebook"]["columns"][0].update(dtype=dtype)
        )
        refused(content, tmp_path / "x.understudy", "damaged")
    for engine in ("os", "registry", "contract", "../trees", "trees.__class__"):
        members = unpacked(packed)
        plan = members["plan.yaml"].replace(b"engine: boost", f"engine: {engine}".encode())
        refused(repacked({**members, "plan.yaml": plan}), tmp_path / "x.understudy", "damaged")
    members = unpacked(packed)
    mark = tmp_path / "executed"
    plan = members["plan.yaml"] + f"options: !!python/object/apply:os.mkdir ['{mark}']\n".encode()
    refused(repacked({**members, "plan.yaml": plan}), tmp_path / "x.understudy", "damaged")
    assert not mark.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.clear(),
        lambda plain: plain.pop("schema"),
        lambda plain: plain["schema"].pop("columns"),
        lambda plain: plain["schema"]["columns"][0].update(kind="nonsense"),
        lambda plain: plain["schema"]["columns"][0].update(extra=1),
        lambda plain: plain["source"].update(extra=1),
        lambda plain: plain["codebook"]["columns"].clear(),
        lambda plain: plain["codebook"]["columns"][0].update(code="pickle"),
        lambda plain: plain["codebook"]["columns"][2].update(levels=5),
        lambda plain: plain["providers"].update(a={"provider": "os"}),
        lambda plain: plain.update(codebook=[]),
        lambda plain: plain.update(fitted=None),
    ],
    ids=range(12),
)
def test_forged_contents_are_told(packed: bytes, tmp_path: Path, change: Callable[[dict], None]) -> None:
    refused(forged(packed, "model.json", change), tmp_path / "x.understudy")


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"", b"\x89PNG"])
def test_a_file_of_another_kind_is_no_model_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="this is no model file"):
        Model.load(path)
