"""Garbling of the real model's sections, for a fuzz target: what the core would meet behind checksums that fit."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import despin
from despin.errors import ModelError
from despin.model.container import Container
from tests.garbling import Garbled, repairer_of

__all__ = ["garbled", "sections"]

ROOT = Path(__file__).parents[2]
_CHANGE = struct.Struct("<BBIi")  # section, how, where, what
_MOST_CHANGES = 6
_FORMS = ("<b", "<h", "<i", "<i", "<q")


@cache
def _model() -> Container:
    return Container(Path(despin.__file__).parent / "data" / "en.despin")


@cache
def _texts() -> tuple[str, ...]:
    article = (ROOT / "seeds/xi-visits-russia.txt").read_text("utf-8")
    parts = [part for part in article.split("\n") if part.strip()]
    return "\n\n".join(parts[:6]), "\n\n".join(parts[6:12])


def garbled(data: bytes) -> dict[str, bytes]:
    """The sections that some bytes tell to change, ten bytes a change, as they are afterwards."""
    names = _model().names()
    changed: dict[str, bytearray] = {}
    for which, how, where, what in list(_CHANGE.iter_unpack(data[: len(data) // 10 * 10]))[:_MOST_CHANGES]:
        name = names[which % len(names)]
        section = changed.setdefault(name, bytearray(_model().section(name)))
        _change(section, how, where, what)
    return {name: bytes(section) for name, section in changed.items()}


def _change(section: bytearray, how: int, where: int, what: int) -> None:
    """Cut, fill, or most often overwrite a number where one may stand."""
    at = where % (len(section) + 1)
    if how == 0:
        del section[at:]
    elif how == 1:
        del section[at : at + what % 64]
    elif how == 2:
        section[at:at] = bytes(what % 64)
    elif how == 3:
        section[at:] = bytes([what & 255]) * (len(section) - at)
    elif how == 4:
        section[at:] = section[: len(section) - at]
    else:
        form = _FORMS[how % len(_FORMS)]
        size = struct.calcsize(form)
        if len(section) >= size:
            bits = 8 * size
            value = (what + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
            struct.pack_into(form, section, at // size * size % (len(section) - size + 1), value)


def sections(data: bytes) -> None:
    """The real model with garbled sections is refused, or repairs as any model does."""
    from tests.fuzz.targets import check

    try:
        changed = garbled(data)
        tool = repairer_of(Garbled(_model(), changed), fuzzy="phrases" in changed)
        for text in _texts():
            for spun in (True, None):
                check(text, tool.inspect(text, spun=spun))
    except ModelError as error:
        assert _model().path in str(error)
