"""The providers there are, by name: one line each, how to fit one, how to take one back from its state."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from understudy.errors import ArgumentError, ModelFileError, UnknownName, nearest
from understudy.providers.contacts import fit_email, fit_ip, fit_phone, fit_url
from understudy.providers.ids import fit_id, fit_uuid
from understudy.providers.payments import fit_card
from understudy.providers.people import fit_address, fit_first_name, fit_last_name, fit_person_name
from understudy.providers.prose import fit_text
from understudy.providers.provider import Invented, Provider
from understudy.providers.sequence import Sequence, fit_sequence

FITS: Mapping[str, Callable[..., Provider]] = {
    "id": fit_id,
    "sequence": fit_sequence,
    "uuid": fit_uuid,
    "email": fit_email,
    "phone": fit_phone,
    "person_name": fit_person_name,
    "first_name": fit_first_name,
    "last_name": fit_last_name,
    "address": fit_address,
    "card": fit_card,
    "url": fit_url,
    "ip": fit_ip,
    "text": fit_text,
}


def names() -> list[str]:
    """The names of all providers."""
    return list(FITS)


def summary(name: str) -> str:
    """What a provider gives, in one line.

    Raises:
        UnknownName: there is no such provider.
    """
    return (inspect.getdoc(_known(name)) or "").split("\n", 1)[0]


def fit(name: str, values: pl.Series, *, unique: bool, k: int = 8) -> Provider:
    """Learn how values are written.

    Args:
        name: of the provider.
        values: the real ones, nulls ignored; there may be none at all, or none that fit the type, in which case the
            provider's usual format stands.
        unique: whether no value may repeat.
        k: how many different values must share a trait for it to be learned.

    Returns:
        A provider that holds traits of the format and no value.

    Raises:
        UnknownName: there is no such provider.
        ArgumentError: k is below 1.
    """
    if k < 1:
        raise ArgumentError(f"k is {k}", where=f"provider '{name}'", hint="k must be 1 or more", field="k")
    return _known(name)(values, unique=unique, k=k)


def load(state: Mapping[str, Any]) -> Provider:
    """The provider of a state.

    Raises:
        UnknownName: the state names a provider that does not exist.
        ModelFileError: the state is malformed.
    """
    if not isinstance(state, Mapping) or "provider" not in state:
        raise ModelFileError("the state of a provider has no name", hint="save the model again")
    name = state["provider"]
    _known(name)
    try:
        return Sequence.load(state) if name == "sequence" else Invented.load(state)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(
            "the state of a provider cannot be read", where=f"provider '{name}'", hint="save the model again"
        ) from error


def _known(name: str) -> Callable[..., Provider]:
    if name not in FITS:
        raise UnknownName(f"no provider '{name}'", hint=nearest(name, FITS), field="provider")
    return FITS[name]
