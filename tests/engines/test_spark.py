"""A real Spark: a local cluster of two executors with their own Python workers, on 20,000 records."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import despin
from tests.engines.conftest import Records, differing, texts_by_id

pytestmark = pytest.mark.engines

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "500",
        "spark.executorEnv.PYTHONPATH": str(ROOT),  # for the rule that kills
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def pages(session: Any, records: Records) -> Any:
    return session.read.parquet(str(records.folder))


def test_repair(records: Records, pages: Any) -> None:
    from despin.engines import spark as engine

    clean = engine.repair(pages, annotate=True)
    assert clean.columns == ["id", "url", "text", "meta", "despin"]
    found = clean.toArrow()
    assert differing(texts_by_id(found), records.alone) == []
    notes = dict(zip(found.column("id").to_pylist(), found.column("despin").to_pylist(), strict=True))
    row = next(key for key, text in enumerate(records.table.column("text").to_pylist()) if text != records.alone[key])
    report = despin.inspect(records.table.column("text")[row].as_py())
    assert notes[row]["spin"] == round(report.spin, 4)
    assert [edit["after"] for edit in notes[row]["edits"]] == [edit.after for edit in report.edits]


def test_sql_function_without_pandas(records: Records, pages: Any, session: Any) -> None:
    from despin.engines import spark as engine

    engine.register(session)
    pages.createOrReplaceTempView("pages")
    clean = session.sql("SELECT id, despin_repair(text) AS text FROM pages").toArrow()
    assert differing(texts_by_id(clean), records.alone) == []


def test_a_worker_killed_midway(
    records: Records, pages: Any, killing: tuple[despin.Repairer, Callable[[], bool]]
) -> None:
    from despin.engines import spark as engine

    repairer, killed = killing
    clean = engine.repair(pages, repairer=repairer).select("id", "text").toArrow()
    assert killed()
    assert differing(texts_by_id(clean), records.alone) == []


def test_by_site(records: Records, pages: Any) -> None:
    from despin.engines import spark as engine

    scored = engine.score(pages).persist()
    clean = engine.repair_scored(scored)
    assert clean.columns == pages.columns
    assert differing(texts_by_id(clean.select("id", "text").toArrow()), records.by_site) == []
    scored.unpersist()


def test_nested_column_and_both_steps_at_once(session: Any, seed: str) -> None:
    from despin.engines import spark as engine

    kind = pa.struct([("body", pa.string())])
    table = pa.table({"url": ["https://a.example/1", None], "item": pa.array([{"body": seed}, None], kind)})
    clean = engine.repair_by_site(session.createDataFrame(table), "item.body", annotate=True)
    first, second = sorted(clean.toArrow().to_pylist(), key=lambda row: row["url"] or "z")
    assert first["item"] == {"body": despin.repair(seed)}
    assert (second["item"], second["despin"]) == (None, None)
