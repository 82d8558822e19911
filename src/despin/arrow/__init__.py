"""One kernel on Arrow: record batches in, record batches with repaired texts out.

Engines that speak Arrow (Spark, Ray Data, DuckDB, Polars, anything with a `pyarrow.RecordBatch`) need nothing else; the
modules of `despin.engines` are a page each around it. Rows that do not change are never copied one by one: they are
passed on as slices of the buffers they came in, and a batch in which nothing changed comes back as it is.
"""

from __future__ import annotations

from despin.errors import MissingExtraError

try:
    import pyarrow  # noqa: F401
except ImportError:
    raise MissingExtraError("despin.arrow", "pyarrow", "arrow") from None

from despin.arrow.repair import output_schema, repair_array, repair_batches
from despin.arrow.shipping import Shipped
from despin.arrow.sites import (
    LOG_ODDS,
    ORDER,
    RATE,
    SITE,
    SUMS,
    mixing,
    score_batches,
    scored_schema,
    site_batches,
    sites_schema,
)

__all__ = [
    "LOG_ODDS",
    "ORDER",
    "RATE",
    "SITE",
    "SUMS",
    "Shipped",
    "mixing",
    "output_schema",
    "repair_array",
    "repair_batches",
    "score_batches",
    "scored_schema",
    "site_batches",
    "sites_schema",
]
