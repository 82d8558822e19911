"""``despin clean``: files and folders of records in, the same with repaired texts out."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from despin.cli.common import add_settings, known_spun, repairer, write_out
from despin.errors import ConfigError, DespinError

if TYPE_CHECKING:
    from despin.clean import Summary
    from despin.formats.base import Layout

__all__ = ["add", "run"]

_EXAMPLES = """\
examples:
  despin clean crawl.jsonl.gz -o clean.jsonl.zst --field text
  despin clean a.csv b.csv -o all.csv --field title --field item.body --annotate
  despin clean posts/ -o posts-clean/ --report edits.html
  despin clean news.parquet -o clean.parquet --group-by domain --url-field link
  despin clean crawl.warc.gz -o articles.jsonl.gz --only-score --keep sound

TARGET.despin-state holds what an interrupted run needs to go on (--resume); TARGET.rejects.jsonl the records that could
not be handled. Exit codes: 0 fine; 2 failure, or rejects with --strict; 130 and 143 interrupted (Ctrl-C, SIGTERM).
"""
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument("sources", nargs="+", metavar="SOURCE", type=Path, help="files, or folders of them")
    parser.add_argument(
        "-o", "--output", required=True, metavar="TARGET", help="a file, or a folder (ending in /) for one file each"
    )
    _add_records(parser)
    _add_results(parser)
    _add_work(parser)
    add_settings(parser.add_argument_group("repairing"))


def _add_records(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("records")
    group.add_argument(
        "--format",
        default="",
        metavar="NAME",
        help="jsonl, csv, parquet, text, html, markdown, warc (default: by the file's name, .gz and .zst aside)",
    )
    group.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME",
        help="field that holds text, item.body if nested; repeat it for several, which are judged together as one "
        "document (default: text)",
    )
    group.add_argument(
        "--content", choices=("text", "html", "markdown"), default="text", help="what the fields hold (default: text)"
    )
    group.add_argument(
        "--encoding", default="utf-8", metavar="NAME", help="of the files; auto: what they say, UTF-8, or Windows-1252"
    )
    group.add_argument("--fix-encoding", action="store_true", help="put wrongly decoded characters right (ftfy)")
    group.add_argument("--delimiter", default="", metavar="CHAR", help="of a table (default: the one that fits)")
    group.add_argument(
        "--group-by", default="", metavar="FIELD|domain", help="pool the spin of a site's texts; reads everything twice"
    )
    group.add_argument(
        "--url-field", default="url", metavar="NAME", help="field with the address for --group-by domain (default: url)"
    )
    group.add_argument(
        "--max-record", type=_size, default=16 << 20, metavar="SIZE", help="longest record that is read (default: 16m)"
    )
    group.add_argument(
        "--max-ratio",
        type=float,
        default=200.0,
        metavar="N",
        help="how many times its size a compressed file may expand to (default: 200)",
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument("--annotate", action="store_true", help="give each record a field despin: spin, rate, edits ...")
    group.add_argument("--only-score", action="store_true", help="repair nothing; with --annotate or --keep")
    group.add_argument(
        "--keep",
        choices=("all", "spun", "sound"),
        default="all",
        help="with --only-score: write only these records (spun: at or above --min-spin)",
    )
    group.add_argument(
        "--report", default="", metavar="FILE", help="list every edit: .html to look at, .json, .jsonl, .sarif"
    )
    group.add_argument("--strict", action="store_true", help="exit with 2 if there are rejects")
    group.add_argument("--json", action="store_true", help="summary as JSON on standard output")
    group.add_argument("--quiet", action="store_true", help="no progress, no summary")


def _add_work(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("work")
    group.add_argument("--workers", type=int, default=0, metavar="N", help="processes (default: one a processor)")
    how = group.add_mutually_exclusive_group()
    how.add_argument("--resume", action="store_true", help="go on with an interrupted run, or begin one")
    how.add_argument("--restart", action="store_true", help="forget an interrupted run")
    group.add_argument("--force", action="store_true", help="replace TARGET")
    group.add_argument(
        "--checkpoint", type=float, default=5.0, metavar="SECONDS", help="time between checkpoints (default: 5)"
    )
    group.add_argument(
        "--block-size", type=_size, default=1 << 20, metavar="SIZE", help="bytes that a worker gets (default: 1m)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    from despin.clean import CompleteError, InterruptedRunError, Plan, clean
    from despin.clean.progress import choose_progress
    from despin.clean.state import state_path

    if arguments.only_score and arguments.keep == "all" and not arguments.annotate:
        raise ConfigError("--only-score changes nothing by itself; add --annotate, or --keep spun, or --keep sound")
    if arguments.keep != "all" and not arguments.only_score:
        raise ConfigError(f"--keep {arguments.keep} chooses among records that are only scored; add --only-score")
    if arguments.workers < 0:
        raise ConfigError(f"--workers is {arguments.workers}; give 1 or more")
    plan = Plan(
        sources=tuple(arguments.sources),
        target=Path(arguments.output),
        folder=arguments.output.endswith("/"),
        repairer=repairer(arguments),
        layout=_layout(arguments),
        format=arguments.format,
        spun=known_spun(arguments),
        only_score=arguments.only_score,
        keep=arguments.keep,
        mend=arguments.fix_encoding,
        report=arguments.report,
        workers=arguments.workers,
        checkpoint=arguments.checkpoint,
    )
    try:
        summary = clean(
            plan,
            resume=arguments.resume,
            restart=arguments.restart,
            force=arguments.force,
            progress=choose_progress(arguments.quiet),
        )
    except CompleteError as error:
        print(f"despin: {error}", file=sys.stderr)
        return 0
    except InterruptedRunError as error:
        print(f"despin: {error}: {_again()}", file=sys.stderr)
        return 128 + int(error.number)
    except (DespinError, OSError) as error:
        if not isinstance(error, ConfigError) and state_path(plan.target).exists():
            print("despin: what was done so far is kept; --resume goes on with it", file=sys.stderr)
        raise
    if arguments.json:
        write_out(json.dumps(summary.to_dict(), ensure_ascii=False) + "\n")
    elif not arguments.quiet:
        _print(summary)
    return 2 if arguments.strict and summary.counts.rejected else 0


def _layout(arguments: argparse.Namespace) -> Layout:
    from despin.formats.base import Layout

    if len(arguments.delimiter) > 1 or arguments.delimiter == '"':
        raise ConfigError(f"--delimiter {arguments.delimiter}: give one character, not a quotation mark")
    fields = tuple(tuple(name.split(".")) for name in dict.fromkeys(arguments.field or ["text"]))
    domain = arguments.group_by == "domain"
    group = arguments.url_field if domain else arguments.group_by
    if ("despin",) in fields:
        raise ConfigError("--field despin is where despin writes to; choose another")
    return Layout(
        fields=fields,
        encoding=arguments.encoding,
        delimiter=arguments.delimiter,
        annotate=arguments.annotate,
        group=tuple(group.split(".")) if group else (),
        domain=domain,
        block_size=min(arguments.block_size, arguments.max_record),
        max_record=arguments.max_record,
        max_ratio=arguments.max_ratio,
        content=arguments.content,
    )


def _size(text: str) -> int:
    """``16m`` as bytes."""
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].lower() in ("k", "m", "g") else (text, "")
    if not number.isdigit() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; for example 500k, 16m, 1g")
    return int(number) * _SIZES[unit]


def _again() -> str:
    """The command that goes on."""
    words = [word for word in sys.argv[1:] if word not in ("--restart", "--force", "--resume")]
    return shlex.join(["despin", *words, "--resume"])


def _print(summary: Summary) -> None:
    """The summary on standard error, which leaves standard output alone."""
    groups = summary.group_rows()
    if sys.stderr.isatty():
        try:
            _print_tables(summary)
            return
        except ImportError:
            pass
    for what, number, remark in summary.rows():
        print(f"{what:>14} {number:>12}  {remark}".rstrip(), file=sys.stderr)
    for row in groups:
        print(f"{'':>14} {row.share:>12.0%}  of {row.texts:,} spun: {row.name}", file=sys.stderr)


def _print_tables(summary: Summary) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    for title, names, rows in _tables(summary):
        table = Table(*names, title=title, box=None, title_justify="left")
        for cells in rows:
            table.add_row(*cells)
        console.print(table)


def _tables(summary: Summary) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    yield "", ("", "records", ""), [*summary.rows()]
    shown = summary.group_rows()
    rows: list[tuple[str, ...]] = [(r.name, f"{r.texts:,}", f"{r.share:.0%}", f"{r.rate:.2f}") for r in shown]
    if rows:
        yield "Groups with spun texts", ("group", "texts", "spun", "rate"), rows
