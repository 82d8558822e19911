"""A page on this machine, and for this machine only, to paste a text, see its edits, and accept or reject each."""

from despin.serve.server import ReviewServer

__all__ = ["ReviewServer"]
