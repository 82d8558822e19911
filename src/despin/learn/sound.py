"""Held-out documents of a corpus that decisions are shown as sound text, and those that nothing was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from despin.language.corpus import chunks, find_sources
from despin.learn.words import clean_texts

__all__ = ["GATE_EACH", "academic_texts", "sound_texts", "unseen_texts"]

GATE_EACH = 150  # documents of each source that the first look is judged on
_EACH = 240  # documents of each source that the decision on texts is shown
_LENGTHS = (100, 200, 400, 800, 1600, 4000)  # characters that they are cut to
_ACADEMIC = ("arxiv_abstracts", "medquad_nih")
_ACADEMIC_EACH = 150
_HEAD = 60  # characters that tell documents apart


def sound_texts(corpus: list[Path]) -> Iterator[str]:
    """Held-out documents, cut to several lengths at the ends of paragraphs or words."""
    for source in find_sources(corpus):
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for number, text in enumerate(chunk.split("\n\n")):
                length = _LENGTHS[number % len(_LENGTHS)]
                if len(text) >= length and found < _EACH:
                    found += 1
                    yield text[:length].rsplit(" ", 1)[0]


def academic_texts(corpus: list[Path]) -> Iterator[str]:
    """Held-out abstracts and medical answers of about the length of an annotated passage."""
    for source in find_sources(corpus) if corpus else []:
        if source.name not in _ACADEMIC:
            continue
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for text in chunk.split("\n\n"):
                if len(text) >= 600 and found < _ACADEMIC_EACH:
                    found += 1
                    yield text[:1000].rsplit(" ", 1)[0]


def unseen_texts(corpus: list[Path], least: int, most: int, each: int) -> Iterator[str]:
    """The beginnings, `most` characters, of held-out documents of at least `least` that nothing was shown."""
    shown = (*sound_texts(corpus), *academic_texts(corpus), *clean_texts(corpus, True, GATE_EACH))
    heads = {text[:_HEAD] for text in shown}
    for source in find_sources(corpus):
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for text in chunk.split("\n\n"):
                if found < each and len(text) >= least and text[:_HEAD] not in heads:
                    found += 1
                    yield text[:most]
