"""Model files: a zip of JSON and one npz of arrays, hashed, size-checked, with nothing in it that could be executed."""

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from understudy import __version__
from understudy.data.schema import Column, Schema
from understudy.data.table import Source
from understudy.encoding.codebook import Codebook
from understudy.engines import registry
from understudy.engines.contract import Fitted
from understudy.errors import ModelFileError, SourceDenied, SourceMissing, UnderstudyError, WriteError
from understudy.models import strata
from understudy.models.calibration import Calibration
from understudy.models.memory import Memory
from understudy.models.model import TABLE, Model
from understudy.plan.plan import Plan
from understudy.plan.yaml import from_yaml, to_yaml
from understudy.providers import catalogue
from understudy.rules.constraints import restore
from understudy.rules.rewriting import Rewriting

FORMAT = 4
ZIPPED = b"PK"
MEMBERS = ("manifest.json", "plan.yaml", "model.json", "arrays.npz")
MOST_BYTES = 8 * 2**30
MOST_RATIO = 100
SMALL_BYTES = 64 * 2**20
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    OSError,
)


def save(model: Model, path: str | Path) -> Path:
    """Write a model file; the same model gives the same bytes.

    Raises:
        SourceDenied: the folder may not be written to.
        WriteError: the file cannot be written; nothing half-written stays.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(_packed(_contents(model)))
        beside.replace(path)
    except PermissionError as error:
        raise SourceDenied("the model may not be written", where=str(path), hint="choose another folder") from error
    except OSError as error:
        raise WriteError("the model cannot be written", where=str(path), hint=error.strerror or str(error)) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def _contents(model: Model) -> dict[str, bytes]:
    book, codes = model.codebooks[TABLE].state()
    fitted, learned = model.fitted[TABLE].state()
    calibrated, counts = (None, {}) if model.calibration is None else model.calibration.state()
    plain = {
        "schema": {
            "name": model.schema.name,
            **model.schema.roles,
            "columns": [asdict(each) for each in model.schema.columns],
        },
        "source": asdict(model.source),
        "codebook": book,
        "fitted": fitted,
        "providers": {name: provider.state() for name, provider in model.providers.items()},
        "rows": model.rows,
        "ledger": [dict(entry) for entry in model.ledger],
        "memory": None if model.memory is None else model.memory.state(),
        "calibration": calibrated,
        "rewriting": model.rewriting.state(),
        "held": [each.state() for each in model.held],
        "share": model.share,
    }
    arrays = {f"codes/{name}": held for name, held in codes.items()} | {
        f"engine/{name}": held for name, held in learned.items()
    }
    arrays |= {f"calibration/{name}": held for name, held in counts.items()}
    packed = BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    return {
        "plan.yaml": to_yaml(model.plan).encode(),
        "model.json": json.dumps(plain, ensure_ascii=False).encode(),
        "arrays.npz": packed.getvalue(),
    }


def _packed(contents: Mapping[str, bytes]) -> bytes:
    hashes = {name: sha256(content).hexdigest() for name, content in contents.items()}
    manifest = {"format": FORMAT, "understudy": __version__, "sha256": hashes}
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"manifest.json": json.dumps(manifest, indent=1).encode(), **contents}.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def load(path: str | Path) -> Model:
    """Read a model file.

    Raises:
        SourceMissing: there is no such file.
        SourceDenied: it may not be read.
        ModelFileError: it is truncated, tampered with, too large, or of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceMissing(f"no model at '{path}'", hint="make one with: understudy fit DATA -o model.understudy")
    try:
        contents = _unpacked(path)
        return _restored(contents)
    except ModelFileError:
        raise
    except PermissionError as error:
        raise SourceDenied("the model file may not be read", where=str(path), hint="check its permissions") from error
    except UnderstudyError as error:
        raise _bad(f"the model file is damaged: {error.what}", path) from error
    except zipfile.BadZipFile as error:
        raise (_damaged(path) if path.read_bytes()[: len(ZIPPED)] == ZIPPED else _other(path)) from error
    except DAMAGE as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> ModelFileError:
    return _bad("the model file is damaged", path)


def _other(path: Path) -> ModelFileError:
    return _bad("this is no model file", path, "a model is written by: understudy fit DATA -o model.understudy")


def _bad(what: str, path: Path, hint: str = "fit and save the model again") -> ModelFileError:
    return ModelFileError(what, where=str(path), hint=hint)


def _unpacked(path: Path) -> dict[str, bytes]:
    """The members, after their sizes, version, names and hashes have been checked."""
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist()]
        size = sum(info.file_size for info in archive.infolist())
        if size > min(MOST_BYTES, max(MOST_RATIO * path.stat().st_size, SMALL_BYTES)):
            raise _bad(f"the model file unpacks to {size} bytes", path, "it was not written by understudy")
        manifest: Any = json.loads(archive.read("manifest.json")) if "manifest.json" in names else {"format": FORMAT}
        if manifest["format"] != FORMAT:
            raise _bad(
                f"the model file was written by understudy {manifest.get('understudy')} in format {manifest['format']}",
                path,
                f"this is understudy {__version__}, which reads format {FORMAT}; fit the model again",
            )
        if sorted(names) != sorted(MEMBERS):
            raise _other(path)
        contents = {name: archive.read(name) for name in MEMBERS[1:]}
    for name, content in contents.items():
        if sha256(content).hexdigest() != manifest["sha256"].get(name):
            raise _bad(f"'{name}' in the model file was changed after it was written", path)
    return contents


def _restored(contents: Mapping[str, bytes]) -> Model:
    plan = from_yaml(contents["plan.yaml"].decode(), where="plan.yaml")
    plain = json.loads(contents["model.json"])
    arrays = _arrays(contents["arrays.npz"])
    schema = _schema(plain["schema"])
    book = Codebook.restore(plain["codebook"], _under("codes/", arrays))
    providers = {name: catalogue.load(state) for name, state in plain["providers"].items()}
    rewriting, held = Rewriting.restore(plain["rewriting"], schema), tuple(map(restore, plain["held"]))
    if set(rewriting.schema(schema).names) != set(book.columns) | set(providers):
        raise ValueError("the columns do not agree")
    return Model(
        plan,
        schema,
        Source(**{**plain["source"], "notes": tuple(plain["source"].get("notes", ()))}),
        {TABLE: book},
        {TABLE: _fitted(plan, plain["fitted"], _under("engine/", arrays), book)},
        providers,
        plain["rows"],
        tuple(plain["ledger"]),
        None if plain["memory"] is None else Memory.restore(plain["memory"]),
        None if plain["calibration"] is None else _calibration(plain["calibration"], arrays, len(book.domains)),
        rewriting,
        held,
        float(plain["share"]),
    )


def _fitted(plan: Plan, plain: Mapping[str, Any], arrays: Mapping[str, Any], book: Codebook) -> Fitted:
    engine = registry.load(plan.engine, **plan.options)
    if plan.by:
        return strata.restored(engine, plain, arrays, book.domains)
    return engine.restore(plain, arrays, book.domains)


def _calibration(plain: Mapping[str, Any], arrays: Mapping[str, Any], columns: int) -> Calibration:
    return Calibration.restore(plain, _under("calibration/", arrays), columns)


def _arrays(packed: bytes) -> dict[str, Any]:
    """The arrays; they lie uncompressed, so that they cannot be larger than the member they came in."""
    with zipfile.ZipFile(BytesIO(packed)) as inner:
        if sum(info.file_size for info in inner.infolist()) > len(packed):
            raise ValueError("compressed arrays")
    with np.load(BytesIO(packed), allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _under(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): held for name, held in arrays.items() if name.startswith(prefix)}


def _schema(plain: Mapping[str, Any]) -> Schema:
    columns = tuple(
        Column(**{**each, "missing": tuple(each["missing"]), "notes": tuple(each["notes"])})
        for each in plain["columns"]
    )
    roles = {role: plain[role] for role in ("primary_key", "entity", "time")}
    return Schema(columns, name=plain["name"], **roles)
