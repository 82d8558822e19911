"""Feeds in, the same feeds out, with titles, summaries and contents repaired: RSS, Atom, JSON Feed."""

from despin.feeds.document import FeedEntry, FeedResult, repair_feed

__all__ = ["FeedEntry", "FeedResult", "repair_feed"]
