"""Pooling by site in parts: the sums are exact, so any division of the work gives the same result."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

import despin
from despin.arrow import (
    LOG_ODDS,
    ORDER,
    RATE,
    SITE,
    SUMS,
    mixing,
    output_schema,
    repair_batches,
    score_batches,
    scored_schema,
    site_batches,
    sites_schema,
)
from despin.errors import ConfigError, InputError
from despin.odds import logit
from despin.pooling import Pool
from tests.engines.conftest import HEADLINE


@pytest.fixture(scope="module")
def table(seed: str) -> Any:
    chance = random.Random(3)
    rows = []
    for number in range(300):
        site = f"s{chance.randrange(12)}"
        text = chance.choice([seed[:700], HEADLINE]) if site in ("s1", "s2") else f"A sound text, number {number}."
        if chance.random() < 0.05:
            text = chance.choice([None, "", HEADLINE])
        rows.append({"url": None if chance.random() < 0.05 else f"https://{site}.example/{number}", "text": text})
    return pa.Table.from_pylist(rows, pa.schema([("url", pa.string()), ("text", pa.string())]))


def both_steps(batches: list[Any], chance: random.Random, **options: Any) -> list[dict[str, Any]]:
    """As an engine does it, with Arrow's own sums and join; partial sums come in any order."""
    scored = list(score_batches(batches))
    partial = list(site_batches(scored))
    chance.shuffle(partial)
    sums = [(ORDER, "min"), *((name, "sum") for name in SUMS)]
    sites = pa.Table.from_batches(partial).group_by(SITE).aggregate(sums).rename_columns([SITE, ORDER, *SUMS])
    learned = mixing(sites)
    number = [pa.array(range(part.num_rows)) for part in scored]
    joined = [
        pa.Table.from_batches([part]).append_column("n", [n]).join(sites, SITE, join_type="left outer").sort_by("n")
        for part, n in zip(scored, number, strict=True)
    ]
    batches = [batch for part in joined for batch in part.drop_columns("n").combine_chunks().to_batches()]
    return [row for batch in repair_batches(batches, mixing=learned, **options) for row in batch.to_pylist()]


@pytest.mark.parametrize("annotate", [False, True])
@pytest.mark.parametrize("rows", [300, 41, 7])
def test_any_division_gives_what_one_pool_gives(table: Any, rows: int, annotate: bool) -> None:
    repairer = despin.Repairer()
    pool = Pool()
    scored = pa.Table.from_batches(score_batches(table.to_batches())).to_pylist()
    for row in scored:
        if row[SITE] is not None and row[LOG_ODDS] is not None:
            pool.add(pool.group(row[SITE]), row[LOG_ODDS], row[RATE])
    pool.fit()
    expected = []
    for row in scored:
        prior = (None, None)
        if row[SITE] is not None and row[LOG_ODDS] is not None:
            prior = pool.prior(pool.group(row[SITE]), row[LOG_ODDS])
        report = None if row["text"] is None else repairer.inspect(row["text"], prior=prior[0], rate=prior[1] or None)
        expected.append((report and report.apply(), report and round(report.spin, 4)))
    alone = [row["text"] and despin.repair(row["text"]) for row in scored]
    assert alone != [text for text, _ in expected], "sites make no difference"
    chance = random.Random(rows)
    found = both_steps(table.to_batches(max_chunksize=rows), chance, annotate=annotate)
    assert [row["text"] for row in found] == [text for text, _ in expected]
    assert [row["url"] for row in found] == table.column("url").to_pylist()
    if annotate:
        assert [row["despin"] and row["despin"]["spin"] for row in found] == [spin for _, spin in expected]


def test_the_mixing_is_the_same_whatever_the_order(table: Any) -> None:
    sites = pa.Table.from_batches(site_batches(score_batches(table.to_batches())))
    turned = sites.take(list(reversed(range(sites.num_rows))))
    assert mixing(sites) == mixing(turned) == mixing(pa.concat_tables([turned.slice(3), turned.slice(0, 3)]))


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_scores_of_every_layout(table: Any, kind: Any) -> None:
    batch = table.combine_chunks().to_batches()[0]
    other = batch.set_column(1, pa.field("text", kind), batch.column("text").cast(kind))
    plain, made = (next(score_batches([part])) for part in (batch, other))
    assert made.schema == scored_schema(other.schema, "text", "url")
    for name in (SITE, LOG_ODDS, RATE):
        assert made.column(name).equals(plain.column(name))
    row = plain.column("text").to_pylist().index(HEADLINE)
    assert plain.column(LOG_ODDS)[row].as_py() == pytest.approx(logit(despin.spin_score(HEADLINE)), abs=1e-5)
    says_nothing = [not text for text in plain.column("text").to_pylist()]
    assert plain.column(LOG_ODDS).is_null().to_pylist() == says_nothing
    assert "" in plain.column("text").to_pylist()


def test_a_dictionary_is_repaired_row_by_row_where_sites_differ() -> None:
    texts = pa.array([HEADLINE, HEADLINE, None]).dictionary_encode()
    strong = Pool()
    for name, odds in (("spun", 5.0), ("sound", -5.0)):
        for _ in range(30):
            strong.add(strong.group(name), odds, 0.4)
    strong.fit()
    columns = {"text": texts, SITE: ["spun", "sound", "spun"], LOG_ODDS: pa.array([-1.0, -1.0, None], "float32")}
    rows = [strong.sums(strong.group(name)) for name in columns[SITE]]
    batch = pa.record_batch({**columns, **dict(zip(SUMS, map(list, zip(*rows, strict=True)), strict=True))})
    new = next(repair_batches([batch], mixing=strong.mixing))
    assert new.column("text").to_pylist() == ["China’s Xi to meet Putin in Russia next week", HEADLINE, None]
    assert new.schema == output_schema(batch.schema) == pa.schema([("text", texts.type)])


def test_empty() -> None:
    schema = pa.schema([("url", pa.string()), ("text", pa.string())])
    empty = pa.RecordBatch.from_pylist([], schema)
    scored = list(score_batches([empty]))
    assert scored[0].schema == scored_schema(schema, "text", "url")
    assert next(site_batches(scored)).equals(pa.RecordBatch.from_pylist([], sites_schema()))
    assert mixing(sites_schema().empty_table()) == Pool(mixing(sites_schema().empty_table())).mixing


@pytest.mark.parametrize(
    ("schema", "error", "message"),
    [
        ([("text", pa.string())], InputError, "no column url"),
        ([("text", pa.string()), ("url", pa.int64())], InputError, "url holds int64, not text"),
        ([("text", pa.list_(pa.string())), ("url", pa.string())], ConfigError, "one text per row"),
        ([("text", pa.string()), ("url", pa.list_(pa.string()))], ConfigError, "one site per row"),
        ([("text", pa.string()), ("url", pa.string()), (SITE, pa.string())], InputError, "already: rename"),
    ],
)
def test_wrong_columns(schema: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        scored_schema(pa.schema(schema), "text", "url")


def test_rows_that_were_not_joined() -> None:
    batch = pa.record_batch({"text": ["a"], SITE: ["s"], LOG_ODDS: pa.array([0.0], "float32")})
    with pytest.raises(InputError, match="join the scored rows with the sums"):
        list(repair_batches([batch], mixing=Pool().mixing))
