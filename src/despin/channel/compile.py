"""Compiling: dictionaries and language model become the one model file ``en.despin``.

The channel's part depends on nothing but the rows, lemminflect's tables and the vocabulary of the language model, so
compiling the same sources gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from despin.channel.inflect import inflections
from despin.channel.link import Entry, Linker, phrase_tokens
from despin.channel.rows import Row, pack_rows, read_folder
from despin.learn.fitted import Fitted, read_fitted
from despin.learn.trees import read_forests, tree_sections
from despin.model.container import Container, write
from despin.model.word_weights import GATE, REGISTER, read_decision, read_word_weights, weight_sections
from despin.model.words import offsets, pack_words, read_words
from despin.text.articles import starts_with_vowel_sound

__all__ = ["build", "channel_sections", "digest", "entries", "learned_sections", "model_sections"]

_VOWEL, _NAME, _STARTS = 1, 2, 4
# How often spinners write small numbers as digits (seed article and training passages: about one in three).
_NUMERAL_WEIGHT = 0.3
_NUMERALS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ORDINALS = {
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "4th": "fourth",
    "5th": "fifth",
    "6th": "sixth",
    "7th": "seventh",
    "8th": "eighth",
    "9th": "ninth",
    "10th": "tenth",
}
_BUCKET = 64  # bytes of a bucket of the n-gram table (layout: decode/_model.pxd)
# A row that passages speak against so clearly can change nothing, and takes room.
_NEVER = 0.0015
_SHRINKAGE = 0.98  # no word is replaced every time, so that a kept one never has probability 0


def numeral_rows() -> list[Row]:
    """Rows for small numbers written as digits; whether one stands in running prose is checked where it is found."""
    words = [Row(str(n), word, "phrase", "any", _NUMERAL_WEIGHT) for n, word in enumerate(_NUMERALS, 1) if n > 1]
    ordinals = [Row(spun, word, "phrase", "any", _NUMERAL_WEIGHT) for spun, word in _ORDINALS.items()]
    return words + ordinals


def entries(rows: list[Row], known: set[str]) -> list[Entry]:
    """Every written form of every row."""
    return [
        Entry(spun, original, number)
        for number, row in enumerate(rows)
        for spun, original in inflections(row, known.__contains__)
    ]


def _replaceable(forms: Iterable[Entry], rows: list[Row], ids: dict[str, int]) -> dict[int, float]:
    """For each single word that spinners replace: the probability that one does, by word id.

    This is what makes an unspun "said" evidence against spinning. Rows of rare families count less, because most
    spun texts are of another family.
    """
    kept: dict[int, float] = defaultdict(lambda: 1.0)
    seen: set[tuple[str, str]] = set()
    for form in forms:
        row = rows[form.row]
        tokens = phrase_tokens(form.original)
        if row.family not in ("any", "news") or len(tokens) != 1 or (form.spun, form.original) in seen:
            continue
        if row.context or tokens[0] in phrase_tokens(form.spun):
            continue
        seen.add((form.spun, form.original))
        word = ids.get(tokens[0])
        if word is not None:
            kept[word] *= 1 - _SHRINKAGE * row.weight
    return {word: 1 - left for word, left in kept.items()}


def model_sections(
    rows: list[Row], fitted: Fitted, model: Container, embedding: Container, vocabulary: list[str]
) -> dict[str, bytes]:
    """All sections of the model file: those of the channel, and beside them n-grams and embeddings."""
    names, logp, backoff = (bytes(model.section(f"vocab.{name}")) for name in ("flags", "logp", "backoff"))
    return {
        **channel_sections(rows, fitted, vocabulary, names, logp, backoff),
        "ngrams": bytes(model.section("ngrams")),
        **{name: bytes(embedding.section(name)) for name in embedding.names()},
    }


def channel_sections(
    rows: list[Row], fitted: Fitted, vocabulary: list[str], names: bytes, logp: bytes, backoff: bytes
) -> dict[str, bytes]:
    """All sections that depend on the dictionaries, the vocabulary (extended by the channel's words) among them."""
    words = list(vocabulary)
    ids = {word: number for number, word in enumerate(words)}
    ids["an"] = ids.get("a", 0)
    n_model = len(words)

    def word_id(word: str) -> int:
        if word not in ids:
            ids[word] = len(words)
            words.append(word)
        return ids[word]

    rows = [*fitted.rows(rows), *numeral_rows()]
    forms = fitted.entries(entries(rows, set(words)))
    linker = Linker(word_id, rows)
    linker.add(forms)
    sections = linker.sections()
    extra = len(words) - n_model
    flags = bytearray(names) + bytes(extra)
    roots = linker.roots()
    for number, word in enumerate(words):
        flags[number] |= _VOWEL * starts_with_vowel_sound(word) | _STARTS * (number in roots)
    replaceable = _replaceable(forms, rows, ids)
    blocks = pack_rows(rows)
    sections |= {
        **pack_words(words),
        "vocab.flags": bytes(flags),
        "vocab.logp": bytes(logp) + bytes(4 * extra),
        "vocab.backoff": bytes(backoff) + bytes(4 * extra),
        "vocab.replaceable": struct.pack(f"<{len(words)}f", *(replaceable.get(i, 0.0) for i in range(len(words)))),
        "rows.text": b"".join(blocks),
        "rows.offsets": offsets(blocks),
    }
    return sections


def learned_sections(models: Path, sections: Mapping[str, bytes]) -> dict[str, bytes]:
    """What the decisions look up, beside the weights in the header: trees, and weights of the words of `sections`."""
    known = {section: read_word_weights(models / table) for section, table, _decision in (GATE, REGISTER)}
    return tree_sections(read_forests(models)) | weight_sections(known, sections)


def digest(sections: dict[str, bytes]) -> str:
    """SHA-256 over the names and contents of sections."""
    sha = hashlib.sha256()
    for name in sorted(sections):
        sha.update(name.encode() + b"\0" + struct.pack("<Q", len(sections[name])))
        sha.update(sections[name])
    return sha.hexdigest()


def build(dictionaries: Path, models: Path, output: Path) -> dict[str, Any]:
    """Compile ``en.despin`` and give back its metadata.

    Raises:
        DictionaryError: A row is wrong.
        ModelError: The language model is missing or damaged.
    """
    fitted = read_fitted(models)
    rows = read_folder(dictionaries)
    rows = [row for row, learned in zip(rows, fitted.rows(rows), strict=True) if learned.weight > _NEVER]
    model = Container(models / "en.lm")
    decision = json.loads((models / "decision.json").read_text("utf-8"))
    embedding = Container(models / "en.embedding")
    sections = model_sections(rows, fitted, model, embedding, read_words(model))
    channel = {name: data for name, data in sections.items() if name != "ngrams" and name not in embedding}
    metadata = {
        "kind": "channel and language model",
        "language": "en",
        "rows": len(rows),
        "channel_sha256": digest(channel),
        "language_model": model.metadata,
        "embedding": embedding.metadata,
        "lm_unknown": model.metadata["lm_unknown"],
        "lm_words": len(read_words(model)),
        "ngram_buckets": len(sections["ngrams"]) // _BUCKET,
        "decision": decision,
    }
    sections |= learned_sections(models, sections)
    for name, (_section, _table, learned) in (("gate", GATE), ("register", REGISTER)):
        if (found := read_decision(models / learned)) is not None:
            decision[name] = found
    write(output, metadata, sections)
    return metadata
