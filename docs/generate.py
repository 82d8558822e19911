"""Write the pages that come from elsewhere: ``python docs/generate.py``.

docs/api.md from the docstrings, docs/bad-inputs.md from the table that the tests go through, docs/example.md and its
drawing from the installed model, and the figures of docs/model-card.md from the stored results.

With ``--check`` nothing is written; exit code 1 says that a page is not current.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results"
# what is public beyond `import despin`, in the order of the page
MODULES = (
    "despin",
    "despin.pooling",
    "despin.markup",
    "despin.feeds",
    "despin.reports",
    "despin.clean",
    "despin.errors",
)
_FIGURES = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_ARGUMENTS = re.compile(r"^(Args|Raises|Attributes):$", re.MULTILINE)


def api() -> str:
    """The reference: every public name with its signature and docstring."""
    intro = "Made from the docstrings by `python docs/generate.py`; their examples are tested."
    lines = ["# API reference", "", intro, ""]
    seen: set[int] = set()
    for name in MODULES:
        module = importlib.import_module(name)
        members = [(one, getattr(module, one)) for one in sorted(module.__all__)]
        new = [(one, member) for one, member in members if id(member) not in seen]
        seen |= {id(member) for _, member in new}
        lines += [f"## {name}", "", _prose(module), ""]
        for one, member in new:
            lines += _entry(f"{name}.{one}", member)
    return "\n".join(lines).rstrip() + "\n"


def _entry(name: str, member: Any) -> Iterator[str]:
    if not callable(member) or not inspect.getdoc(member):
        yield from (f"### {name}", "", "A type alias or a constant.", "")
        return
    written = f"{_kind(member)}{name.rpartition('.')[2]}{_signature(member)}"
    yield from (f"### {name}", "", "```python", written, "```", "")
    yield from (_prose(member), "")
    if inspect.isclass(member):
        for method, function in sorted(_methods(member)):
            yield from (f"#### {name.rpartition('.')[2]}.{method}", "")
            if callable(function):
                yield from ("```python", f"{method}{_signature(function)}", "```", "")
            yield from (_prose(function), "")


def _methods(cls: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(cls).items():
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)) and plain.__doc__:
            yield name, plain


def _kind(member: Any) -> str:
    return "class " if inspect.isclass(member) else ""


def _signature(member: Any) -> str:
    try:
        signature = inspect.signature(member)
    except (TypeError, ValueError):
        return "(...)"
    if inspect.isclass(member) and issubclass(member, Exception):
        return f"({', '.join(base.__name__ for base in member.__bases__)})"
    if dataclasses.is_dataclass(member) and inspect.isclass(member):
        # a default that is an object would show an address of this process
        parameters = [
            p.replace(default=inspect.Parameter.empty) if "<factory>" in repr(p.default) else p
            for p in signature.parameters.values()
        ]
        text = ", ".join(str(p) for p in parameters)
        return f"({text})"
    return str(signature)


def _prose(member: Any) -> str:
    """A docstring as Markdown: sections in bold, examples fenced."""
    text = inspect.getdoc(member) or ""
    text = _ARGUMENTS.sub(r"**\1**\n", text)
    lines: list[str] = []
    example = False
    for line in text.split("\n"):
        begins = line.lstrip().startswith(">>>")
        if begins and not example:
            lines.append("```python")
            example = True
        elif example and not line.strip():
            lines.append("```")
            example = False
        field = re.match(r"    ([\w, *]+): (.*)", line)
        if not example and field:
            lines.append(f"- `{field[1]}`: {field[2]}")
        else:
            lines.append(line if example else _continued(line))
    if example:
        lines.append("```")
    return _fences(lines)


def _continued(line: str) -> str:
    """A line of a paragraph, or of an item (which Markdown wants indented by two)."""
    return f"  {line.strip()}" if line.startswith("        ") else line.removeprefix("    ")


def _fences(lines: list[str]) -> str:
    """reStructuredText's double backquotes are single ones in Markdown; fences stay."""
    return "\n".join(line if line.startswith("```") else line.replace("``", "`") for line in lines)


def figures() -> str:
    """What the stored results say about registers and profiles."""
    stored = json.loads((RESULTS / "quality.json").read_text("utf-8"))
    lines: list[str] = []
    for file in ("dev.gold.txt", "fresh.gold.txt"):
        if registers := stored.get("registers", {}).get(file):
            lines += [f"`{file}`, default profile:", "", *_table("register", registers), ""]
    for file in ("dev.gold.txt", "fresh.gold.txt", "natural.gold.txt", "held-out.gold.txt", "hands.gold.txt"):
        rows = {
            profile: figures[file]
            for profile in ("safe", "balanced", "eager")
            if file in (figures := stored["figures"].get(f"despin ({profile})", {}))
        }
        if rows:
            lines += [f"`{file}`, all registers:", "", *_table("profile", rows), ""]
    return "\n".join(lines)


def _table(head: str, rows: dict[str, dict[str, float]]) -> list[str]:
    columns = f"| {head} | precision | recall | F0.5 | stray changes per 1000 words |"
    lines = [columns, "| --- | --- | --- | --- | --- |"]
    for name, row in rows.items():
        cells = [f"{row[figure]:.2f}" for figure in ("precision", "recall", "f05")]
        lines.append(f"| {name} | {' | '.join(cells)} | {row['harm']:.1f} |")
    return lines


def bad_inputs() -> str:
    """The table of bad inputs, as a reader wants it."""
    table = json.loads((DOCS.parent / "tests/bad_inputs/table.json").read_text("utf-8"))
    lines = [
        "# What you see when something is wrong",
        "",
        "Made by `python docs/generate.py` from `tests/bad_inputs/table.json`; every row is tested. Commands exit",
        "with 2 after an error, with 1 where `--check` or `lexicon lint` found something, and show no traceback (set",
        "`DESPIN_DEBUG=1` for one). `clean` sets bad records aside, goes on, and fails only with `--strict`.",
        "",
        "| what | fed to | exit code or error | message |",
        "| --- | --- | --- | --- |",
    ]
    for row in table:
        fed = row.get("python") or shlex.join(["despin", *row["run"]])
        told = f"set aside, {row['exit']} with `--strict`" if row.get("reject") else row.get("exit", row.get("raises"))
        lines.append(f"| {row['what']} | {_code(fed)} | {told} | {_code(row['says'])} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def pages() -> dict[Path, str]:
    """Each generated page and what it should hold."""
    from worked_example import page_and_drawing

    card = DOCS / "model-card.md"
    example, drawing = page_and_drawing()
    return {
        DOCS / "api.md": api(),
        DOCS / "bad-inputs.md": bad_inputs(),
        DOCS / "example.md": example,
        DOCS / "example-lattice.svg": drawing,
        card: _FIGURES.sub(lambda found: f"{found[1]}{figures()}{found[2]}", card.read_text("utf-8")),
    }


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is not current")
    check = parser.parse_args().check
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'not current' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_text(made[path], "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
