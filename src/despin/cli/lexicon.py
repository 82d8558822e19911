"""``despin lexicon``: lint, search, why, coverage and import for the dictionaries of a checkout."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from despin.channel.rows import FAMILIES, PARTS_OF_SPEECH, Row
from despin.cli.common import write_out
from despin.errors import ConfigError, SlowPatternError

if TYPE_CHECKING:
    from despin.lexicon.coverage import SlotCovered, Tally
    from despin.lexicon.files import DictionaryFile
    from despin.lexicon.lexicon import Lexicon, Located
    from despin.lexicon.lint import Complaint
    from despin.lexicon.search import Trigger
    from despin.lexicon.vocabulary import Vocabulary

__all__ = ["add", "run"]


def add(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (summary, arguments, _run) in _ACTIONS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        command.add_argument(
            "--dictionaries",
            type=Path,
            metavar="DIR",
            help="folder of dictionaries (default: dictionaries/en of the checkout around, else the installed model)",
        )
        arguments(command)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; 1 if lint has errors."""
    try:
        return _ACTIONS[arguments.action][2](arguments)
    except ImportError as error:
        raise ConfigError(f"{error.name} is not installed; pip install 'despin[lexicon]'") from None


def _dictionaries(arguments: argparse.Namespace) -> Path | None:
    from despin.lexicon.lexicon import find_dictionaries

    return arguments.dictionaries or find_dictionaries(Path())


def _lexicon(arguments: argparse.Namespace) -> Lexicon:
    from despin.lexicon.lexicon import Lexicon

    return Lexicon.open(_dictionaries(arguments))


def _row(found: Located) -> str:
    row = found.row
    parts = [f"{found.place}: {row.family} {row.pos}: {row.spun} -> {row.original or '(nothing)'}  {row.weight:g}"]
    parts += [f"[{row.context}]"] * bool(row.context) + [f"({row.note})"] * bool(row.note)
    return " ".join(parts)


# lint


def _add_lint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: all)")
    parser.add_argument("--clean", nargs="+", type=Path, metavar="CORPUS", help="also count edits of held-out text")
    parser.add_argument("--spun", action="store_true", help="with --clean: as if the texts were known to be spun")
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="leave a rule out")
    parser.add_argument("--strict", action="store_true", help="exit 1 for warnings too")
    parser.add_argument("--fix", action="store_true", help="sort, drop repeated rows, write in canonical form")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _run_lint(arguments: argparse.Namespace) -> int:
    from despin.lexicon.files import find_files, read_file
    from despin.lexicon.lint import RULES, fix, lint
    from despin.lexicon.vocabulary import Vocabulary

    unknown = set(arguments.ignore) - set(RULES)
    if unknown:
        raise ConfigError(f"no rule {', '.join(sorted(unknown))}; one of {', '.join(RULES)}")
    folder = _dictionaries(arguments)
    if not arguments.paths and folder is None:
        raise ConfigError("no dictionaries here; name a PATH, or run inside a checkout")
    paths = find_files(arguments.paths or [folder])
    if arguments.fix:
        for path in paths:
            if fix(read_file(path)):
                print(f"{path}: rewritten", file=sys.stderr)
    files = [read_file(path) for path in paths]
    found = lint(files, Vocabulary(), _beside(paths))
    if arguments.clean:
        found = [*_harm(arguments, paths, files), *found]
    found = [complaint for complaint in found if complaint.rule not in arguments.ignore]
    _report(found, arguments.format)
    levels = Counter(complaint.level for complaint in found)
    return 1 if levels["error"] or (arguments.strict and found) else 0


def _beside(paths: Sequence[Path]) -> list[DictionaryFile]:
    """The other files of the dictionaries that some of the named files belong to."""
    from despin.lexicon.files import read_file

    named = {path.resolve() for path in paths}
    folders = {path.resolve().parent for path in paths if read_file(path).kind}
    siblings = [read_file(path) for folder in sorted(folders) for path in sorted(folder.glob("*.tsv"))]
    return [file for file in siblings if file.kind and file.path not in named]


def _harm(arguments: argparse.Namespace, paths: Sequence[Path], files: Sequence[DictionaryFile]) -> list[Complaint]:
    from despin.lexicon import clean

    tool = clean.repairer(paths[0].parent, files)
    harm = clean.measure(tool, clean.held_out(arguments.clean), True if arguments.spun else None)
    made = sum(harm.edits.values())
    print(f"{harm.words} words of clean text, {made} edits, {len(harm.edits)} rows behind them", file=sys.stderr)
    return clean.complaints(harm, files)


def _report(found: Sequence[Complaint], format_: str) -> None:
    lines = (json.dumps(c.to_dict(), ensure_ascii=False) if format_ == "json" else str(c) for c in found)
    write_out("".join(f"{line}\n" for line in lines))
    counts = Counter((complaint.level, complaint.rule) for complaint in found)
    for (level, rule), count in sorted(counts.items()):
        print(f"{count} {level}{'s' if count > 1 else ''}: {rule}", file=sys.stderr)


# search and why


def _add_search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="whole words, in any inflected form")
    side = parser.add_mutually_exclusive_group()
    side.add_argument("--spun", dest="side", action="store_const", const="spun", help="only on the spun side")
    side.add_argument("--original", dest="side", action="store_const", const="original", help="only on the other")
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--regex", action="store_true", help="TEXT is a regular expression")
    parser.add_argument("--limit", type=int, metavar="N", help="print no more than N rows")


def _run_search(arguments: argparse.Namespace) -> int:
    from despin.lexicon.search import search

    try:
        found = list(
            search(
                _lexicon(arguments),
                arguments.text,
                side=arguments.side,
                family=arguments.family,
                regex=arguments.regex,
            )
        )
    except SlowPatternError as error:
        raise SlowPatternError(f"{arguments.text}: {error}") from None
    except ConfigError as error:
        raise ConfigError(f"{arguments.text}: not a regular expression: {error}") from None
    for match in found[: arguments.limit]:
        written = f"  as {match.form[0]} -> {match.form[1]}" if match.form else ""
        write_out(f"{_row(match.found)}{written}\n")
    print(f"{len(found)} rows", file=sys.stderr)
    return 0


def _add_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spun", metavar="SPUN", help="a phrase as it is written in a text")


def _run_why(arguments: argparse.Namespace) -> int:
    from despin.lexicon.search import why

    lexicon = _lexicon(arguments)
    found = why(lexicon, arguments.spun)
    write_out("".join(f"{line}\n" for line in _triggers(found, lexicon.vocabulary)) or "no row\n")
    return 0


def _triggers(found: Sequence[Trigger], vocabulary: Vocabulary) -> Iterator[str]:
    last = None
    for trigger in found:
        if trigger.spun != last:
            last = trigger.spun
            marked = "" if trigger.mark is None else f"; spun at all: {trigger.mark:+.2f}"
            yield f"{trigger.spun}: {vocabulary.per_million(trigger.spun):.2g} in a million words{marked}"
        row = trigger.found.row
        learned = f" (learned {trigger.weight:g})" if trigger.weight != row.weight else ""
        right = "" if trigger.reliability is None else f", reliability {trigger.reliability:+.2f}"
        condition = f", if {row.context}" if row.context else ""
        yield f"  -> {trigger.original or '(nothing)'}  weight {row.weight:g}{learned}{right}{condition}"
        yield f"     {_row(trigger.found)}"


# coverage


def _add_coverage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("gold", nargs="+", type=Path, metavar="GOLD", help="files of annotated passages")
    parser.add_argument("--by", choices=("register", "family", "spin", "file"), help="also by a property of passages")
    parser.add_argument("--missing", action="store_true", help="list the slots without a row")
    parser.add_argument(
        "--folds",
        type=int,
        metavar="N",
        help="estimate coverage of unseen passages: rows noted 'train' count only if attested in another fold",
    )


def _run_coverage(arguments: argparse.Namespace) -> int:
    from despin.learn.gold import read_passages
    from despin.lexicon.coverage import GROUPS, Coverage, tally

    passages = [passage for path in arguments.gold for passage in read_passages(path)]
    if arguments.folds is not None and not 2 <= arguments.folds <= len(passages):
        raise ConfigError(f"--folds {arguments.folds}: give a number from 2 to that of passages, {len(passages)}")
    coverage = Coverage(_lexicon(arguments))
    folds = arguments.folds
    slots = list(coverage.slots_in_folds(passages, folds) if folds else coverage.slots(passages))
    write_out("required\toptional\tslots\n")
    for name, numbers in tally(slots, lambda passage: "all").items():
        write_out(_share(name, numbers))
    for name, numbers in tally(slots, GROUPS[arguments.by]).items() if arguments.by else ():
        write_out(_share(name, numbers))
    if arguments.missing:
        write_out("".join(map(_missing, (item for item in slots if not item.covered))))
    return 0


def _share(name: str, numbers: Tally) -> str:
    parts = ((numbers.required_covered, numbers.required), (numbers.optional_covered, numbers.optional))
    shown = [f"{part / whole:.3f} ({part}/{whole})" if whole else "-" for part, whole in parts]
    return "\t".join([*shown, name]) + "\n"


def _missing(item: SlotCovered) -> str:
    slot, passage = item.slot, item.passage
    arrow = "=>" if slot.required else "~>"
    return f"{passage.name}\t{passage.spun[slot.start : slot.end]} {arrow} {' | '.join(slot.accepted)}\n"


# import


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--format", choices=("tsv", "codespell", "spintax", "pps"), required=True)
    parser.add_argument(
        "--family", choices=FAMILIES, help="(default: by the name of -o FILE, else user, or academic for pps)"
    )
    parser.add_argument("--pos", choices=PARTS_OF_SPEECH, help="(default: by the name of -o FILE, else phrase)")
    parser.add_argument("--weight", type=float, default=0.3, metavar="W", help="of rows that have none (default: 0.3)")
    parser.add_argument(
        "--original", choices=("first", "last", "shortest"), default="first", help="spintax: which alternative it is"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="a dictionary file, made or added to")


def _run_import(arguments: argparse.Namespace) -> int:
    from despin.lexicon.files import open_target
    from despin.lexicon.importing import decode, read, to_rows
    from despin.lexicon.vocabulary import Vocabulary

    if not 0 < arguments.weight <= 1:
        raise ConfigError(f"--weight {arguments.weight:g}: give a number above 0, at most 1")
    target = open_target(arguments.output, arguments.family, arguments.pos)
    usual = ("academic" if arguments.format == "pps" else "user", "phrase")
    family, pos = target.kind or (arguments.family or usual[0], arguments.pos or usual[1])
    items = read(decode(arguments.file.read_bytes(), str(arguments.file)), arguments.format, arguments.original)
    template = Row("-", "", pos, family, arguments.weight)
    result = to_rows(items, template, Vocabulary(), [row for _line, row in target.rows])
    text = target.canonical(result.rows)
    if arguments.output:
        arguments.output.write_bytes(text.encode("utf-8"))
    else:
        write_out(text)
    for line in result.summary():
        print(line, file=sys.stderr)
    return 0


_ACTIONS = {
    "lint": ("say what is wrong with dictionaries", _add_lint, _run_lint),
    "search": ("find rows", _add_search, _run_search),
    "why": ("show what a written phrase triggers", _add_why, _run_why),
    "coverage": ("measure the share of annotated slots that have a row", _add_coverage, _run_coverage),
    "import": ("make a dictionary of a list from elsewhere", _add_import, _run_import),
}
