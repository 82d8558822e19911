"""A run: read, hand out, write in order, take note of how far it is, put the results in their places."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from despin.clean.block_work import Cleaned, Scored
from despin.clean.counts import Counts
from despin.clean.pass_scores import Priors, ScoreLog
from despin.clean.plan import Files, Plan, find_files
from despin.clean.progress import NoProgress, Progress
from despin.clean.results import finish_output, finish_rejects, finish_report, rejects_path
from despin.clean.signals import StopSignals
from despin.clean.state import Progressed, Sink, StateFolder
from despin.clean.summary import Summary
from despin.clean.workers import Workers
from despin.errors import ConfigError, DespinError, InputError
from despin.formats import bare_suffix, get_format
from despin.formats.base import Block, Position
from despin.formats.compression import compression_of

__all__ = ["CompleteError", "InterruptedRunError", "clean"]


class CompleteError(DespinError):
    """There is nothing to resume: the target is there, and no interrupted run is."""


class InterruptedRunError(DespinError):
    """The run was stopped by a signal, in a state from which it can go on."""

    def __init__(self, number: int, records: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name} after {records:,} records; --resume goes on")
        self.number = number
        self.records = records


def clean(
    plan: Plan, *, resume: bool = False, restart: bool = False, force: bool = False, progress: Progress | None = None
) -> Summary:
    """Clean sources into a target.

    Args:
        resume: Go on with an interrupted run, or begin if there is none.
        restart: Forget an interrupted run.
        force: Replace targets that exist.
        progress: Told how far the run is.

    Raises:
        DespinError: Something cannot be done; the message says what and why. What was done is kept for `resume`.
        CompleteError: There is nothing to resume, and the target is there.
        InterruptedRunError: SIGINT or SIGTERM came, and the state is safe.
    """
    files = find_files(plan)
    folder = StateFolder(plan.target, plan.identity(files))
    interrupted = folder.exists()
    if interrupted and not (resume or restart):
        raise ConfigError(
            f"{folder.path} is left from an interrupted run: --resume goes on with it, --restart begins again"
        )
    if not (interrupted and resume):
        _refuse_targets(plan, files, force, resume)
    folder.acquire()
    try:
        if interrupted and resume:
            state = folder.load()
        else:
            folder.clear()
            state = Progressed("score" if plan.layout.group else "clean")
            folder.save(state)
        run = _Run(plan, files, folder, state, progress or NoProgress())
        try:
            summary = run.run()
        except BaseException:
            if run.idle:
                folder.remove()
            raise
        folder.remove()
        return summary
    finally:
        folder.release()


def _refuse_targets(plan: Plan, files: Files, force: bool, resume: bool) -> None:
    there = [target for target in files.targets if target.exists()]
    if force or not there:
        return
    if resume and len(there) == len(files.targets):
        raise CompleteError(f"{plan.target} is there and no interrupted run is: nothing to do (--force makes it anew)")
    raise ConfigError(f"{there[0]} exists; --force replaces it")


class _Run:
    def __init__(self, plan: Plan, files: Files, folder: StateFolder, state: Progressed, progress: Progress) -> None:
        self._plan = plan
        self._files = files
        self._folder = folder
        self._state = state
        self._progress = progress
        self._signals = StopSignals()
        self._began = time.monotonic() - state.seconds
        self._saved = time.monotonic()
        self._before = _sums([source.path.stat().st_size for source in files.sources])
        self._rejects = Sink(folder.path / "rejects")
        self._report = Sink(folder.path / "report")
        self._scores = ScoreLog(folder.path)
        self._output = Sink(self._spool(state.output))

    @property
    def idle(self) -> bool:
        """Whether nothing has been done that is worth going on with."""
        state = self._state
        return state.blocks == 0 and state.phase == ("score" if self._plan.layout.group else "clean")

    def run(self) -> Summary:
        state = self._state
        grouped = bool(self._plan.layout.group)
        with self._signals:
            if state.phase != "finish":
                count = self._plan.workers or os.cpu_count() or 1
                with Workers(self._plan.settings(), count, self._signals.asked) as workers:
                    if state.phase == "score":
                        self._score(workers)
                    priors = self._priors() if grouped else None
                    self._clean(workers, priors)
            self._progress.close()
            return self._finish()

    # scoring, for the groups

    def _score(self, workers: Workers) -> None:
        state, log = self._state, self._scores
        log.open(state.sizes)
        self._progress.start("scoring", self._before[-1], state.counts.records)
        for block, scored in workers.map("score", self._blocks()):
            assert isinstance(scored, Scored)
            self._check_fields(block, scored)
            log.append(scored)
            self._advance(block, scored.counts)
            self._checkpoint_if_due()
        self._stop_if_asked()
        log.close()
        self._state = Progressed("clean", sizes=log.sizes())
        self._checkpoint()

    def _priors(self) -> Priors:
        return Priors(self._scores, skip=self._state.blocks)

    # cleaning

    def _clean(self, workers: Workers, priors: Priors | None) -> None:
        state = self._state
        self._rejects.open(state.sizes.get("rejects", 0))
        self._report.open(state.sizes.get("report", 0))
        if state.closing:
            self._close_output()
        if state.source < len(self._files.sources):
            self._output.open(state.sizes.get("output", 0))
        self._progress.start("cleaning", self._before[-1], state.counts.records)
        blocks = self._blocks() if priors is None else priors.attach(self._blocks())
        for block, done in workers.map("clean", blocks):
            assert isinstance(done, Cleaned)
            self._check_fields(block, done)
            self._output.append(done.output)
            self._rejects.append(done.rejects)
            self._report.append(done.report)
            state.written += done.written
            self._advance(block, done.counts)
            if block.last and not self._files.sources[block.source].more:
                self._end_output()
            else:
                self._checkpoint_if_due()
        self._stop_if_asked()
        state.phase = "finish"
        self._checkpoint()

    def _blocks(self) -> Iterator[Block]:
        start = self._state.position
        for source in self._files.sources[self._state.source :]:
            pack = compression_of(self._files.targets[source.output])
            try:
                for block in get_format(source.format).blocks(source, self._plan.layout, start):
                    block.pack = pack
                    yield block
            except InputError as error:
                text = str(error)
                raise InputError(text if text.startswith(source.name) else f"{source.name}: {text}") from None
            start = Position()

    def _advance(self, block: Block, counts: Counts) -> None:
        state = self._state
        state.counts.add(counts)
        state.blocks += 1
        if block.last:
            state.source, state.position = block.source + 1, Position()
        else:
            state.source, state.position = block.source, block.after
        self._progress.advance(self._before[block.source] + block.consumed, state.counts)

    def _check_fields(self, block: Block, done: Scored | Cleaned) -> None:
        """Stop at once where the first records all lack the fields: the option is wrong, not the records."""
        counts = done.counts
        if self._state.blocks == 0 and counts.missing and counts.missing == counts.records - counts.rejected:
            names = " or ".join(".".join(path) for path in self._plan.layout.fields)
            there = ", ".join(done.keys[:20]) or "none"
            raise InputError(f"{block.name}: no record has the field {names}; give its --field. Fields: {there}")

    # outputs

    def _spool(self, output: int) -> Path:
        """Named like the target, so that it can be read as what it is."""
        target = self._files.targets[min(output, len(self._files.targets) - 1)]
        packed = target.suffix if compression_of(target) else ""
        return self._folder.path / f"output-{output}{bare_suffix(target)}{packed}"

    def _end_output(self) -> None:
        """The open output is complete: put it in its place, and open the next one.

        If a checkpoint lies within it, there is one more before: then its beginning may only be found in its place.
        """
        state = self._state
        if state.sizes.get("output", 0) or len(self._files.targets) == 1:
            state.closing = True
            self._checkpoint()
        self._close_output()
        if state.source < len(self._files.sources):
            self._output.open(0)
        self._checkpoint_if_due()

    def _close_output(self) -> None:
        state = self._state
        self._output.close()
        sources = self._files.of_output(state.output)
        finish_output(
            get_format(sources[0].format),
            self._output.path,
            self._files.targets[state.output],
            sources,
            state.written,
            self._plan.layout,
        )
        state.closing = False
        state.output += 1
        state.written = 0
        state.sizes["output"] = 0
        self._output = Sink(self._spool(state.output))

    def _finish(self) -> Summary:
        self._rejects.close()
        self._report.close()
        plan, counts = self._plan, self._state.counts
        if counts.accounted != counts.records:
            raise DespinError(f"{counts.records} records read, {counts.accounted} accounted for; please report this")
        if plan.report:
            finish_report(self._report.path, Path(plan.report))
        rejects = finish_rejects(self._rejects.path, rejects_path(plan.target))
        groups = self._scores.table() if plan.layout.group else []
        seconds = time.monotonic() - self._began
        return Summary(counts, self._files, plan.target, rejects, plan.report, seconds, groups, plan.only_score)

    # checkpoints and signals

    def _checkpoint_if_due(self) -> None:
        if self._signals.asked() or time.monotonic() - self._saved >= self._plan.checkpoint:
            self._checkpoint()

    def _checkpoint(self) -> None:
        state = self._state
        if state.phase == "score":
            self._scores.sync()
            state.sizes = self._scores.sizes()
        elif state.phase == "clean":
            for name, sink in (("output", self._output), ("rejects", self._rejects), ("report", self._report)):
                sink.sync()
                state.sizes[name] = sink.size
        state.seconds = time.monotonic() - self._began
        self._folder.save(state)
        self._saved = time.monotonic()

    def _stop_if_asked(self) -> None:
        if self._signals.asked() and self._state.source < len(self._files.sources):
            self._checkpoint()
            self._progress.close()
            raise InterruptedRunError(self._signals.number, self._state.counts.records)


def _sums(sizes: list[int]) -> list[int]:
    """What comes before each, and all of them."""
    sums = [0]
    for size in sizes:
        sums.append(sums[-1] + size)
    return sums
