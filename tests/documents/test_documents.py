"""Generated pages are current; what the others show runs; numbers and names in them are the real ones."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

import despin

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+?)(?:#[^)]*)?\)")


@pytest.mark.parametrize("script", ["docs/generate.py", "benchmarks/charts.py"])
def test_generated_pages_are_current(script: str) -> None:
    done = subprocess.run([sys.executable, ROOT / script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run: python {script}\n{done.stdout}{done.stderr}"


def test_every_public_name_is_in_the_reference() -> None:
    reference = (DOCS / "api.md").read_text("utf-8")
    for name in despin.__all__:
        assert f"### despin.{name}\n" in reference


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in LINK.findall(text):
        if "://" not in target and "benchmarks/results" not in target:  # written by benchmarks, not by hand
            assert (page.parent / target).exists(), target


def test_the_quick_start_runs() -> None:
    shown = re.findall(r"```python\n(.*?)```", (DOCS / "quick-start.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    for snippet in shown:
        exec(compile(snippet, "quick-start.md", "exec"), names)
    assert len(shown) == 2
    assert names["report"].edits  # type: ignore[attr-defined]
    assert "China’s Xi to meet Putin" in despin.repair(str(names["text"]), spun=True)


def test_the_commands_of_the_quick_start_are_there() -> None:
    shell = "".join(re.findall(r"```sh\n(.*?)```", (DOCS / "quick-start.md").read_text("utf-8"), re.DOTALL))
    commands = re.findall(r"^(?:echo.*\| )?despin (\w+)(?: (--\w+))?", shell, re.MULTILINE)
    assert len(commands) >= 6
    for command, option in commands:
        done = subprocess.run([sys.executable, "-m", "despin", command, "--help"], capture_output=True, check=True)
        assert option.encode() in done.stdout


def test_the_model_card_lists_the_sources() -> None:
    card = (DOCS / "model-card.md").read_text("utf-8")
    table = card.split("| source | kind | years | terms |", 1)[1].split("\n\n", 1)[0]
    listed = re.findall(r"^\| (\w+) \|", table, re.MULTILINE)
    lines = (ROOT / "models/sources.tsv").read_text("utf-8").splitlines()
    sources = [line.split("\t")[0] for line in lines if line and not line.startswith("#")][1:]
    assert sorted(listed) == sorted(sources)
    assert "Never as proof of misconduct" in card


def test_one_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {despin.__version__}\n" in citation
    assert f'\nversion = "{despin.__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_wheels_for_every_python_that_is_supported() -> None:
    """And for the free-threaded build of the newest, which installs despin too."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = settings["project"]
    versions = [name.rpartition(" 3.")[2] for name in project["classifiers"] if ":: Python :: 3." in name]
    assert versions == ["11", "12", "13", "14"]
    assert project["requires-python"] == f">=3.{versions[0]}"
    assert settings["tool"]["cibuildwheel"]["build"] == [*(f"cp3{v}-*" for v in versions), f"cp3{versions[-1]}t-*"]


def test_the_example_is_drawn() -> None:
    page, drawing = (DOCS / "example.md").read_text("utf-8"), (DOCS / "example-lattice.svg").read_text("utf-8")
    (states, arcs) = map(int, re.findall(r"lattice: (\d+) states, (\d+) arcs", page)[0])
    shapes = ElementTree.fromstring(drawing)
    assert len(shapes.findall("{http://www.w3.org/2000/svg}rect")) == states + 1
    assert len(shapes.findall("{http://www.w3.org/2000/svg}line")) == arcs
    assert "> Xi will meet his Russian counterpart in Moscow.\n" in page
