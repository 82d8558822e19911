"""DuckDB and Polars on 20,000 records, compared with one thread of `despin.repair` and with ``despin clean``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines.conftest import Records, differing, texts_by_id

pytestmark = pytest.mark.engines


@pytest.fixture
def connection() -> Any:
    import duckdb

    with duckdb.connect() as connection:
        yield connection


def test_duckdb(records: Records, connection: Any) -> None:
    from despin.engines import duckdb as engine

    relation = connection.read_parquet(records.files)
    clean = engine.repair(relation, annotate=True).read_all()
    assert differing(texts_by_id(clean), records.alone) == []
    assert clean.schema.names == ["id", "url", "text", "meta", "despin"]


def test_duckdb_read_by_a_cursor(records: Records, connection: Any, tmp_path: Any) -> None:
    from despin.engines import duckdb as engine

    clean = engine.repair(connection.read_parquet(records.files[:1]))  # noqa: F841
    target = tmp_path / "clean.parquet"
    connection.cursor().execute(f"COPY (FROM clean) TO '{target}'")
    again = connection.read_parquet(str(target)).to_arrow_table()
    assert differing(texts_by_id(again), {row: records.alone[row] for row in again.column("id").to_pylist()}) == []


def test_duckdb_sql_function(records: Records, connection: Any) -> None:
    from despin.engines import duckdb as engine

    engine.register(connection)
    source = connection.read_parquet(records.files)  # noqa: F841
    clean = connection.sql("SELECT id, despin_repair(text) AS text FROM source").to_arrow_table()
    assert differing(texts_by_id(clean), records.alone) == []


def test_duckdb_by_site(records: Records, connection: Any) -> None:
    from despin.engines import duckdb as engine

    clean = engine.repair_by_site(connection.read_parquet(records.files), connection).read_all()
    assert clean.schema.names == records.table.schema.names
    assert differing(texts_by_id(clean), records.by_site) == []


@pytest.mark.parametrize("lazy", [False, True])
def test_polars(records: Records, lazy: bool) -> None:
    import polars as pl

    from despin.engines import polars as engine

    if lazy:
        clean = engine.repair(pl.scan_parquet(records.files), annotate=True).collect(engine="streaming")
    else:
        clean = engine.repair(pl.read_parquet(records.files), annotate=True)
    assert differing(texts_by_id(clean.to_arrow()), records.alone) == []
    assert clean.columns == ["id", "url", "text", "meta", "despin"]


def test_polars_by_site(records: Records) -> None:
    import polars as pl

    from despin.engines import polars as engine

    frame = pl.read_parquet(records.files)
    clean = engine.repair_by_site(frame)
    assert clean.columns == frame.columns
    assert clean["id"].to_list() == frame["id"].to_list()
    assert differing(texts_by_id(clean.to_arrow()), records.by_site) == []
