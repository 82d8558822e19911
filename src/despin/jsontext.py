"""JSON text that any reader takes."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["dumps"]


def dumps(value: Any) -> str:
    """JSON on one line with characters as they are; escaped only where half a surrogate pair could not be encoded.

    >>> dumps({"a": "é"}), dumps("\\ud800")
    ('{"a": "é"}', '"\\\\ud800"')
    """
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
