"""The features of the two decisions, by name and in the order of the compiled core (decode/_decode.pyx)."""

from __future__ import annotations

from despin.channel.rows import FAMILIES

__all__ = ["CLOSED_FEATURES", "EDIT_FEATURES", "FIRST_FEATURES", "GATE_FEATURES", "TEXT_FEATURES"]

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
    "topical gain",
    "log-probability gain from the left / 4",
    "association of what is written with its neighbours, per token",
    "association of the original with its neighbours, per token",
    "fit of what is written",
    "fit of the original",
    "log posterior over the best other reading's",
    "other likely readings",
    "other edits within 12 tokens",
    "edits per 100 tokens (at least 60)",
    "tokens of the original",
    "words kept beside the change in the longest row that makes it",
    "hands whose passages bear the pair out, 3 log2 (1 + n)",
    "hands whose passages have the spun phrase spun, 3 log2 (1 + n)",
    *(f"log share of the family {family}" for family in FAMILIES[1:-1]),
    "hands whose passages speak against the pair, 3 log2 (1 + n)",
    "hands whose passages have the spun phrase elsewhere, 3 log2 (1 + n)",
    "log (1 + readings of the spun phrase)",
    "log odds that the phrase was spun, whatever stands beside it",
    "log share of this reading in them",
)
FIRST_FEATURES = ("bias", "gain", "log tokens (60 to 1000)", "gain per 100 tokens (at least 60)", "log (1 + gain)")
_WORDS = "sum of the words' weights per 10 tokens (at least 60)"
# of a text that is not decoded, as the first features tell that there is too little in it
CLOSED_FEATURES = (*FIRST_FEATURES, _WORDS)
GATE_FEATURES = ("bias", "log tokens (at least 60), minus 5", _WORDS)
# "sure" edits are those likelier made than not; rates are per 100 tokens (of at least 60); edits with the same reading
# count as one in 150 tokens
TEXT_FEATURES = (
    *FIRST_FEATURES,
    "edits on the decoded path",
    "sure edits",
    "language model gain of sure edits",
    "topical gain of sure edits",
    "sure edits with a language model gain above 3",
    "sure edits with both gains above 5",
    "share of sure edits with both gains below 1",
    "article clashes mended",
    "mean reliability",
    "mean of how often the spun phrases were spun",
    "mean language model gain",
    "mean topical gain",
    "mean log share of the family",
    "log spin rate",
    "association of what is written with its neighbours, where negative",
    "edits right in a first opinion",
    "log odds of the likeliest edit, in that opinion",
    "log odds of the third likeliest",
    "sum of these log odds over -1",
    _WORDS,
    "of it in edits right in that opinion",
    "edits right in that opinion that spell a number",
)
