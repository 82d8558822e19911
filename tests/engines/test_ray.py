"""A real Ray instance, with tasks and with two actors, on 20,000 records."""

from __future__ import annotations

import os
import re
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
    """The records in blocks, so that several processes have something to do."""
    return data.read_parquet(records.files).repartition(8)


def gathered(dataset: Any) -> Any:
    return pa.concat_tables(list(dataset.iter_batches(batch_format="pyarrow", batch_size=None)))


@pytest.mark.parametrize("actors", [None, 2, (1, 2)])
def test_repair(records: Records, data: Any, actors: Any) -> None:
    from despin.engines import ray as engine

    clean = gathered(engine.repair(pages(data, records), annotate=True, concurrency=actors))
    assert clean.schema.names == ["id", "url", "text", "meta", "despin"]
    assert differing(texts_by_id(clean), records.alone) == []


def test_tasks_run_together_with_the_reading(records: Records, data: Any) -> None:
    from despin.engines import ray as engine

    clean = engine.repair(data.read_parquet(records.files)).materialize()
    assert re.search(r"Read\w*->MapBatches", clean.stats())
    assert differing(texts_by_id(gathered(clean)), records.alone) == []


@pytest.mark.parametrize("actors", [None, 2])
def test_a_process_killed_midway(
    records: Records, data: Any, killing: tuple[despin.Repairer, Callable[[], bool]], actors: int | None
) -> None:
    from despin.engines import ray as engine

    repairer, killed = killing
    clean = gathered(engine.repair(pages(data, records), repairer=repairer, concurrency=actors))
    assert killed()
    assert differing(texts_by_id(clean), records.alone) == []


@pytest.mark.parametrize("actors", [None, 2])
def test_by_site(records: Records, data: Any, actors: int | None) -> None:
    from despin.engines import ray as engine

    clean = gathered(engine.repair_by_site(pages(data, records), num_partitions=4, concurrency=actors))
    assert set(clean.schema.names) == set(records.table.schema.names)
    assert differing(texts_by_id(clean), records.by_site) == []
