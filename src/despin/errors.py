"""despin's own errors; each message says what was wrong, where, and what to do."""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "DespinError",
    "DictionaryError",
    "FetchError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "SlowPatternError",
]


class DespinError(Exception):
    """Base of every error that despin raises on purpose, `TypeError` for wrong argument types aside."""


class ConfigError(DespinError, ValueError):
    """A setting is outside its range, or two settings contradict each other."""


class SlowPatternError(ConfigError):
    """A pattern of the user took too long on a text; the message has the pattern and names the text."""


class DictionaryError(DespinError, ValueError):
    """A dictionary row is wrong.

    `where` names file and line (``news.verb.tsv:12``) or, for rows given in code, their number (``row 3``).
    """

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class ModelError(DespinError, OSError):
    """The model file is missing, damaged, or of another version; the message names the file."""


class InputError(DespinError, ValueError):
    """A source cannot be read as what it is taken for; the message names it and says what to do."""


class FetchError(DespinError, OSError):
    """An address cannot be fetched, or must not be; the message names it and says why."""


class MissingExtraError(DespinError, ImportError):
    """Something needs a package that is not installed; the message gives the command that installs it."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} needs {package}: pip install 'despin[{extra}]'")
        self.package = package
        self.extra = extra
        self._what = what

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        return (MissingExtraError, (self._what, self.package, self.extra))
