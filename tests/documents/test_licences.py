"""What is installed along is permissive, and listed."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest

SECURITY = (Path(__file__).parents[2] / "docs/security.md").read_text("utf-8")
TABLE = SECURITY.split("| package | needed for | licence |", 1)[1]
LISTED = {
    package: (what, licence)
    for packages, what, licence in re.findall(r"^\| ([\w, -]+) \| (.+?) \| (.+?) \|$", TABLE, re.MULTILINE)
    for package in packages.split(", ")
    if package != "---"
}
PERMISSIVE = re.compile(
    r"\b(?:MIT|BSD|BSD-[23]-Clause|Apache|Apache-2\.0|PSF-2\.0|CNRI-Python|ISC)\b|Apache Software License"
)
RECIPROCAL = re.compile(r"\b(?:A?L?GPL|MPL|EPL|CDDL|EUPL|SSPL|BUSL)\b|GNU|Mozilla", re.IGNORECASE)
EXTRAS = ("data", "feeds")
KNOWN_RECIPROCAL = {"certifi", "tqdm"}  # file-level, and only through extras


def _needed(package: str, extra: str = "") -> set[str]:
    """Names of what a package needs, with one of its extras.

    Raises:
        PackageNotFoundError: It is not installed.
    """
    found = set()
    for line in requires(package) or ():
        name, _, marker = line.partition(";")
        wanted = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", marker)
        if (wanted[1] if wanted else "") == extra and not _elsewhere(marker):
            found.add(re.split(r"[\s\[<>=~!(;]", name.strip(), maxsplit=1)[0].lower().replace("_", "-"))
    return found


def _elsewhere(marker: str) -> bool:
    """Whether it is only for some systems or interpreters."""
    return bool(re.search(r"platform|os_name|implementation", marker))


def _all_needed(first: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = set(first)
    while waiting:
        one = waiting.pop()
        if one in found or one == "despin":
            continue
        with suppress(PackageNotFoundError):  # needed by other versions of Python only
            waiting |= _needed(one)
            found.add(one)
    return found


ALWAYS = _all_needed(_needed("despin"))
MORE = set().union(*(_all_needed(_needed("despin", extra)) for extra in EXTRAS)) - ALWAYS


def _licence(package: str) -> str:
    """What a package says of its licence, the first line of it."""
    about = metadata(package)
    classifiers = [c for c in about.get_all("Classifier") or () if c.startswith("License")]
    return str(about.get("License-Expression") or " ".join(classifiers) or about.get("License") or "").split("\n")[0]


@pytest.mark.parametrize("package", sorted(ALWAYS | MORE))
def test_licence(package: str) -> None:
    licence = _licence(package)
    assert package in LISTED, f"docs/security.md does not list {package}"
    reciprocal = bool(RECIPROCAL.search(licence))
    assert reciprocal == (package in KNOWN_RECIPROCAL), licence
    assert reciprocal or PERMISSIVE.search(licence), licence


def test_what_every_installation_has_is_permissive() -> None:
    assert {"rapidfuzz", "regex", "symspellpy"} <= ALWAYS
    assert not ALWAYS & KNOWN_RECIPROCAL


def test_nothing_is_listed_that_is_not_needed() -> None:
    assert set(LISTED) <= ALWAYS | MORE
