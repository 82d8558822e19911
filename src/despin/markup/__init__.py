"""Repairs HTML and Markdown in place: text changes, everything around it stays byte for byte."""

from despin.markup.html import repair_html
from despin.markup.inplace import Inspector, MarkupResult
from despin.markup.markdown import repair_markdown

__all__ = ["Inspector", "MarkupResult", "repair_html", "repair_markdown"]
