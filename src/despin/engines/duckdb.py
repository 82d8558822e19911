"""DuckDB, for one large machine: relations, and an SQL function.

    from despin.engines import duckdb as despin_duckdb

    despin_duckdb.register(connection)  # SELECT despin_repair(text) FROM 'pages/*.parquet'
    clean = despin_duckdb.repair(connection.sql("FROM 'pages/*.parquet'"), "text", annotate=True)
    connection.cursor().sql("COPY (FROM clean) TO 'clean.parquet'")

DuckDB finds Python variables by their names in SQL. A reader keeps its connection busy until it is read, so what
reads it is another one: a cursor.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from despin.engines import missing

try:
    import duckdb  # noqa: F401
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise missing("duckdb", error) from None

from despin.arrow import (
    LOG_ODDS,
    ORDER,
    RATE,
    SITE,
    SUMS,
    mixing,
    output_schema,
    repair_array,
    repair_batches,
    score_batches,
    scored_schema,
    site_batches,
    sites_schema,
)
from despin.repairer import Repairer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

__all__ = ["register", "repair", "repair_by_site"]

_ROWS = 2_048  # of a batch: a vector of DuckDB's


def register(connection: DuckDBPyConnection, name: str = "despin_repair", repairer: Repairer | None = None) -> None:
    """Make the SQL function ``despin_repair(text)``, which DuckDB calls from all its threads."""
    made = repairer or Repairer()

    def despin_repair(texts: pa.ChunkedArray) -> pa.ChunkedArray:
        return pa.chunked_array([repair_array(chunk, made) for chunk in texts.chunks], texts.type)

    connection.create_function(name, despin_repair, ["VARCHAR"], "VARCHAR", type="arrow")


def repair(relation: DuckDBPyRelation, column: str = "text", **options: Any) -> pa.RecordBatchReader:
    """A reader of the relation with repaired texts, lazy and in order.

    Args:
        options: `annotate`, `repairer`, `spun`, `threads` (default: the processors) of `despin.arrow.repair_batches`.
    """
    options.setdefault("threads", os.cpu_count() or 1)
    reader = relation.to_arrow_reader(_ROWS)
    schema = output_schema(reader.schema, column, annotate=bool(options.get("annotate")))
    return pa.RecordBatchReader.from_batches(schema, repair_batches(reader, column, **options))


def repair_by_site(
    relation: DuckDBPyRelation,
    connection: DuckDBPyConnection,
    column: str = "text",
    site: str = "url",
    *,
    domain: bool = True,
    repairer: Repairer | None = None,
    **options: Any,
) -> pa.RecordBatchReader:
    """Repair with what the other texts of a site say; see `despin.arrow.sites`. Rows come in any order.

    Args:
        connection: Where the relation comes from; a cursor of it keeps the scored rows in a temporary table.
    """
    own = connection.cursor()
    reader = relation.to_arrow_reader(_ROWS)
    batches = score_batches(reader, column, site, domain=domain, repairer=repairer)
    scored = pa.RecordBatchReader.from_batches(scored_schema(reader.schema, column, site), batches)  # noqa: F841
    own.execute("CREATE OR REPLACE TEMP TABLE despin_scored AS FROM scored")
    rows = own.sql(f"SELECT {SITE}, {LOG_ODDS}, {RATE} FROM despin_scored").to_arrow_reader(_ROWS)
    partial = pa.Table.from_batches(site_batches(rows), sites_schema())  # noqa: F841
    sums = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    sites = own.sql(f"SELECT {SITE}, min({ORDER}) AS {ORDER}, {sums} FROM partial GROUP BY {SITE}").to_arrow_table()
    joined = own.sql(f"SELECT s.*, {', '.join(SUMS)} FROM despin_scored s LEFT JOIN sites USING ({SITE})")
    return repair(joined, column, repairer=repairer, mixing=mixing(sites), **options)
