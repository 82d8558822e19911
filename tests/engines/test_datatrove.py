"""A real datatrove LocalPipelineExecutor with two worker processes, on 20,000 records."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import despin
from tests.engines.conftest import Records, differing

pytestmark = pytest.mark.engines

ROOT = Path(__file__).parents[2]
TASKS = 4


def parquet_reader(records: Records) -> Any:
    from datatrove.pipeline.readers import ParquetReader

    return ParquetReader(str(records.folder), adapter=adapted)


def adapted(reader: Any, data: dict[str, Any], path: str, number: int) -> dict[str, Any]:
    """Documents have texts: what is null is none, and datatrove leaves documents without text out."""
    return {"text": data.pop("text") or "", "id": str(data["id"]), "metadata": data}


def run(folder: Path, *steps: Any, tasks: int = TASKS, workers: int = 2) -> Any:
    from datatrove.executor import LocalPipelineExecutor

    executor = LocalPipelineExecutor(list(steps), tasks=tasks, workers=workers, logging_dir=str(folder / "logs"))
    return executor.run()


def written(folder: Path) -> list[dict[str, Any]]:
    paths = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def by_id(documents: list[dict[str, Any]]) -> dict[int, str | None]:
    found: dict[int, str | None] = {int(document["id"]): document["text"] for document in documents}
    assert len(found) == len(documents), "documents came twice"
    return found


def with_text(expected: dict[int, str | None]) -> dict[int, str | None]:
    return {key: text for key, text in expected.items() if text}


def writer(folder: Path) -> Any:
    from datatrove.pipeline.writers import JsonlWriter

    return JsonlWriter(str(folder), compression=None)


def test_repair_keeps_edits_and_counts(records: Records, tmp_path: Path) -> None:
    from despin.engines.datatrove import DespinRepair

    stats = run(tmp_path, parquet_reader(records), DespinRepair(), writer(tmp_path / "out"))
    documents = written(tmp_path / "out")
    assert differing(by_id(documents), with_text(records.alone)) == []
    originals = records.table.column("text").to_pylist()
    edits = 0
    for document in documents:
        note = document["metadata"]["despin"]
        text = originals[int(document["id"])]
        edits += len(note["edits"])
        kept = despin.Report(text, tuple(despin.Edit.from_dict(edit) for edit in note["edits"]))
        assert kept.apply() == document["text"]
        assert kept.revert(document["text"]) == text
    counted = next(step for step in stats.stats if "despin" in step.name).stats
    assert counted["edits"].total == edits > 0
    assert counted["repaired"].total == sum(d["text"] != originals[int(d["id"])] for d in documents)
    assert counted["total"].total == counted["forwarded"].total == len(documents)


def test_filter(records: Records, tmp_path: Path) -> None:
    from despin.engines.datatrove import DespinRepair

    step = DespinRepair(max_spin=0.95, annotate=False, exclusion_writer=writer(tmp_path / "dropped"))
    run(tmp_path, parquet_reader(records), step, writer(tmp_path / "out"))
    kept, dropped = written(tmp_path / "out"), written(tmp_path / "dropped")
    assert dropped
    assert all("despin" not in document["metadata"] for document in kept)
    assert {document["metadata"]["filter_reason"] for document in dropped} == {"spun"}
    assert differing(by_id([*kept, *dropped]), with_text(records.alone)) == []
    originals = records.table.column("text").to_pylist()
    assert min(despin.spin_score(originals[int(document["id"])]) for document in dropped) > 0.95


KILLED = """
import sys
from pathlib import Path
import despin
from tests.engines.conftest import KillOnce, Records
from tests.engines.test_datatrove import parquet_reader, run, writer
from despin.engines.datatrove import DespinRepair

folder, target = map(Path, sys.argv[1:])
records = Records(folder, None, {}, {})
step = DespinRepair(despin.Repairer(protect=[KillOnce(target / "killed", 8000)]))
run(target, parquet_reader(records), step, writer(target / "out"), workers=1)
"""


def test_killed_midway_and_run_again(records: Records, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(records.folder), str(tmp_path)]
    completions = tmp_path / "logs" / "completions"
    for code, least, most in ((-signal.SIGKILL, 1, TASKS - 1), (0, TASKS, TASKS)):
        with (tmp_path / "messages").open("wb") as messages:  # a pipe would stay open
            process = subprocess.Popen(command, cwd=ROOT, stdout=messages, stderr=messages, start_new_session=True)
            found = process.wait(timeout=300)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        assert found == code, (tmp_path / "messages").read_text("utf-8")[-2000:]
        assert least <= len(list(completions.iterdir())) <= most
    assert differing(by_id(written(tmp_path / "out")), with_text(records.alone)) == []


def test_by_site(records: Records, tmp_path: Path) -> None:
    from datatrove.pipeline.readers import JsonlReader

    from despin.engines.datatrove import DespinRepair, DespinSites, DespinSiteScores

    sites = str(tmp_path / "sites")
    run(tmp_path / "1", parquet_reader(records), DespinSiteScores(sites), writer(tmp_path / "scored"))
    run(tmp_path / "2", DespinSites(sites), tasks=1, workers=1)
    run(tmp_path / "3", JsonlReader(str(tmp_path / "scored")), DespinRepair(sites=sites), writer(tmp_path / "out"))
    documents = written(tmp_path / "out")
    assert not any("despin_log_odds" in document["metadata"] for document in documents)
    assert differing(by_id(documents), with_text(records.by_site)) == []
