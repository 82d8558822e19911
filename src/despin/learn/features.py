"""The features of the two decisions, by name and in the order of the compiled core (decode/_decode.pyx)."""

from __future__ import annotations

__all__ = ["EDIT_FEATURES", "SPIN_FEATURES"]

EDIT_FEATURES = (
    "bias",
    "logit of the hypothesis's posterior",
    "logit of the posterior that this phrase was spun at all",
    "log-probability gain on the decoded path / 4",
    "log P(spun | original)",
    "log spin rate",
    "logit of the document's spin probability",
    "reliability of the row",
    "two tokens or more",
    "three tokens or more",
    "deletion",
    "share of capitalised words inside a sentence",
    "article clash mended",
    "article clash made",
    "mean unigram log probability of the spun phrase",
    "mean n-gram order found when kept, minus 2",
    "mean n-gram order found when repaired, minus 2",
    "mean unigram log probability of the original",
    "number",
    "log share of the row's family",
    "sentence opening",
    "log price of damage",
    "how often the spun phrase was spun",
    "log (1 + other places with the same reading)",
    "log (1 + places where the original is kept)",
)
SPIN_FEATURES = ("bias", "gain", "log tokens (at least 60)", "gain per 100 tokens (at least 60)", "log (1 + gain)")
