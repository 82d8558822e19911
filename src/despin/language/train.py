"""Training end to end: corpus -> vocabulary -> counts -> smoothing -> packed file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from despin.decode._model import Model
from despin.language.corpus import HELD_OUT_EVERY, Source
from despin.language.counts import MIN_COUNT, count_ngrams, count_words
from despin.language.pack import pack_ngrams, pack_vocabulary
from despin.language.smoothing import estimate
from despin.model.container import Container, write

__all__ = ["Settings", "train"]

# The share of the table's slots that is filled: above it too many n-grams meet a full bucket.
_LOAD = 0.90
# What a word outside the vocabulary costs beyond the class <unk>: one of about 300,000 equally likely ones.
_UNKNOWN = -12.6


@dataclass(frozen=True)
class Settings:
    """Size of the model: words in all, names among them, table size, words to keep whatever their rank."""

    words: int = 100_000
    names: int = 3_000
    buckets: int = 280_000
    keep: frozenset[str] = frozenset()


def train(sources: list[Source], output: Path, settings: Settings) -> None:
    """Train a language model and write it. Deterministic: the same text gives the same file.

    On 126 million words with 2 cores: about 10 minutes, 10 GB at most.
    """
    from tqdm import tqdm

    total = sum(source.path.stat().st_size for source in sources)
    scale = [3.2 if source.path.name.endswith((".gz", ".zst")) else 1.0 for source in sources]
    expected = int(sum(s.path.stat().st_size * k for s, k in zip(sources, scale, strict=True))) or total
    with tqdm(total=expected, unit="B", unit_scale=True, desc="vocabulary") as bar:
        vocabulary = count_words(sources, settings.words, set(settings.keep), settings.names, bar.update)
    words = pack_vocabulary(vocabulary.words, vocabulary.names)
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "vocabulary"
        write(bare, {}, words)
        model = Model(Container(bare))
        with tqdm(total=expected, unit="B", unit_scale=True, desc="counting") as bar:
            counts = count_ngrams(sources, model, bar.update)
    with tqdm(total=1, desc="smoothing") as bar:
        slots = int(_LOAD * 16 * settings.buckets)
        smoothed = estimate(*counts, size=len(vocabulary.words), max_ngrams=slots)
        bar.update()
    sections = {
        **words,
        "vocab.logp": smoothed.unigram.astype(np.float32).tobytes(),
        "vocab.backoff": smoothed.unigram_backoff.astype(np.float32).tobytes(),
        "ngrams": pack_ngrams(smoothed, settings.buckets),
    }
    metadata = _metadata(sources, settings, counts[0].raw.sum(), len(smoothed.pair_keys), len(smoothed.triple_keys))
    write(output, metadata, sections)


def _metadata(sources: list[Source], settings: Settings, tokens: float, pairs: int, triples: int) -> dict[str, Any]:
    return {
        "kind": "language model",
        "method": "interpolated modified Kneser-Ney, trigrams, counts weighted by source",
        "command": "python -m despin.train CORPUS --weights models/sources.tsv --dictionaries dictionaries/en "
        "-o models/en.lm",
        "sources": {source.name: source.weight for source in sources},
        "held_out_every": HELD_OUT_EVERY,
        "min_count": MIN_COUNT,
        "tokens": int(tokens),
        "pairs": pairs,
        "triples": triples,
        "words": settings.words,
        "lm_unknown": _UNKNOWN,
    }
