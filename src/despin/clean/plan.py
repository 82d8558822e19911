"""What a run is asked to do, and which files that means."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import despin
from despin.clean.block_work import Keep, WorkSettings
from despin.clean.treatment import check_mending
from despin.errors import ConfigError, InputError
from despin.formats import CONVERSIONS, bare_suffix, format_names, format_of, get_format
from despin.formats.base import Format, Layout, Source
from despin.formats.compression import SUFFIXES, compression_of
from despin.formats.encoding import check_encoding
from despin.formats.text import check_content
from despin.repairer import Repairer
from despin.reports import check_report_path

__all__ = ["Files", "Plan", "find_files"]


@dataclass(frozen=True)
class Plan:
    """A run of ``despin clean``.

    Attributes:
        sources: Files and folders.
        target: A file, or a folder for one output a source.
        folder: Whether the target is a folder, even if it is not there yet.
        repairer: Its settings say how sure an edit must be.
        layout: Fields, encoding, grouping and limits.
        format: Of the sources; empty: by their names.
        spun: Whether all texts are known to be spun.
        only_score: Nothing is repaired; with `keep`, records are chosen by their spin.
        mend: Whether wrongly decoded characters are put right first (ftfy).
        report: A file that lists every edit; empty for none.
        workers: Processes; 0: one a processor.
        checkpoint: Seconds between checkpoints.
    """

    sources: tuple[Path, ...]
    target: Path
    folder: bool = False
    repairer: Repairer = field(default_factory=Repairer)
    layout: Layout = field(default_factory=Layout)
    format: str = ""
    spun: bool | None = None
    only_score: bool = False
    keep: Keep = "all"
    mend: bool = False
    report: str = ""
    workers: int = 0
    checkpoint: float = 5.0

    def settings(self) -> WorkSettings:
        """What the workers have to know."""
        return WorkSettings(
            self.repairer, self.layout, self.spun, self.only_score, self.keep, self.mend, bool(self.report)
        )

    def identity(self, files: Files) -> dict[str, Any]:
        """All that the result depends on, for JSON."""
        digest = hashlib.sha256()
        for source in files.sources:
            stat = source.path.stat()
            digest.update(repr((source.name, source.format, stat.st_size, stat.st_mtime_ns)).encode())
        return {
            "despin": despin.__version__,
            "repairer": self.repairer.identity(),
            **{f"option {name}": value for name, value in asdict(self.layout).items()},
            "spun": self.spun,
            "only-score": self.only_score,
            "keep": self.keep,
            "fix-encoding": self.mend,
            "report": self.report,
            "sources": f"{len(files.sources)} files, {digest.hexdigest()[:16]}",
        }


@dataclass(frozen=True)
class Files:
    """The files of a run.

    Attributes:
        sources: In the order they are read.
        targets: One for each output.
        skipped: Files of folders that are of no known kind.
    """

    sources: list[Source]
    targets: list[Path]
    skipped: int = 0

    def of_output(self, output: int) -> list[Source]:
        """The sources of an output."""
        return self.sources if len(self.targets) == 1 else [self.sources[output]]


def find_files(plan: Plan) -> Files:
    """Find the sources, and make sure that they fit the target and the options, before hours of work.

    Raises:
        ConfigError, InputError: They do not; the message says why.
        MissingExtraError: A package is missing.
    """
    check_encoding(plan.layout.encoding)
    check_content(plan.layout.content)
    if plan.mend:
        check_mending()
    if plan.report:
        check_report_path(plan.report)
    found, skipped = _walk(plan)
    folder = _is_folder(plan)
    if not found:
        raise ConfigError(f"no file to clean in {', '.join(map(str, plan.sources))}; name its --format")
    sources: list[Source] = []
    targets: list[Path] = []
    for number, (path, name, form) in enumerate(found):
        if folder:
            targets.append(plan.target / name)
            sources.append(Source(number, path, str(path), form.name, number))
        else:
            targets[:] = [plan.target]
            writer = _conversion(form, path, plan.target, plan.format)
            more = number + 1 < len(found)
            sources.append(Source(number, path, str(path), writer.name, 0, number == 0, more))
    files = Files(sources, targets, skipped)
    _check(plan, files, folder)
    return files


def _walk(plan: Plan) -> tuple[list[tuple[Path, Path, Format]], int]:
    """Each file with the name it has in a target folder and its format, and how many were skipped."""
    found: list[tuple[Path, Path, Format]] = []
    skipped = 0
    wanted = get_format(plan.format) if plan.format else None
    for source in plan.sources:
        if source.is_dir():
            for path in _files(source):
                form = format_of(path)
                if form is None or (wanted is not None and form is not wanted):
                    skipped += 1
                else:
                    found.append((path, path.relative_to(source), form))
            continue
        if str(source) == "-":
            raise ConfigError("standard input cannot be read twice or gone on with; give a file, or use despin repair")
        if not source.exists():
            raise InputError(f"{source}: no such file or folder")
        form = wanted or format_of(source)
        if form is None:
            hint = "; a JSON document is no JSON Lines" if bare_suffix(source) == ".json" else ""
            raise ConfigError(f"{source}: what kind of file is it? Give --format {'|'.join(format_names())}{hint}")
        found.append((source, Path(source.name), form))
    return found, skipped


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, sorted, hidden ones left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)


def _is_folder(plan: Plan) -> bool:
    if plan.folder or plan.target.is_dir():
        return True
    return any(source.is_dir() for source in plan.sources) and format_of(plan.target) is None


def _conversion(form: Format, path: Path, target: Path, forced: str) -> Format:
    """The format that reads a source and writes the target."""
    wanted = format_of(target)
    if wanted is None or wanted is form:
        return form
    name = CONVERSIONS.get((form.name, wanted.name))
    if name is None and forced:
        return form
    if name is None:
        raise ConfigError(f"{path} is {form.name} and {target} would be {wanted.name}; despin keeps the format")
    return get_format(name)


def _check(plan: Plan, files: Files, folder: bool) -> None:
    forms = {source.format: get_format(source.format) for source in files.sources}
    for form in forms.values():
        if plan.layout.annotate and not form.annotates:
            raise ConfigError(f"--annotate: a {form.name} file has no room for it; use --report FILE.jsonl")
        if plan.layout.group and not form.has_fields:
            raise ConfigError(f"--group-by: {form.name} files have no fields to group by")
        packed = [source for source in files.sources if source.format == form.name and compression_of(source.path)]
        if packed and not form.compresses:
            raise InputError(f"{packed[0].name}: {form.name} files compress their contents themselves; decompress it")
    if not folder:
        if len(files.sources) > 1 and (len(forms) > 1 or not all(form.joins for form in forms.values())):
            raise ConfigError(f"several files cannot become one {plan.target.name}; end the target in / for a folder")
        if plan.target.suffix.lower() in SUFFIXES and not all(form.compresses for form in forms.values()):
            raise ConfigError(f"{plan.target}: such files compress their contents themselves; leave the ending out")
    _refuse_overlap(files)
    for output, _target in enumerate(files.targets) if folder else ((0, plan.target),):
        sources = [files.sources[output]] if folder else files.sources
        get_format(sources[0].format).check(sources, plan.layout)


def _refuse_overlap(files: Files) -> None:
    targets = _resolved(files.targets)
    if len(targets) < len(files.targets):
        raise ConfigError("two sources would be written to the same file; clean them one by one")
    for source in files.sources:
        if source.path.resolve() in targets:
            raise ConfigError(f"{source.name} is a source and a target; despin writes a new file")


def _resolved(paths: Iterable[Path]) -> set[Path]:
    return {path.resolve() for path in paths}
