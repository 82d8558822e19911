"""The repairer: a model, settings and rules, and the way of a text through them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache, partial
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from despin import editing
from despin.channel.rows import FAMILIES, Row
from despin.compose import composed, moved
from despin.config import Config
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.errors import ConfigError
from despin.model.container import Container
from despin.odds import shifted
from despin.report import Edit, Report, replaced
from despin.text import protect as protection
from despin.text import rules as user_rules
from despin.text.protect import Span

if TYPE_CHECKING:
    from despin.fuzzy.finder import Find, Finder

__all__ = ["Dictionary", "Repairer"]

Dictionary = str | os.PathLike[str] | Sequence["Row | tuple[str, str] | Mapping[str, object]"]

# Where one word is mended the next may be surer. So a text in which something was nearly sure enough is looked at
# again, until nothing changes: else a second repair would change 6 of 918 annotated texts that are repaired.
_MOST_LOOKS = 4
_NEARLY = 0.08

_DEFAULT_MODEL = Path(__file__).parent / "data" / "en.despin"


@cache
def _open_model(path: str) -> tuple[Model, Container]:
    """The model of a file, mapped once per process."""
    container = Container(path)
    return Model(container), container


@cache
def _finder_of(path: str) -> Finder:
    """What looks for damaged phrases of a model, made once per process: that takes a quarter of a second."""
    from despin.fuzzy.finder import Finder

    return Finder(_open_model(path)[0].phrases())


class Repairer:
    """Finds and reverts spun phrasing. Immutable, picklable, safe to share between threads.

    Args:
        dictionaries: Rows of your own, laid over the built-in ones: paths of TSV files, or sequences of rows
            (``("spun", "original")`` pairs, mappings with the column names, or `despin.Row`).
        config: Settings; `Config()` is the profile "balanced".
        protect: What must never be changed: literal strings, compiled patterns, (start, end) offsets, or callables
            from a text to such offsets. URLs, addresses, code and the like are always protected. Patterns are run by
            the package `regex`, for a second on a text and one more for each million characters.
        model: Another model file than the built-in one.

    Raises:
        DictionaryError: A row is wrong; the message names file, line and reason.
        ModelError: The model file is missing or damaged.
        ConfigError: A setting or rule is wrong.

    >>> Repairer(dictionaries=[[("kick the pail", "kick the bucket")]]).repair("He kicked", spun=True)
    'He kicked'
    """

    __slots__ = ("_arguments", "_decoder", "_finder", "_models", "_path", "_rows", "config")

    def __init__(
        self,
        dictionaries: Iterable[Dictionary] = (),
        config: Config | None = None,
        protect: Iterable[user_rules.Rule] = (),
        model: str | os.PathLike[str] | None = None,
    ) -> None:
        if isinstance(dictionaries, (str, os.PathLike)):
            dictionaries = [dictionaries]
        if config is not None and not isinstance(config, Config):
            raise ConfigError(f"config is {config!r}; give a despin.Config, for example Config.of('safe')")
        self.config = config or Config()
        sources = tuple(dictionaries)
        rules = (protect,) if isinstance(protect, str) else tuple(protect)
        self._arguments = (sources, self.config, rules, os.fspath(model) if model else None)
        self._path = os.fspath(model or _DEFAULT_MODEL)
        base, container = _open_model(self._path)
        from despin.channel.overlay import RowTexts, overlay

        own_rows, own = overlay(sources, base) if sources else ([], None)
        self._rows = RowTexts(container, own_rows)
        self._decoder = Decoder(base, own, container.metadata.get("decision"))
        self._models = [base] if own is None else [base, own]
        self._finder: Finder | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (Repairer, self._arguments)

    def __repr__(self) -> str:
        return f"Repairer(config={self.config!r})"

    def identity(self) -> dict[str, Any]:
        """What the results depend on, for JSON: settings, the model's checksum, rows and rules of your own."""
        sources, config, rules, _model = self._arguments
        with open(self._path, "rb") as file:
            checksum = hashlib.file_digest(file, "sha256").hexdigest()
        own = [Path(s).read_text("utf-8") if isinstance(s, (str, os.PathLike)) else repr(s) for s in sources]
        return {
            "config": asdict(config),
            "model": checksum[:16],
            "dictionaries": [hashlib.sha256(item.encode()).hexdigest()[:16] for item in own],
            "protect": [getattr(rule, "__qualname__", repr(rule)) for rule in rules],
        }

    def repair(
        self, text: str, *, spun: bool | None = None, prior: float | None = None, rate: float | None = None
    ) -> str:
        """The text with spun phrasing put back; the very same object when nothing changes.

        To repair what comes out changes nothing more (in 99.9 % of texts; not so if `spun` or `rate` is told).

        Args:
            text: Any `str`.
            spun: Whether the text is known to be spun; None (default) finds out from the text, which for a headline
                or a sentence means that little is done.
            prior: What is known of the text's source: log-odds that are added to those of the text being spun
                (see `despin.pooling`); without effect where `spun` is given.
            rate: The spin rate (0 to 1) of the source, for a text that tells too little by itself.

        Raises:
            SlowPatternError: A pattern in `protect` takes too long on this text.
            TypeError: `text` is not a `str`.
        """
        exact = now = _exact(text)
        kept: list[Span] | None = None
        for _ in range(_MOST_LOOKS):
            if self._first_look(now, spun, prior) is not None:
                break
            found = self._found(now, spun, prior, rate, kept, others=False)
            changes = editing.changes(found, self.config) if found.opened else None
            if not changes:
                break
            now = replaced(now, changes)
            if not self._may_change_again(found):
                break
            kept = moved(found.protected, changes)
        return text if now == exact else now

    def inspect(
        self, text: str, *, spun: bool | None = None, prior: float | None = None, rate: float | None = None
    ) -> Report:
        """What was found: the edits with confidence, alternatives and rule, and the document's spin. See `repair`."""
        exact = _exact(text)
        passed = self._first_look(exact, spun, prior)
        if passed is not None:
            return Report(exact, (), passed)
        found = self._found(exact, spun, prior, rate, others=True)
        edits, skipped = editing.edits(found, self.config, self._rows)
        if edits:
            edits = self._edits_again(found, edits, spun, prior, rate)
            places = [(edit.start, edit.end) for edit in edits]
            skipped = tuple(compress(skipped, protection.clear_of(((s.start, s.end) for s in skipped), places)))
        return Report(exact, edits, found.spin, found.rate, skipped, found.family)

    def score(self, text: str) -> Report:
        """Spin, rate and family of a text, as a report without edits; faster than `inspect`."""
        text = _exact(text)
        spin, rate, families, _found = self._decoder(text, protection.spans(text), min_spin=2.0)
        return Report(text, (), spin, rate, family=_family(rate, families))

    def spin_score(self, text: str) -> float:
        """The probability (0 to 1) that a text was spun. Short texts give little evidence: about the prior."""
        return self.score(text).spin

    def repair_many(
        self, texts: Iterable[str], *, threads: int | None = None, spun: bool | None = None
    ) -> Iterator[str]:
        """Repair texts lazily, in order, on `threads` threads (default: as many as there are processors).

        An endless iterable is fine: ahead of the result that comes next, each thread takes 8 texts, or as many as it
        repairs in about 16 ms (1,024 at most).
        """
        from despin.parallel import map_ordered

        settle = self.settled if spun is None else None
        return map_ordered(lambda text: self.repair(text, spun=spun), texts, threads, settle)

    def settled(self, texts: Sequence[str]) -> list[str | None]:
        """Those texts that a first look tells to be sound, which `repair` leaves as they are; None for the others.

        One look at many texts takes less time than one at each, and other threads work meanwhile.

        >>> Repairer().settled(["The council met on Monday. " * 40, ""])[1]
        """
        return self._decoder.glances(list(texts), self.config.min_spin)

    def _edits_again(
        self, found: editing.Found, edits: tuple[Edit, ...], spun: bool | None, prior: float | None, rate: float | None
    ) -> tuple[Edit, ...]:
        """The edits, with those of further looks at what they make of the text."""
        exact, last = found.text, edits
        for _ in range(_MOST_LOOKS - 1):
            if not self._may_change_again(found):
                break
            changes = [(edit.start, edit.end, edit.after) for edit in last]
            now, kept = replaced(found.text, changes), moved(found.protected, changes)
            if self._first_look(now, spun, prior) is not None:
                break
            found = self._found(now, spun, prior, rate, kept, others=True)
            last = editing.edits(found, self.config, self._rows)[0]
            if not last:
                break
            edits = composed(exact, edits, last)
        return edits

    def _may_change_again(self, found: editing.Found) -> bool:
        least = self.config.min_confidence
        return any(least - _NEARLY <= proposal[2] < least for proposal in found.proposals)

    def _protected(self, text: str, kept: Sequence[Span] | None) -> list[Span]:
        """What must not be changed. `kept`: what was protected at an earlier look, rules of the user's among it."""
        spans = protection.spans(text)
        rules = self._arguments[2]
        if kept is not None:
            spans = protection.merge([*spans, *kept])
        elif rules:
            spans = protection.merge([*spans, *user_rules.resolve(text, rules)])
        if not self.config.quotations:
            spans = protection.merge([*spans, *protection.quotations(text)])
        return spans

    def _first_look(self, text: str, spun: bool | None, prior: float | None) -> float | None:
        """The spin probability of a text that need not be read: most are sound, and a look at their words tells."""
        if spun is not None or (prior and prior > 0):  # what its source speaks for is read
            return None
        return self._decoder.glance(text, self.config.min_spin)

    def _found(
        self,
        text: str,
        spun: bool | None,
        prior: float | None,
        known_rate: float | None,
        kept: Sequence[Span] | None = None,
        *,
        others: bool,
    ) -> editing.Found:
        """Decode; in a spun document, once more with the damaged phrases found in it.

        `kept`: see `_protected`; damage was found at that earlier look. `others`: with alternatives, and with what is
        far from sure enough to be repaired.
        """
        min_spin = self.config.min_spin
        least = 0.0 if others else self.config.min_confidence - _NEARLY
        protected = self._protected(text, kept)
        decide = partial(self._decoder, text, protected, min_spin=min_spin, others=others, least=least)
        damaged = self._damaged if self.config.fuzzy and spun is not False and kept is None else None
        if spun is not None or not known_rate:
            known = None if spun is None else float(spun)
            spin, rate, families, found = decide(spin=known, prior=prior or 0.0, damaged=damaged)
        else:
            spin, rate, families, found = decide(prior=prior or 0.0)
            if spin >= min_spin:
                opened_by_source = shifted(spin, -(prior or 0.0)) < min_spin
                rate = known_rate if opened_by_source else rate
                spin, rate, families, found = decide(spin=spin, rate=rate, damaged=damaged)
        opened = spin >= min_spin and spun is not False
        return editing.Found(text, spin, rate, _family(rate, families), found if opened else [], opened, protected)

    def _damaged(self, words: list[str], known: bytes) -> list[Find]:
        if self._finder is None:
            if len(self._models) == 1:
                self._finder = _finder_of(self._path)
            else:
                from despin.fuzzy.finder import Finder

                self._finder = Finder(phrase for model in self._models for phrase in model.phrases())
        return self._finder.find(words, known)


def _family(rate: float, families: Sequence[float]) -> str:
    """The likeliest family of a spun text; the first and the last ("any", "user") are always at work."""
    return max(zip(families[1:-1], FAMILIES[1:-1], strict=True))[1] if rate > 0 else ""


def _exact(text: object) -> str:
    """A `str`, of which a subclass (an HTML parser's string) gives its plain copy.

    Raises:
        TypeError: It is something else.
    """
    if type(text) is str:
        return text
    if isinstance(text, (bytes, bytearray)):
        raise TypeError(
            f"despin repairs str, not {type(text).__name__}: decode it first, for example text.decode('utf-8')"
        )
    if not isinstance(text, str):
        raise TypeError(f"despin repairs str, not {type(text).__name__}: pass one text, or use repair_many for several")
    return str.__str__(text)
