"""Polars, for one large machine: data frames and lazy frames.

    from despin.engines import polars as despin_polars

    despin_polars.repair(pl.scan_parquet("pages/*.parquet"), "text").sink_parquet("clean.parquet")
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, overload

from despin.engines import require

require("polars")

import polars as pl
import pyarrow as pa

from despin.arrow import (
    ORDER,
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

if TYPE_CHECKING:
    from despin.repairer import Repairer

__all__ = ["repair", "repair_by_site"]

_NEWEST = pl.CompatLevel.newest()  # string views: no copy on the way out or in


@overload
def repair(frame: pl.DataFrame, column: str = ..., **options: Any) -> pl.DataFrame: ...
@overload
def repair(frame: pl.LazyFrame, column: str = ..., **options: Any) -> pl.LazyFrame: ...
def repair(frame: pl.DataFrame | pl.LazyFrame, column: str = "text", **options: Any) -> pl.DataFrame | pl.LazyFrame:
    """A frame with repaired texts; a lazy frame streams.

    Args:
        options: `annotate`, `repairer`, `spun`, `threads` (default: the processors) of `despin.arrow.repair_batches`.
    """
    options.setdefault("threads", os.cpu_count() or 1)
    annotate = bool(options.get("annotate"))

    def repaired(data: pl.DataFrame) -> pl.DataFrame:
        table = data.to_arrow(compat_level=_NEWEST)
        return _frame(repair_batches(table.to_batches(), column, **options), output_schema(table.schema, column, annotate=annotate))

    if isinstance(frame, pl.DataFrame):
        return repaired(frame)
    empty = pl.DataFrame(schema=frame.collect_schema())
    return frame.map_batches(repaired, schema=repaired(empty).schema, streamable=True)


def repair_by_site(
    frame: pl.DataFrame,
    column: str = "text",
    site: str = "url",
    *,
    domain: bool = True,
    repairer: Repairer | None = None,
    **options: Any,
) -> pl.DataFrame:
    """Repair with what the other texts of a site say; see `despin.arrow.sites`. The order of rows stays."""
    table = frame.to_arrow(compat_level=_NEWEST)
    batches = score_batches(table.to_batches(), column, site, domain=domain, repairer=repairer)
    scored = _frame(batches, scored_schema(table.schema, column, site))
    partial = _frame(site_batches(scored.to_arrow().to_batches()), sites_schema())
    sites = partial.group_by(SITE).agg(pl.col(ORDER).min(), pl.col(SUMS).sum())
    learned = mixing(sites.to_arrow())
    joined = scored.join(sites.drop(ORDER), on=SITE, how="left", maintain_order="left")
    return repair(joined, column, repairer=repairer, mixing=learned, **options)


def _frame(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> pl.DataFrame:
    frame = pl.from_arrow(pa.Table.from_batches(batches, schema))
    assert isinstance(frame, pl.DataFrame)
    return frame
