"""A real Ray instance with two actors, on 20,000 records."""

from __future__ import annotations

import os
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
def data() -> Iterator[Any]:
    import ray
    import ray.data

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - or all else on the machine goes first
    environment = {"env_vars": {"PYTHONPATH": str(ROOT)}}  # for the rule that kills
    ray.init(
        num_cpus=4,
        include_dashboard=False,
        logging_level="ERROR",
        log_to_driver=False,
        object_store_memory=300 << 20,
        runtime_env=environment,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray.data
    ray.shutdown()


def pages(data: Any, records: Records) -> Any:
    """The records in blocks, so that two actors have something to do."""
    return data.read_parquet(records.files).repartition(8)


def gathered(dataset: Any) -> Any:
    return pa.concat_tables(list(dataset.iter_batches(batch_format="pyarrow", batch_size=None)))


def test_repair(records: Records, data: Any) -> None:
    from despin.engines import ray as engine

    clean = gathered(engine.repair(pages(data, records), annotate=True, concurrency=2))
    assert clean.schema.names == ["id", "url", "text", "meta", "despin"]
    assert differing(texts_by_id(clean), records.alone) == []


def test_an_actor_killed_midway(
    records: Records, data: Any, killing: tuple[despin.Repairer, Callable[[], bool]]
) -> None:
    from despin.engines import ray as engine

    repairer, killed = killing
    clean = gathered(engine.repair(pages(data, records), repairer=repairer, concurrency=2))
    assert killed()
    assert differing(texts_by_id(clean), records.alone) == []


def test_by_site(records: Records, data: Any) -> None:
    from despin.engines import ray as engine

    clean = gathered(engine.repair_by_site(pages(data, records), num_partitions=4, concurrency=2))
    assert set(clean.schema.names) == set(records.table.schema.names)
    assert differing(texts_by_id(clean), records.by_site) == []
