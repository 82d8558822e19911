"""PySpark 4.1 or later: data frames through `DataFrame.mapInArrow`, and an SQL function.

from despin.engines import spark as despin_spark

despin_spark.repair(df, "text", annotate=True).write.parquet("clean")
despin_spark.register(session)  # SELECT despin_repair(text) FROM pages
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from despin.engines import missing

try:
    import pyarrow as pa
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
except ModuleNotFoundError as error:
    raise missing("spark", error) from None

from despin.arrow import (
    LOG_ODDS,
    ORDER,
    RATE,
    SITE,
    SUMS,
    Shipped,
    mixing,
    output_schema,
    repair_array,
    repair_batches,
    score_batches,
    scored_schema,
    site_batches,
    sites_schema,
)
from despin.pooling import SAMPLE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from despin.repairer import Repairer

__all__ = ["register", "repair", "repair_by_site", "repair_scored", "score"]


def repair(
    df: DataFrame, column: str = "text", *, annotate: bool = False, repairer: Repairer | None = None
) -> DataFrame:
    """A data frame with repaired texts; see `despin.arrow.repair_batches`. Lazy, as Spark is."""
    shipped = Shipped(repairer)
    schema = _schema(output_schema(to_arrow_schema(df.schema), column, annotate=annotate))
    return df.mapInArrow(lambda batches: repair_batches(batches, column, annotate=annotate, repairer=shipped), schema)


def register(session: SparkSession, name: str = "despin_repair", repairer: Repairer | None = None) -> Any:
    """Make the SQL function ``despin_repair(text)``, an Arrow function without pandas; gives it for use in Python."""
    shipped = Shipped(repairer)

    def despin_repair(texts: pa.Array) -> pa.Array:
        return repair_array(texts, shipped)

    despin_repair.__annotations__ = {"texts": pa.Array, "return": pa.Array}  # Spark reads types, not their names
    return session.udf.register(name, F.arrow_udf(despin_repair, "string"))


def score(
    df: DataFrame, column: str = "text", site: str = "url", *, domain: bool = True, repairer: Repairer | None = None
) -> DataFrame:
    """First step of pooling by site: a data frame with scores; see `despin.arrow.score_batches`.

    Both the sums of sites and the second step read it: write it, or `persist` it, or it is computed twice.
    """
    shipped = Shipped(repairer)
    schema = _schema(scored_schema(to_arrow_schema(df.schema), column, site))
    return df.mapInArrow(lambda batches: score_batches(batches, column, site, domain=domain, repairer=shipped), schema)


def repair_scored(
    scored: DataFrame, column: str = "text", *, annotate: bool = False, repairer: Repairer | None = None
) -> DataFrame:
    """Second step: sums of sites, learned from at once; then, when asked, a join with them, and repair."""
    sums = [F.sum(name).alias(name) for name in SUMS]
    partial = scored.select(SITE, LOG_ODDS, RATE).mapInArrow(site_batches, _schema(sites_schema()))
    sites = partial.groupBy(SITE).agg(F.min(ORDER).alias(ORDER), *sums)
    learned = mixing(sites.orderBy(ORDER, SITE).limit(SAMPLE).toArrow())
    joined = scored.join(sites, SITE, "left").select(*scored.columns, *SUMS)
    shipped = Shipped(repairer)
    schema = _schema(output_schema(to_arrow_schema(joined.schema), column, annotate=annotate))

    def repaired(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return repair_batches(batches, column, annotate=annotate, repairer=shipped, mixing=learned)

    return joined.mapInArrow(repaired, schema)


def repair_by_site(
    df: DataFrame,
    column: str = "text",
    site: str = "url",
    *,
    domain: bool = True,
    annotate: bool = False,
    repairer: Repairer | None = None,
) -> DataFrame:
    """Both steps; `score` is computed twice, which `persist` between the two steps spares."""
    scored = score(df, column, site, domain=domain, repairer=repairer)
    return repair_scored(scored, column, annotate=annotate, repairer=repairer)


def _schema(schema: Any) -> Any:
    return from_arrow_schema(schema)
