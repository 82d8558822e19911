"""The kernel on Arrow: every layout, nulls, nesting; the texts of `despin.repair`, the same buffers where they stay."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import despin
from despin.arrow import Shipped, output_schema, repair_array, repair_batches
from despin.arrow import repair as repair_module
from despin.arrow.strings import spliced, texts
from despin.cli import main
from despin.errors import ConfigError, InputError

LAYOUTS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]


@pytest.fixture(scope="session")
def mixed(seed: str) -> list[str | None]:
    """Sound, spun, empty and absent texts, and one that is no ASCII."""
    half = seed[: len(seed) // 2]
    return ["A sound text stays.", seed, None, "", seed, "Grüße aus 北京 🙂", "short", half, None, "a"]


def repaired(values: list[str | None]) -> list[str | None]:
    return [None if value is None else despin.repair(value) for value in values]


def only(batches: list[Any]) -> Any:
    assert len(batches) == 1
    batches[0].validate(full=True)
    return batches[0]


@pytest.mark.parametrize("kind", LAYOUTS, ids=str)
@pytest.mark.parametrize("part", [slice(None), slice(1, 8), slice(2, 3), slice(0, 0)], ids=str)
def test_layouts_nulls_and_slices(mixed: list[str | None], kind: Any, part: slice) -> None:
    whole = pa.record_batch({"id": pa.array(range(len(mixed))), "text": pa.array(mixed, kind)})
    rows = range(len(mixed))[part]
    batch = whole.slice(rows.start, len(rows))
    for annotate in (False, True):
        new = only(list(repair_batches([batch], annotate=annotate)))
        assert new.schema.equals(output_schema(batch.schema, annotate=annotate))
        assert new.column("text").to_pylist() == repaired(mixed[part])
        assert new.column("id").equals(batch.column("id"))


def same_buffers(one: Any, other: Any) -> bool:
    addresses = [[buffer and buffer.address for buffer in array.buffers()] for array in (one, other)]
    return addresses[0] == addresses[1]


@pytest.mark.parametrize("kind", LAYOUTS, ids=str)
def test_what_does_not_change_is_not_copied(kind: Any) -> None:
    sound = pa.array(["A sound text stays as it is, and it is too long for a view.", None, "b"], kind)
    assert repair_array(sound) is sound
    batch = pa.record_batch({"text": sound, "other": pa.array(["x", "y", "z"])})
    new = only(list(repair_batches([batch], annotate=True)))
    assert same_buffers(new.column("text"), sound)
    assert same_buffers(new.column("other"), batch.column("other"))


DEEP = pa.large_list(pa.list_(pa.struct([("t", pa.large_string())])))
WRAP: dict[str, tuple[str, Callable[[list[str | None]], Any]]] = {
    "struct": ("item.body", lambda v: pa.array([{"n": 1, "body": x} if i % 3 else None for i, x in enumerate(v)])),
    "struct in struct": ("a.b.c", lambda v: pa.array([{"b": {"c": x} if i % 4 else None} for i, x in enumerate(v)])),
    "list": ("texts", lambda v: pa.array([v[:3], None, [], v[3:]])),
    "structs in a list": ("items.body", lambda v: pa.array([[{"body": x} for x in v[:4]], None, [{"body": v[4]}]])),
    "lists of lists": ("deep.t", lambda v: pa.array([[[{"t": v[0]}], None, [{"t": x} for x in v]]] * 2, DEEP)),
}


def nested_repair(value: Any) -> Any:
    if isinstance(value, list):
        return [nested_repair(item) for item in value]
    if isinstance(value, dict):
        return {key: nested_repair(item) for key, item in value.items()}
    return despin.repair(value) if isinstance(value, str) else value


@pytest.mark.parametrize("case", WRAP)
@pytest.mark.parametrize("skip", [0, 1])
def test_nested(mixed: list[str | None], case: str, skip: int) -> None:
    column, wrap = WRAP[case]
    batch = pa.record_batch({column.split(".")[0]: wrap(mixed), "tail": wrap(mixed)}).slice(skip)
    new = only(list(repair_batches([batch], column)))
    assert new.schema.equals(batch.schema)
    assert new.column(0).to_pylist() == nested_repair(batch.column(0).to_pylist())
    assert new.column("tail").equals(batch.column("tail"))
    assert skip or new.column(0).to_pylist() != batch.column(0).to_pylist()


def test_a_column_with_a_dot_in_its_name_comes_first() -> None:
    schema = pa.schema([("a.b", pa.string()), ("a", pa.struct([("b", pa.int64())]))])
    assert output_schema(schema, "a.b") == schema
    with pytest.raises(InputError, match=r"column a\.b holds int64, not text"):
        output_schema(schema, ("a", "b"))


def test_a_dictionary_is_repaired_once_and_values_that_become_one_are_one(seed: str) -> None:
    good = despin.repair(seed)
    dictionary = pa.array([seed, "other", good, None])
    batches = [
        pa.record_batch({"text": pa.DictionaryArray.from_arrays(pa.array(codes, "int16"), dictionary)})
        for codes in ([0, 1, 2, 0, None, 3], [2, 2, 0])
    ]
    first, second = repair_batches(batches, annotate=True)
    assert first.column("text").to_pylist() == [good, "other", good, good, None, None]
    assert first.column("text").dictionary.to_pylist() == [good, "other"]
    assert second.column("text").to_pylist() == [good] * 3
    assert same_buffers(first.column("text").dictionary, second.column("text").dictionary)
    edits = [len(note["edits"]) if note else None for note in first.column("despin").to_pylist()]
    assert edits == [len(despin.inspect(seed).edits), 0, 0, edits[0], None, None]


def test_notes_are_those_of_the_command(mixed: list[str | None], tmp_path: Path) -> None:
    table = pa.table({"text": mixed})
    parquet.write_table(table, tmp_path / "in.parquet")
    source, target = str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")
    assert main(["clean", source, "-o", target, "--annotate", "--quiet"]) == 0
    expected = parquet.read_table(target)
    new = only(list(repair_batches(table.to_batches(), annotate=True)))
    assert new.to_pylist() == expected.to_pylist()
    assert new.schema.equals(expected.schema)


def test_an_existing_despin_column_is_replaced(seed: str) -> None:
    batch = pa.record_batch({"despin": [1], "text": [seed]})
    new = only(list(repair_batches([batch], annotate=True)))
    assert new.schema.names == ["despin", "text"]
    assert new.schema == output_schema(batch.schema, annotate=True)


def test_what_is_no_utf8_stays(seed: str) -> None:
    raw = pa.array([b"\xff\xfe bad", seed.encode(), None], pa.binary())
    array = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    new = repair_array(array)
    assert new.cast(pa.binary()).to_pylist() == [b"\xff\xfe bad", despin.repair(seed).encode(), None]


@pytest.mark.parametrize("threads", [1, 2])
def test_large_batches_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch, seed: str, threads: int) -> None:
    monkeypatch.setattr(repair_module, "_PART", 20_000)
    monkeypatch.setattr(repair_module, "_PART_THREADED", 20_000)
    values: list[str | None] = [seed, "sound", None] * 20
    batch = pa.record_batch({"text": values})
    new = list(repair_batches([batch], threads=threads))
    assert len(new) > 3
    assert pa.Table.from_batches(new).column("text").to_pylist() == repaired(values)


def test_threads_take_a_part_at_a_time() -> None:
    """Few batches are held at a time, and no thread is left with many of them while the other has none."""
    asked = []

    def endless() -> Any:
        while True:
            asked.append(1)
            yield pa.record_batch({"text": ["sound", None]})

    out = repair_batches(endless(), threads=2)
    next(out)
    assert len(asked) <= 20
    out.close()  # type: ignore[attr-defined]


def test_lazy_and_in_order(seed: str) -> None:
    asked = []

    def endless() -> Any:
        while True:
            asked.append(1)
            yield pa.record_batch({"text": [seed if len(asked) % 2 else str(len(asked))]})

    out = repair_batches(endless())
    first = [next(out).column("text").to_pylist()[0] for _ in range(4)]
    assert first == [despin.repair(seed), "2", despin.repair(seed), "4"]
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("schema", "column", "annotate", "message"),
    [
        ([("id", pa.int64())], "text", False, "no column text, or more than one; columns: id"),
        ([("text", pa.int64())], "text", False, "column text holds int64, not text"),
        ([("text", pa.binary())], "text", False, "column text holds binary, not text"),
        ([("text", pa.string()), ("text", pa.string())], "text", False, "more than one"),
        ([("a", pa.struct([("b", pa.string())]))], "a.c", False, r"no column a\.c"),
        ([("a", pa.string())], "a.b", False, r"no column a\.b"),
        ([("text", pa.list_(pa.string()))], "text", True, "one text per row"),
        ([("despin", pa.string())], "despin", True, "not named despin"),
    ],
)
def test_wrong_columns(schema: Any, column: str, annotate: bool, message: str) -> None:
    batch = pa.schema(schema).empty_table().to_batches() or [pa.RecordBatch.from_pylist([], pa.schema(schema))]
    with pytest.raises((InputError, ConfigError), match=message):
        output_schema(pa.schema(schema), column, annotate=annotate)
    with pytest.raises((InputError, ConfigError), match=message):
        list(repair_batches(batch, column, annotate=annotate))


TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=12)


@given(TEXTS, st.sampled_from(LAYOUTS[:3]), st.data())
def test_splicing(values: list[str | None], kind: Any, data: Any) -> None:
    """Any rows of any slice: what was put in is there, all else is as it was."""
    array = pa.array(values, kind)
    start = data.draw(st.integers(0, len(values)))
    part = array.slice(start, data.draw(st.integers(0, len(values) - start)))
    assert list(texts(part)) == [(row, text) for row, text in enumerate(part.to_pylist()) if text is not None]
    rows = sorted(data.draw(st.sets(st.integers(0, len(part) - 1)))) if len(part) else []
    changed = {row: data.draw(st.text(max_size=30)) for row in rows}
    new = spliced(part, changed)
    new.validate(full=True)
    assert new.type == kind
    assert new.to_pylist() == [changed.get(row, text) for row, text in enumerate(part.to_pylist())]
    assert changed or new is part


def test_a_process_has_one_of_each_repairer(seed: str) -> None:
    own = despin.Repairer(config=despin.Config.of("safe"), dictionaries=[[("heart illness", "heart disease")]])
    arrived = [pickle.loads(pickle.dumps(Shipped(own))) for _ in range(2)]
    assert arrived[0].repairer is arrived[1].repairer
    assert arrived[0].repairer.repair(seed) == own.repair(seed)
    assert repair_array(pa.array([seed]), arrived[0]).to_pylist() == [own.repair(seed)]


def test_a_repairer_that_cannot_travel() -> None:
    with pytest.raises(ConfigError, match="no lambdas"):
        Shipped(despin.Repairer(protect=[lambda text: [(0, 1)]]))
