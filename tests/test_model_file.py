"""The compiled model file is what the sources give, and importing despin stays cheap."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import despin
from despin.channel.compile import build
from despin.channel.rows import read_folder
from despin.model.container import Container

ROOT = Path(__file__).parent.parent
MODEL = Path(despin.__file__).parent / "data" / "en.despin"


def test_the_model_file_is_what_the_sources_give(tmp_path: Path) -> None:
    """Fails when a row, a learned table or the language model changed and the file was not built again."""
    fresh = tmp_path / "en.despin"
    build(ROOT / "dictionaries/en", ROOT / "models", fresh)
    assert fresh.read_bytes() == MODEL.read_bytes(), "run: python -m despin.channel.build"


def test_a_changed_row_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    for path in (ROOT / "dictionaries/en").glob("*.tsv"):
        (folder / path.name).write_bytes(path.read_bytes())
    with (folder / "news.verb.tsv").open("a", encoding="utf-8") as file:
        file.write("zork\twalk\t0.5\n")
    metadata = build(folder, ROOT / "models", tmp_path / "en.despin")
    assert metadata["channel_sha256"] != Container(MODEL).metadata["channel_sha256"]


def test_size_and_provenance() -> None:
    assert MODEL.stat().st_size <= 40_000_000
    metadata = Container(MODEL).metadata
    # but for the few that passages speak against so clearly that they can change nothing
    rows = len(read_folder(ROOT / "dictionaries/en"))
    assert 0.95 * rows < metadata["rows"] <= rows
    trained = metadata["language_model"]
    assert trained["min_count"] == 3
    assert "despin.train" in trained["command"]
    assert trained["tokens"] > 100_000_000


def test_import_is_cheap() -> None:
    code = "import sys, json, despin; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    assert not {"numpy", "lemminflect", "symspellpy", "rapidfuzz", "regex", "tqdm", "zstandard", "argparse"} & set(
        loaded
    )


def test_a_repair_needs_no_numpy() -> None:
    code = (
        "import sys, despin, pathlib; despin.repair(pathlib.Path(sys.argv[1]).read_text('utf-8'));"
        "assert not {'numpy', 'lemminflect'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT / "seeds/xi-visits-russia.txt")], check=True)
