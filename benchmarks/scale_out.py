"""Engines against the bare kernel: ``python benchmarks/scale_out.py [--size 200m] [--part 200m] [--engine NAME]``.

Each engine runs with 1 and 2 workers in a process of its own, which is held to as many processors. In turns with it, so
that a change of load on the machine meets both, the bare kernel (`despin.arrow.repair_batches` over the batches of
`pyarrow.parquet`) runs in as many processes. All read the same Parquet files and throw the result away (Spark and Ray
in a sink that discards what the tasks write, Polars when it has all of it). Starting up with a small file is given
apart, and a few runs over all files before are not counted; but datatrove's executor starts its workers for each run,
so beside it the kernel's processes start for each run too.

* Wall-clock throughput, and processor seconds per MB: the whole tree of processes, so that what the JVM or Ray does
  counts; on a machine that others use the second is the one to read.
* The adapters' own cost: all of the texts with a repairer that does nothing. From it follows what an adapter loses
  however fast the core is. On a machine without a day to spare repair a ``--part``, and measure this with all.
* Peak memory of a worker: of each process that has the model mapped; proportional (shared pages counted once) and
  resident, sampled ten times a second in the runs that are not counted.
* A computed plan for 100 TB, assumptions given with it.

Results go to ``benchmarks/results/scale_out.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

if __name__ == "__main__":
    # not the folder of this file, whose profile.py would hide that of the standard library from the engines
    sys.path[0] = str(Path(__file__).resolve().parents[1])
import despin
from benchmarks.clean_throughput import articles, paragraphs
from despin.arrow import repair_batches
from despin.report import Report

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "scale_out.json"
ENGINES = ("spark", "ray", "datatrove", "duckdb", "polars")
MODEL = str(Path(despin.__file__).parent / "data" / "en.despin")
FILES = 8
WARMING = 3  # runs that are not counted: the JVM compiles what it runs often
TICK = os.sysconf("SC_CLK_TCK")
# What a processor (one hyperthread of a cloud machine) costs an hour, in dollars; typical list prices.
PRICES = {"on demand": 0.045, "spot": 0.016}
FLEET = 1000  # processors
TERABYTES = 100

Run = Callable[[despin.Repairer, list[str]], None]


class Idle(despin.Repairer):
    """Repairs nothing at all, at no cost."""

    def inspect(self, text: str, **_known: Any) -> Report:
        return Report(text)

    def repair(self, text: str, **_known: Any) -> str:
        return text

    def settled(self, texts: Sequence[str]) -> list[str | None]:
        return list(texts)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Idle, ())


# --- one way to run each engine: (workers) -> a context that gives a function of a repairer and files


@contextlib.contextmanager
def bare(workers: int) -> Iterator[Run]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield lambda repairer, files: sum(pool.map(partial(_bare_file, repairer), files))


@contextlib.contextmanager
def bare_anew(workers: int) -> Iterator[Run]:
    """The kernel in processes that each run starts; one worker alone needs none, and datatrove starts none for it."""

    def run(repairer: despin.Repairer, files: list[str]) -> None:
        if workers == 1:
            sum(map(partial(_bare_file, repairer), files))
            return
        with bare(workers) as kernel:
            kernel(repairer, files)

    yield run


def _bare_file(repairer: despin.Repairer, path: str) -> int:
    from despin.arrow import Shipped

    batches = parquet.ParquetFile(path).iter_batches(batch_size=10_000)
    return sum(batch.num_rows for batch in repair_batches(batches, repairer=Shipped(repairer)))


@contextlib.contextmanager
def spark(workers: int) -> Iterator[Run]:
    from pyspark.sql import SparkSession

    from despin.engines import spark as engine

    builder = SparkSession.builder.master(f"local[{workers}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.memory", "2g").config("spark.driver.bindAddress", "127.0.0.1")
    # the quick compiler alone: in a run of seconds the other one takes more than it gives
    builder = builder.config("spark.driver.extraJavaOptions", "-XX:+UseParallelGC -XX:TieredStopAtLevel=1")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "128")
    builder = builder.config("spark.sql.parquet.columnarReaderBatchSize", "128")  # 4,096 rows of long text are too many
    session = builder.config("spark.sql.files.maxPartitionBytes", "16m").getOrCreate()
    session.sparkContext.setLogLevel("OFF")

    def run(repairer: despin.Repairer, files: list[str]) -> None:
        clean = engine.repair(session.read.parquet(*files), repairer=repairer)
        clean.write.format("noop").mode("overwrite").save()

    yield run
    session.stop()


@contextlib.contextmanager
def ray(workers: int) -> Iterator[Run]:
    import ray as api
    import ray.data

    from despin.engines import ray as engine

    api.init(
        num_cpus=workers,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=1 << 30,
    )
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.use_datasource_v2 = False  # whose actors look at the files first: too much for a few files
    context.op_resource_reservation_enabled = False  # else one of two processors waits half of the time

    class Discarded(ray.data.Datasink[int]):  # type: ignore[misc]
        def write(self, blocks: Iterable[pa.Table], ctx: object) -> int:
            return sum(block.num_rows for block in blocks)

    def run(repairer: despin.Repairer, files: list[str]) -> None:
        pages = ray.data.read_parquet(files, override_num_blocks=len(files))  # a task for each file
        engine.repair(pages, repairer=repairer).write_datasink(Discarded())

    yield run
    api.shutdown()


@contextlib.contextmanager
def datatrove(workers: int) -> Iterator[Run]:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import ParquetReader

    from despin.engines.datatrove import DespinRepair

    def run(repairer: despin.Repairer, files: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            names = Path(folder) / "names"
            names.write_text("".join(f"{Path(path).name}\n" for path in files))
            reader = ParquetReader(str(Path(files[0]).parent), paths_file=str(names), batch_size=10_000)
            steps = [reader, DespinRepair(repairer, annotate=False)]
            LocalPipelineExecutor(steps, tasks=workers, workers=workers, logging_dir=f"{folder}/logs").run()

    yield run


@contextlib.contextmanager
def duckdb(workers: int) -> Iterator[Run]:
    import duckdb as api

    from despin.engines import duckdb as engine

    with api.connect() as connection:
        connection.execute(f"SET threads={workers}")

        def run(repairer: despin.Repairer, files: list[str]) -> None:
            for _ in engine.repair(connection.read_parquet(files), repairer=repairer, threads=workers):
                pass

        yield run


@contextlib.contextmanager
def polars(workers: int) -> Iterator[Run]:
    os.environ["POLARS_MAX_THREADS"] = str(workers)
    import polars as api

    from despin.engines import polars as engine

    def run(repairer: despin.Repairer, files: list[str]) -> None:
        clean = engine.repair(api.scan_parquet(files), repairer=repairer, threads=workers)
        clean.collect(engine="streaming")

    yield run


# --- what is measured


def tree(root: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def spent() -> float:
    """Processor seconds of this process and its descendants, those that have ended included."""
    ticks = 0
    for process in tree(os.getpid()):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15]))  # user and system, its own and those of children it has waited for
    return ticks / TICK


class Watch:
    """The time that a run takes.

    Attributes:
        seconds: Wall-clock seconds.
        processor: Processor seconds, of the whole tree of processes.
    """

    def __enter__(self) -> Watch:
        self._before = spent()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_error: object) -> None:
        self.seconds = time.perf_counter() - self._start
        self.processor = spent() - self._before


class Memory:
    """The largest of the processes that have the model mapped, in bytes; sampled, which takes time from what runs."""

    def __init__(self) -> None:
        self.peak = {"proportional": 0, "resident": 0}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(0.1):
            for process in tree(os.getpid()):
                with contextlib.suppress(OSError):
                    self._look(process)

    def _look(self, process: int) -> None:
        if MODEL not in Path(f"/proc/{process}/maps").read_text():
            return
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        for name, key in (("proportional", "Pss"), ("resident", "Rss")):
            found = re.search(rf"^{key}:\s+(\d+)", rollup, re.M)
            self.peak[name] = max(self.peak[name], int(found[1]) * 1024 if found else 0)


def timed(run: Run, repairer: despin.Repairer, files: list[str]) -> Watch:
    """What a run took."""
    with Watch() as watch:
        run(repairer, files)
    return watch


def measure(name: str, workers: int, rounds: int, folder: Path) -> dict[str, Any]:
    """One engine with so many workers, and the bare kernel in turns with it."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:workers])
    files, every = (sorted(map(str, folder.glob(f"{kind}-*.parquet"))) for kind in ("part", "all"))
    warm = [str(folder / "warm.parquet")]
    size, whole = (sum(parquet.read_table(p, columns=["text"]).nbytes for p in paths) / 1e6 for paths in (files, every))
    start = time.perf_counter()
    with globals()[name](workers) as engine:
        engine(despin.Repairer(), warm)
        startup = time.perf_counter() - start
        with Memory() as memory:
            for _ in range(WARMING):
                engine(despin.Repairer(), files)
        with (bare_anew if name == "datatrove" else bare)(workers) as kernel:
            own, other, idle, idle_kernel = [], [], [], []
            kernel(despin.Repairer(), files)
            for _ in range(rounds):
                own.append(timed(kernel, despin.Repairer(), files))
                other.append(timed(engine, despin.Repairer(), files))
            for _ in range(2):
                idle.append(timed(engine, Idle(), every))
                idle_kernel.append(timed(kernel, Idle(), every))
    wall, kernel_wall = ([watch.seconds for watch in runs] for runs in (other, own))
    cost, kernel_cost, idle_cost, idle_kernel_cost = (
        round(1e3 * statistics.median(watch.processor for watch in runs) / megabytes, 2)
        for runs, megabytes in ((other, size), (own, size), (idle, whole), (idle_kernel, whole))
    )
    return {
        "engine": name,
        "workers": workers,
        "date": datetime.date.today().isoformat(),
        "load_average": round(os.getloadavg()[1], 1),
        "megabytes": round(size, 1),
        "idle_megabytes": round(whole, 1),
        "startup_seconds": round(startup, 1),
        "engine_mb_per_second": [round(size / seconds, 2) for seconds in wall],
        "kernel_mb_per_second": [round(size / seconds, 2) for seconds in kernel_wall],
        "wall_ratio": round(statistics.median(kernel_wall) / statistics.median(wall), 3),
        "engine_processor_ms_per_mb": cost,
        "kernel_processor_ms_per_mb": kernel_cost,
        "processor_ratio": round(kernel_cost / cost, 3),
        "idle_engine_processor_ms_per_mb": idle_cost,
        "idle_kernel_processor_ms_per_mb": idle_kernel_cost,
        "worker_peak_mb": {key: round(peak / 1e6) for key, peak in memory.peak.items()},
    }


# --- what is computed


def plan(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For the bare kernel and each engine: processor hours and dollars per TB, and 100 TB on a fleet.

    The kernel's cost is the median of all its runs; on top of it comes what the engine took with nothing to do.
    """
    kernel = statistics.median(row["kernel_processor_ms_per_mb"] for row in results)
    costs: dict[str, list[float]] = {"bare kernel": [kernel]}
    for row in results:
        own = row["idle_engine_processor_ms_per_mb"] - row["idle_kernel_processor_ms_per_mb"]
        costs.setdefault(row["engine"], []).append(kernel + max(0.0, own))
    made = []
    for name, found in costs.items():
        cost = statistics.median(found)
        hours = cost * 1e6 / 1e3 / 3600
        made.append(
            {
                "engine": name,
                "processor_hours_per_tb": round(hours, 1),
                "dollars_per_tb": {kind: round(hours * price, 2) for kind, price in PRICES.items()},
                f"hours_for_{TERABYTES}_tb_on_{FLEET}_processors": round(hours * TERABYTES / FLEET, 1),
                f"dollars_for_{TERABYTES}_tb": {k: round(hours * p * TERABYTES) for k, p in PRICES.items()},
            }
        )
    return made


def loss(row: dict[str, Any], faster: float) -> float:
    """The share of processor time that goes to the adapter and its engine with a core that many times faster."""
    own = row["idle_engine_processor_ms_per_mb"] - row["idle_kernel_processor_ms_per_mb"]
    core = row["kernel_processor_ms_per_mb"] - row["idle_kernel_processor_ms_per_mb"]
    rest = row["idle_kernel_processor_ms_per_mb"] + core / faster
    return round(1 - rest / (rest + max(0.0, own)), 3)


def write_corpus(folder: Path, size: int, part: int, share: float, corpus: list[Path]) -> None:
    """Parquet files of about equal size with part of the texts and with all, and a small one."""
    table = pa.Table.from_pylist([json.loads(line) for line in articles(paragraphs(corpus), min(part, size), share)])
    rows = -(-table.num_rows // FILES)
    repeated = pa.concat_tables([table] * max(1, size // part))
    for number in range(FILES):
        parquet.write_table(table.slice(number * rows, rows), folder / f"part-{number}.parquet")
        some = repeated.slice(number * repeated.num_rows // FILES, repeated.num_rows // FILES)
        parquet.write_table(some, folder / f"all-{number}.parquet", row_group_size=2000)
    parquet.write_table(table.slice(0, 50), folder / "warm.parquet")


def main() -> int:
    """Make, run, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="200m", help="of the texts, for example 50m")
    parser.add_argument("--part", default="200m", help="of the texts that are repaired; the rest repeats it")
    parser.add_argument("--spun", type=float, default=0.01, help="share of spun articles")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one; may be repeated")
    parser.add_argument("--workers", type=int, action="append", help="default: 1 and 2")
    parser.add_argument("--corpus", nargs="*", type=Path, default=[], help="clean texts instead of the passages")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)  # engine, workers, folder: one measurement
    args = parser.parse_args()
    if args.measure:
        from benchmarks import scale_out  # not `__main__`, where workers would not find `Idle`

        name, workers, folder = args.measure
        print(json.dumps(scale_out.measure(name, int(workers), args.rounds, Path(folder))))
        return 0
    size, part = (int(text[:-1]) * {"k": 10**3, "m": 10**6, "g": 10**9}[text[-1]] for text in (args.size, args.part))
    results: list[dict[str, Any]] = []
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "PYSPARK_PYTHON": sys.executable}
    environment["RAY_worker_niceness"] = "0"  # Ray would let everything else on the machine go first
    with tempfile.TemporaryDirectory() as folder:
        write_corpus(Path(folder), size, part, args.spun, args.corpus)
        for workers in args.workers or (2, 1):
            for name in args.engine or ENGINES:
                command = [sys.executable, "-m", "benchmarks.scale_out", "--rounds", str(args.rounds)]
                command += ["--measure", name, str(workers), folder]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
                results.append(json.loads(done.stdout.splitlines()[-1]))
                print(json.dumps(results[-1]), flush=True)
                save(results, args.spun)
    for row in plan(results):
        print(json.dumps(row))
    return 0


def save(results: list[dict[str, Any]], spun: float) -> None:
    """Write what there is so far; what was measured before, of other engines and numbers of workers, stays."""
    done = {(row["engine"], row["workers"]) for row in results}
    if RESULTS.exists():
        before = json.loads(RESULTS.read_text("utf-8"))["results"]
        results = [*(row for row in before if (row["engine"], row["workers"]) not in done), *results]
    for row in results:
        row["adapter_loss"] = {"measured core": loss(row, 1), "core 5 times faster": loss(row, 5)}
    versions = {name: importlib.metadata.version(f"py{name}" if name == "spark" else name) for name in ENGINES}
    about = {
        "versions": {
            "despin": despin.__version__,
            "python": platform.python_version(),
            "pyarrow": pa.__version__,
            **versions,
        },
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()}",
        "spun_share": spun,
        "results": results,
        "plan": {
            "assumptions": {
                "dollars_per_processor_hour": PRICES,
                "texts": f"UTF-8, uncompressed, {spun:.1%} of them spun",
                "left out": "storage, network, machines that wait",
            },
            "rows": plan(results),
        },
    }
    RESULTS.write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
