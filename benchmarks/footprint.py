"""What a process pays before it works, and what it holds: ``python benchmarks/footprint.py``.

Import and first repair as the least of many fresh processes, above bare Python; resident memory after clean and after
spun text; how much of it is the model's pages, which processes share. Results: ``benchmarks/results/footprint.json``.
"""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "footprint.json"
RUNS = 9
_PROGRAM = """
import json, time
start = time.perf_counter()
import despin
imported = time.perf_counter()
despin.repair("A sound text stays as it is, said the minister on Monday.")
first = time.perf_counter()

def memory():
    rows = dict(line.split(":", 1) for line in open("/proc/self/smaps_rollup") if ":" in line and "kB" in line)
    return {name: int(rows[name].split()[0]) / 1024 for name in ("Rss", "Pss", "Private_Dirty")}

clean = memory()
despin.repair(open(%r, encoding="utf-8").read())
spun = time.perf_counter()
print(json.dumps({"import_ms": 1e3 * (imported - start), "first_repair_ms": 1e3 * (first - imported),
                  "first_spun_repair_ms": 1e3 * (spun - first), "clean": clean, "spun": memory()}))
"""
_MODEL_SHARE = """
import re
import despin
despin.repair(open(%r, encoding="utf-8").read())
pages = open("/proc/self/smaps").read().split("en.despin\\n")[1]
print(*(int(re.search(name + r":\\s+(\\d+)", pages)[1]) // 1024 for name in ("Rss", "Private_Dirty")))
"""


def _run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def measure() -> dict[str, Any]:
    """Milliseconds and megabytes."""
    seed = str(HERE.parent / "seeds/xi-visits-russia.txt")
    runs = [json.loads(_run(_PROGRAM % seed)) for _ in range(RUNS)]
    resident, private = map(int, _run(_MODEL_SHARE % seed).split())
    figures = {name: round(min(run[name] for run in runs), 1) for name in runs[0] if name.endswith("_ms")}
    return {
        **figures,
        "resident_mb_clean": round(max(run["clean"]["Rss"] for run in runs), 1),
        "resident_mb_spun": round(max(run["spun"]["Rss"] for run in runs), 1),
        "model_resident_mb": resident,
        "model_private_mb": private,
    }


def main() -> int:
    """Measure, print, save."""
    figures = measure()
    for name, value in figures.items():
        print(f"{name:24}{value:10}")
    about = {"date": datetime.date.today().isoformat(), "python": platform.python_version(), "figures": figures}
    RESULTS.write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
