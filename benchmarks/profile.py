"""Where the instructions go: ``python benchmarks/profile.py`` (needs valgrind).

Counts instructions per character of each stage with callgrind, which repeats exactly: the first look at sound text,
tokenising and reading it, decoding spun text. Every stage runs in a process of its own; what start-up costs is taken
off. Results go to ``benchmarks/results/profile.json``, against which ``tests/test_instructions.py`` holds the core.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "profile.json"
# stage: what it runs on a text `text`, with a Repairer `tool`, on which side of the passages, how often
STAGES = {
    "first look, sound text": ("tool._decoder.glance(text, tool.config.min_spin)", "sound", 400),
    "protected spans, sound text": ("protect.spans(text)", "sound", 20),
    "tokens, candidates, rate": ("tool._decoder(text, (), 0.0, 0.97)", "sound", 10),
    "tokens to edits, spun text": ("tool._decoder(text, (), 1.0, 0.97)", "spun", 4),
    "repair, spun text": ("tool.repair(text, spun=True)", "spun", 4),
}
_PROGRAM = """
import sys
sys.path.insert(0, {root!r})
import despin
from despin.text import protect
from despin.learn.gold import read_passages
from pathlib import Path
passages = list(read_passages(Path({gold!r})))[:8]
text = "\\n\\n".join(getattr(passage, {side!r}) for passage in passages)
tool = despin.Repairer()
{call}
for _ in range(int(sys.argv[1])):
    {call}
print(len(text))
"""


def count(stage: str) -> float:
    """Instructions per character of a stage.

    Raises:
        RuntimeError: valgrind is missing or failed.
    """
    if shutil.which("valgrind") is None:
        raise RuntimeError("valgrind is not installed")
    call, side, repeats = STAGES[stage]
    gold = str(HERE / "gold/dev.gold.txt")
    side = {"sound": "original", "spun": "spun"}[side]
    program = _PROGRAM.format(root=str(HERE.parent / "src"), gold=gold, side=side, call=call)
    alike = {"PYTHONHASHSEED": "0"}
    # so that all is compiled, by a run like those counted: what only the first does would be taken off the others
    subprocess.run([sys.executable, "-c", program, "1"], check=True, capture_output=True, env=alike)
    totals = []
    length = 1
    for times in (0, repeats):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", program]
        done = subprocess.run([*command, str(times)], capture_output=True, text=True, env=alike, check=False)
        found = re.search(r"Collected\s*:\s*(\d+)", done.stderr) or re.search(r"refs:\s*([\d,]+)", done.stderr)
        if done.returncode or found is None:
            raise RuntimeError(done.stderr[-500:])
        totals.append(int(found[1].replace(",", "")))
        length = int(done.stdout)
    return (totals[1] - totals[0]) / repeats / length


def main() -> int:
    """Count, print, save."""
    figures = {}
    for stage in STAGES:
        figures[stage] = round(count(stage), 1)
        print(f"{stage:32}{figures[stage]:12.1f} instructions a character", flush=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
