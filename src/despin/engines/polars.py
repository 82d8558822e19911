"""Polars, for one large machine: data frames and lazy frames.

from despin.engines import polars as despin_polars

despin_polars.repair(pl.scan_parquet("pages/*.parquet"), "text").sink_parquet("clean.parquet")
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from despin.engines import missing

try:
    import polars as pl
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise missing("polars", error) from None

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

Frame = TypeVar("Frame")

_NEWEST = pl.CompatLevel.newest()  # string views: no copy on the way out or in


def repair(frame: Frame, column: str = "text", **options: Any) -> Frame:
    """A frame with repaired texts, of the same kind; a lazy one streams.

    Args:
        frame: A `polars.DataFrame` or `polars.LazyFrame`.
        options: `annotate`, `repairer`, `spun`, `threads` (default: the processors) of `despin.arrow.repair_batches`.
    """
    options.setdefault("threads", os.cpu_count() or 1)
    annotate = bool(options.get("annotate"))

    def repaired(data: pl.DataFrame) -> pl.DataFrame:
        table = data.to_arrow(compat_level=_NEWEST)
        return _frame(
            repair_batches(table.to_batches(), column, **options),
            output_schema(table.schema, column, annotate=annotate),
        )

    given: Any = frame
    made: Frame
    if isinstance(given, pl.DataFrame):
        made = repaired(given)
    else:
        schema = repaired(pl.DataFrame(schema=given.collect_schema())).schema
        made = given.map_batches(repaired, schema=schema, streamable=True)
    return made


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
