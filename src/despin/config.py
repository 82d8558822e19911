"""Settings of a repairer: one frozen object, and three named profiles of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from despin.errors import ConfigError

__all__ = ["Config", "Profile"]

Profile = Literal["safe", "balanced", "eager"]

# Least confidence of an edit, and least spin probability of a document, at which text is changed.
_PROFILES: dict[str, tuple[float, float]] = {
    "safe": (0.8, 0.97),
    "balanced": (0.735, 0.91),
    "eager": (0.52, 0.85),
}


@dataclass(frozen=True, slots=True)
class Config:
    """How sure despin must be, and what it may touch.

    Attributes:
        min_confidence: Least confidence (0 to 1) of an edit that is made.
        min_spin: Least spin probability (0 to 1) of a document that is touched at all.
        quotations: Whether text inside quotation marks may be repaired (spinners spin it too).
        typography: Whether the spacing damage of spinners is mended in spun documents
            (a closing quotation mark that opens, ``12- point``, ``war- a claim``).
        fuzzy: Whether damaged and inexact phrases are looked for in spun documents.

    >>> Config.of("safe").min_confidence > Config().min_confidence
    True
    >>> Config(min_confidence=2)
    Traceback (most recent call last):
    ...
    despin.errors.ConfigError: min_confidence is 2; give a number from 0 to 1
    """

    min_confidence: float = _PROFILES["balanced"][0]
    min_spin: float = _PROFILES["balanced"][1]
    quotations: bool = True
    typography: bool = True
    fuzzy: bool = True

    def __post_init__(self) -> None:
        for name in ("min_confidence", "min_spin"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise ConfigError(f"{name} is {value!r}; give a number from 0 to 1")

    @classmethod
    def of(cls, profile: Profile, /, **changes: bool | float) -> Config:
        """The settings of a named profile, with single settings changed.

        Raises:
            ConfigError: No profile has that name, or a setting is out of range.
        """
        if profile not in _PROFILES:
            raise ConfigError(f"no profile {profile!r}; choose one of {', '.join(get_args(Profile))}")
        min_confidence, min_spin = _PROFILES[profile]
        base = cls(min_confidence=min_confidence, min_spin=min_spin)
        try:
            return replace(base, **changes)  # type: ignore[arg-type]
        except TypeError as error:
            raise ConfigError(f"unknown setting: {error}") from None
