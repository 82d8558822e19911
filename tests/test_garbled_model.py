"""Sections that are cut, too short or garbled, behind checksums that fit: an error that names them, nothing worse."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import despin
from despin import Config, ModelError, Repairer
from despin.learn.features import EDIT_FEATURES, TEXT_FEATURES
from despin.lexicon.vocabulary import Vocabulary
from despin.model.blocks import pack_lines, unpack_lines
from despin.model.container import Container, write
from tests.garbling import Garbled, repairer_of

MODEL = Container(Path(despin.__file__).parent / "data" / "en.despin")
SPUN = (
    "China’s Xi to satisfy Putin in Russia next week. He will meet his Russian equivalent in Moscow, zorkd officials."
)
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "cut to half": lambda data: data[: len(data) // 2],
    "a byte short": lambda data: data[:-1],
    "a byte long": lambda data: data + b"\0",
    "all ones": lambda data: b"\xff" * len(data),
    "empty": lambda data: b"",
}
# Quantised numbers: whatever stands there is one.
ANY_BYTES = {"embedding.context", "embedding.output", "ngrams", "vocab.gate", "vocab.register"}


def _use(tool: Repairer) -> None:
    """All that a repairer does with a model."""
    tool.inspect(SPUN, spun=True)
    tool.inspect(SPUN)
    for model in tool._models:
        model.phrases()
    for _row in tool._rows:
        pass


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("section", MODEL.names())
def test_a_section(section: str, way: str) -> None:
    garbled = Garbled(MODEL, {section: WAYS[way](bytes(MODEL.section(section)))})
    if section in ANY_BYTES and way == "all ones":
        _use(repairer_of(garbled))
        return
    with pytest.raises(ModelError) as caught:
        _use(repairer_of(garbled))
    said = str(caught.value)
    assert said.startswith(f"the model file {MODEL.path} is damaged: ")
    assert "section" in said
    assert said.endswith("reinstall despin or train the model again")


def _put(section: str, at: int, form: str, *values: int | float) -> Garbled:
    data = bytearray(MODEL.section(section))
    struct.pack_into(form, data, at if at >= 0 else len(data) + at, *values)
    return Garbled(MODEL, {section: bytes(data)})


def _first(section: str, form: str, field: int, wanted: Callable[[int], bool]) -> int:
    """Where the first entry of a section stands whose field is as wanted."""
    size = struct.calcsize(form)
    entries = enumerate(struct.iter_unpack(form, MODEL.section(section)))
    return next(size * number for number, entry in entries if wanted(entry[field]))


HYPOTHESIS = "<IIIhbbBBH"
BRANCH = "<fhH"
FORK = _first("trees.branches", BRANCH, 1, lambda feature: feature >= 0)
CONDITIONED = _first("hypotheses", HYPOTHESIS, 8, bool)
NODE = _first("trie.nodes", "<IHH", 1, bool)
EDGE = _first("trie.edges", "<III", 2, bool)
ACCENT = bytes(MODEL.section("surfaces")).index("é".encode())
SPELT = _first("hypotheses", HYPOTHESIS, 1, lambda surface: surface > 0)


@pytest.mark.parametrize(
    ("section", "at", "form", "value"),
    [
        ("hypotheses", 0, "<I", len(MODEL.section("targets")) // 4),
        ("hypotheses", 4, "<I", len(MODEL.section("surfaces"))),
        ("hypotheses", SPELT + 4, "<I", ACCENT + 1),
        ("hypotheses", 8, "<I", 8 << 24),
        ("hypotheses", 8, "<I", 0xFFFFFF),
        ("hypotheses", CONDITIONED + 18, "<H", len(MODEL.section("conditions")) // 4),
        ("conditions", -4, "<i", 1),
        ("conditions", 12, "<i", -9),
        ("conditions", 12, "<i", 2**31 - 1),
        ("targets", 0, "<i", -1),
        ("targets", 0, "<i", 70_000_000),
        ("trie.nodes", NODE, "<I", 2**32 - 1),
        ("trie.nodes", NODE + 4, "<H", 65535),
        ("trie.edges", EDGE + 8, "<I", len(MODEL.section("trie.nodes")) // 8),
        ("trie.edges", EDGE + 8, "<I", 0),
        ("trie.roots", -4, "<I", 2**31),
        ("trees.branches", FORK + 4, "<h", len(EDIT_FEATURES)),
        ("trees.branches", FORK + 6, "<H", 0),
        ("trees.branches", FORK + 6, "<H", 1),
        ("trees.branches", FORK + 6, "<H", 2**16 - 1),
        ("trees.branches", FORK, "<f", float("nan")),
        ("trees.roots", -4, "<i", 2**31 - 1),
        ("vocab.logp", 4000, "<f", float("nan")),
        ("vocab.backoff", 4000, "<f", float("inf")),
        ("vocab.replaceable", 4000, "<f", 1.0),
        ("embedding.place", 8, "<f", float("-inf")),
        ("embedding.far", 8, "<f", 1e30),
        ("vocab.flags", 9, "<B", 8),
        ("vocab.offsets", 40, "<I", 2**32 - 1),
        ("vocab.offsets", 0, "<I", 1),
        ("rows.offsets", 40, "<I", 2**32 - 1),
    ],
)
def test_a_number(section: str, at: int, form: str, value: float) -> None:
    with pytest.raises(ModelError, match="is damaged: section"):
        repairer_of(_put(section, at, form, value))


def test_a_table_without_a_free_place(seed: str) -> None:
    """Looking a word up in it would never end."""
    slots = [(a, b if b >= 0 else 9) for a, b in struct.iter_unpack("<Ii", MODEL.section("vocab.hash"))]
    full = b"".join(struct.pack("<Ii", *slot) for slot in slots)
    with pytest.raises(ModelError, match=r"section vocab\.hash"):
        repairer_of(Garbled(MODEL, {"vocab.hash": full}))
    edges = [(a, b, c or 9) for a, b, c in struct.iter_unpack("<III", MODEL.section("trie.edges"))]
    full = b"".join(struct.pack("<III", *edge) for edge in edges)
    with pytest.raises(ModelError, match=r"section trie\.edges"):
        repairer_of(Garbled(MODEL, {"trie.edges": full}))


def test_rows_that_cannot_be_unpacked() -> None:
    text = bytearray(MODEL.section("rows.text"))
    text[100:300] = b"\xff" * 200
    tool = repairer_of(Garbled(MODEL, {"rows.text": bytes(text)}))
    with pytest.raises(ModelError, match=r"block 0 of section rows\.text is garbled, it cannot be unpacked"):
        tool._rows.row(0, False)
    block = pack_lines(["a\tb"])
    offsets = struct.pack("<II", 0, len(block))
    with pytest.raises(ModelError, match="section hypotheses"):  # there are fewer rows than it names
        repairer_of(Garbled(MODEL, {"rows.text": block, "rows.offsets": offsets}))


def test_blocks() -> None:
    block = pack_lines(["one", "zwei", "três"])
    assert unpack_lines(block) == ["one", "zwei", "três"]
    for wrong in (b"", block[:-1], block + b"x", b"\xff" * 9, pack_lines(["\x00" * (65 << 20)])):
        with pytest.raises(ValueError, match="it "):
            unpack_lines(wrong)


def _written(path: Path, metadata: Any = None, **sections: bytes | None) -> Path:
    """The model as a file, with other metadata, and some sections replaced or left out."""
    kept = {name: bytes(MODEL.section(name)) for name in MODEL.names()} | {
        name.replace("__", "."): data for name, data in sections.items()
    }
    write(path, metadata or MODEL.metadata, {name: data for name, data in kept.items() if data is not None})
    return path


NEEDED = ("conditions", "hypotheses", "ngrams", "phrases", "rows.text", "trees.branches", "trie.nodes")


@pytest.mark.parametrize("section", [*NEEDED, "embedding.far", "trees.roots", "vocab.replaceable"])
def test_a_file_without_a_section(section: str, tmp_path: Path) -> None:
    path = _written(tmp_path / "less.despin", **{section.replace(".", "__"): None})
    with pytest.raises(ModelError, match=rf"less\.despin is damaged: section {section} is missing; reinstall"):
        Repairer(model=path).inspect(SPUN, spun=True)


def test_a_file_whose_words_have_weights_and_no_flags(tmp_path: Path) -> None:
    """Nothing tells which ids there are, so the weights must not be looked up by them."""
    slots = struct.pack("<IiIiIiIi", 1, 0x7FFFFFF0, 2, -1, 3, -1, 4, -1)
    words = {"vocab.hash": slots, "vocab.offsets": struct.pack("<II", 0, 1), "vocab.text": b"a", "vocab.gate": b"\0"}
    path = tmp_path / "words.despin"
    write(path, MODEL.metadata, words)
    with pytest.raises(ModelError, match=r"words\.despin is damaged: section"):
        Repairer(model=path)


def _chain(leaves: int, feature: int) -> list[tuple[float, int, int]]:
    """A tree as a chain of forks with a leaf on the left of each."""
    forks: list[tuple[float, int, int]] = []
    for number in range(leaves - 1):
        forks += [(number / leaves, feature, 2), (0.5, -1, 0)]
    return [*forks, (-0.5, -1, 0)]


@pytest.mark.parametrize(
    ("forest", "leaves", "feature", "sound"),
    [
        (0, 32, 35, True),
        (0, 33, 35, False),
        (2, 32, 35, True),
        (2, 60, 3, False),
        (1, 9, len(TEXT_FEATURES) - 1, True),
        (1, 9, len(TEXT_FEATURES), False),
    ],
)
def test_trees_of_a_size_that_fits(forest: int, leaves: int, feature: int, sound: bool) -> None:
    """Forests: first opinions on edits, texts, edits; a text has fewer features than an edit."""
    branches, roots = b"", []
    for number in range(3):
        tree = _chain(leaves, feature) if number == forest else _chain(2, 0)
        roots.append(len(branches) // struct.calcsize(BRANCH))
        branches += b"".join(struct.pack(BRANCH, *branch) for branch in tree)
    garbled = Garbled(
        MODEL,
        {
            "trees.branches": branches,
            "trees.roots": struct.pack("<3i", *roots),
            "trees.forests": struct.pack("<3i", 1, 1, 1),
        },
    )
    if sound:
        _use(repairer_of(garbled))
        return
    with pytest.raises(ModelError, match=rf"section trees\.branches is garbled, tree {forest} has too many leaves"):
        repairer_of(garbled)


def test_the_command_says_it(tmp_path: Path) -> None:
    path = _written(tmp_path / "cut.despin", targets=bytes(MODEL.section("targets"))[:4000])
    with pytest.raises(ModelError, match=r"cut\.despin is damaged: section hypotheses is garbled"):
        Repairer(model=path)
    with pytest.raises(ModelError, match=r"cut\.despin is damaged: section hypotheses is garbled"):
        Vocabulary(path)


DECISION = MODEL.metadata["decision"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"decision": None},
        {"decision": []},
        {"decision": {}},
        {"decision": {**DECISION, "lattice": {}}},
        {"decision": {**DECISION, "first": {**DECISION["first"], "weights": [1.0]}}},
        {"decision": {**DECISION, "first": {**DECISION["first"], "weights": ["1"] * 5}}},
        {"decision": {**DECISION, "first": {**DECISION["first"], "weights": [float("nan")] * 5}}},
        {"decision": {**DECISION, "first": {**DECISION["first"], "closed": [1.0] * 5}}},
        {"decision": {**DECISION, "gate": {"weights": [1.0, 1.0, 1.0], "closed_below": 7}}},
        {"decision": {**DECISION, "register": {"weights": [1.0]}}},
        {"decision": {**DECISION, "gate": {"weights": [1.0, 1.0, 1.0], "closed_below": [[0.5]]}}},
        {"lm_unknown": None},
        {"lm_unknown": float("inf")},
        {"lm_words": 3},
        {"lm_words": 70_000_000},
        {"lm_words": 9000.0},
        {"ngram_buckets": "many"},
    ],
)
def test_a_header_that_is_not_one(metadata: dict[str, Any], tmp_path: Path) -> None:
    path = _written(tmp_path / "odd.despin", {**MODEL.metadata, **metadata}, ngrams=bytes(MODEL.section("ngrams")))
    with pytest.raises(ModelError, match=r"odd\.despin is damaged"):
        Repairer(model=path)


@pytest.mark.parametrize("metadata", [[], "text", 3, [["a", "b"]]])
def test_a_header_of_another_kind(metadata: Any, tmp_path: Path) -> None:
    path = tmp_path / "odd.despin"
    write(path, metadata, {"targets": b""})
    with pytest.raises(ModelError, match=r"odd\.despin is damaged"):
        Repairer(model=path)


def test_a_section_that_is_not_aligned(tmp_path: Path) -> None:
    path = tmp_path / "odd.despin"
    write(path, {}, {"a": bytes(64), "b": bytes(64)})
    data = path.read_bytes()
    header = json.loads(data[16 : 16 + struct.unpack_from("<I", data, 8)[0]])
    assert all(section["offset"] % 64 == 0 for section in header["sections"].values())
    from tests.fuzz.targets import _with_checksums

    path.write_bytes(_with_checksums(data.replace(b'"offset": 64', b'"offset": 01')))
    with pytest.raises(ModelError, match=r"odd\.despin is damaged"):
        Container(path)


def test_a_sound_model_is_opened() -> None:
    tool = repairer_of(Garbled(MODEL, {}))
    assert tool.inspect(SPUN, spun=True) == Repairer(config=Config.of("eager")).inspect(SPUN, spun=True)
    _use(tool)
