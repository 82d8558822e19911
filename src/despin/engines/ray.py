"""Ray Data: datasets through `Dataset.map_batches`, by tasks, or by actors that keep the model.

Tasks are the default: Ray runs them together with the reading before them, in processes that it uses again, each of
which opens the model once. Actors start anew for each execution, and every block goes to them by the object store.

from despin.engines import ray as despin_ray

despin_ray.repair(ray.data.read_parquet("pages"), "text", annotate=True).write_parquet("clean")
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from despin.engines import missing

try:
    import pyarrow as pa
    from ray.data import ActorPoolStrategy
    from ray.data.aggregate import Min, Sum
except ModuleNotFoundError as error:
    raise missing("ray", error) from None

from despin.arrow import (
    LOG_ODDS,
    ORDER,
    RATE,
    SITE,
    SUMS,
    Shipped,
    mixing,
    output_schema,
    repair_batches,
    score_batches,
    scored_schema,
    site_batches,
    sites_schema,
)
from despin.pooling import SAMPLE

if TYPE_CHECKING:
    from ray.data import Dataset

    from despin.repairer import Repairer

__all__ = ["repair", "repair_by_site", "repair_scored", "score"]

Concurrency = int | tuple[int, int] | None


class Worker:
    """What a task or an actor runs: a function from batches to batches, over the tables that Ray hands it."""

    def __init__(self, work: Callable[..., Any], schema: Callable[[Any], Any]) -> None:
        self._work = work
        self._schema = schema

    def __call__(self, table: pa.Table) -> pa.Table:
        return pa.Table.from_batches(self._work(table.to_batches()), self._schema(table.schema))


def repair(
    dataset: Dataset,
    column: str = "text",
    *,
    annotate: bool = False,
    repairer: Repairer | None = None,
    concurrency: Concurrency = None,
    **options: Any,
) -> Dataset:
    """A dataset with repaired texts; see `despin.arrow.repair_batches`. Lazy, as Ray Data is.

    Args:
        concurrency: How many actors, or the least and the most; None: tasks, as many as there are processors for.
        options: For `Dataset.map_batches`: ``num_cpus``, ``batch_size``, ``memory``, and so on.
    """
    work = partial(repair_batches, column=column, annotate=annotate, repairer=Shipped(repairer))
    return _map(dataset, work, partial(output_schema, column=column, annotate=annotate), concurrency, options)


def score(
    dataset: Dataset,
    column: str = "text",
    site: str = "url",
    *,
    domain: bool = True,
    repairer: Repairer | None = None,
    concurrency: Concurrency = None,
    **options: Any,
) -> Dataset:
    """First step of pooling by site: a dataset with scores; see `despin.arrow.score_batches`.

    Both the sums of sites and the second step read it: write it, or `materialize` it, or it is computed twice.
    """
    work = partial(score_batches, column=column, site=site, domain=domain, repairer=Shipped(repairer))
    return _map(dataset, work, partial(scored_schema, column=column, site=site), concurrency, options)


def repair_scored(
    scored: Dataset,
    column: str = "text",
    *,
    annotate: bool = False,
    repairer: Repairer | None = None,
    num_partitions: int = 16,
    concurrency: Concurrency = None,
    **options: Any,
) -> Dataset:
    """Second step: sums of sites, learned from at once; a join with them, and repair with what sites lend, when asked.

    Args:
        num_partitions: Into how many parts the join divides its two sides.
    """
    added = scored.select_columns([SITE, LOG_ODDS, RATE]).map_batches(
        Worker(site_batches, lambda _schema: sites_schema()).__call__, batch_format="pyarrow"
    )
    sums = (Sum(name, alias_name=name) for name in SUMS)
    sites = added.groupby(SITE).aggregate(Min(ORDER, alias_name=ORDER), *sums).materialize()
    learned = mixing(pa.Table.from_pylist(sites.sort([ORDER, SITE]).take(SAMPLE), sites_schema()))
    joined = scored.join(sites.drop_columns([ORDER]), "left_outer", num_partitions, on=(SITE,))
    work = partial(repair_batches, column=column, annotate=annotate, repairer=Shipped(repairer), mixing=learned)
    return _map(joined, work, partial(output_schema, column=column, annotate=annotate), concurrency, options)


def repair_by_site(
    dataset: Dataset, column: str = "text", site: str = "url", *, domain: bool = True, **options: Any
) -> Dataset:
    """Both steps; Ray's object store, which spills to disk, keeps the scores. Options: `repair_scored`'s."""
    shared = {name: options[name] for name in ("repairer", "concurrency") if name in options}
    scored = score(dataset, column, site, domain=domain, **shared).materialize()
    return repair_scored(scored, column, **options)


def _map(dataset: Dataset, work: Any, schema: Any, concurrency: Concurrency, options: dict[str, Any]) -> Dataset:
    options = {**options, "batch_format": "pyarrow", "zero_copy_batch": True}
    if concurrency is None:
        return dataset.map_batches(Worker(work, schema).__call__, **options)
    least, most = (concurrency, concurrency) if isinstance(concurrency, int) else concurrency
    actors = ActorPoolStrategy(min_size=least, max_size=most)
    return dataset.map_batches(Worker, fn_constructor_args=(work, schema), compute=actors, **options)
