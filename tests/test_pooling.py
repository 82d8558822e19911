"""What a group says about its texts, and what the repairer makes of it."""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import despin
from despin.cli import main
from despin.learn.gold import Passage
from despin.odds import expit, logit, shifted
from despin.pooling import MOST, SHARES, Lent, Pool, evidence, inspected

ODDS = st.floats(-20, 20)


def pooled(*groups: list[float]) -> Pool:
    pool = Pool()
    for number, odds in enumerate(groups):
        for value in odds:
            pool.add(pool.group(f"g{number}"), value, 0.3 if value > 0 else 0.0)
    pool.fit()
    return pool


@pytest.mark.parametrize("empty", [0, 5])
def test_records_without_text_say_nothing_of_their_site(empty: int, tmp_path: Path, seed: str) -> None:
    records = [{"url": f"https://a.example/{n}", "text": seed[: 400 * n]} for n in range(1, 6)]
    records += [{"url": "https://a.example/", "text": text} for text in ["", " \n"][:empty] * empty]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")
    assert main(["clean", str(source), "-o", str(target), "--group-by", "domain", "--annotate", "--quiet"]) == 0
    found = [json.loads(line)["despin"]["spin"] for line in target.read_text("utf-8").splitlines()[:5]]
    pool = Pool()
    own = [evidence(despin.Repairer().score(str(record["text"]))) for record in records[:5]]
    for one in own:
        assert one
        pool.add(pool.group("a.example"), *one)
    pool.fit()
    lent = [pool.lend(0, one and one.log_odds) for one in own]
    expected = [inspected(despin.Repairer(), str(r["text"]), one) for r, one in zip(records, lent, strict=False)]
    assert found == [round(report.spin, 4) for report in expected]


@pytest.mark.parametrize("below", [0.0, 1e-7])
def test_the_kept_score_decides_whether_a_text_is_read_or_not(below: float, seed: str) -> None:
    """The repairer's own score has more digits: at the threshold it may stand on the other side."""
    repairer = despin.Repairer(config=despin.Config(min_confidence=0.5))
    headline = seed.split("\n")[0]
    own = logit(repairer.score(headline).spin)
    lent = Lent(logit(repairer.config.min_spin) - own + 1e-9, 0.3, own - below)
    brief, full = (inspected(repairer, headline, lent, brief=brief) for brief in (True, False))
    assert brief.edits == full.edits
    assert bool(full.edits) == (not below)
    assert (full.spin < repairer.config.min_spin) == bool(below)


SOUND = [[-3.5] * 8 for _ in range(30)]
SPUN = [[6.0] * 8 for _ in range(3)]


def test_an_empty_pool_and_a_group_of_one_know_nothing() -> None:
    pool = Pool()
    pool.fit()
    only = pooled([5.0])
    assert abs(only.prior(0, 5.0).log_odds) < 0.5


@pytest.mark.parametrize(
    ("group", "text", "least", "most"),
    [
        ([6.0, 5.0, 7.0, -2.2], -2.2, 3.0, 9.0),  # the short text of a spun site
        ([-3.5] * 20 + [2.5], 2.5, -9.0, -2.0),  # the odd text of a sound one
        ([-2.2], -2.2, -0.01, 0.01),  # a group of one
        ([-1.0] * 40, -1.0, -9.0, 0.0),  # a style that is a little odd makes no spun site
        ([6.0] * 5 + [-3.5] * 5, -3.5, 0.0, 3.0),  # half and half
    ],
)
def test_priors(group: list[float], text: float, least: float, most: float) -> None:
    pool = pooled(group, *SOUND, *SPUN)
    assert least <= pool.prior(0, text).log_odds <= most


@given(st.lists(ODDS, min_size=1, max_size=8), st.lists(ODDS, max_size=8))
def test_a_text_is_judged_by_the_others(others: list[float], more: list[float]) -> None:
    """Its prior is that of a group of the others, and more evidence of spinning never lowers it."""
    pool = pooled([*others, more[0] if more else 0.0], *SOUND)
    own = more[0] if more else 0.0
    row = [sum(_log_likelihood(value, share) for value in others) for share in SHARES]
    assert pool._likelihood[: len(SHARES)].tolist() == pytest.approx(
        [value + _log_likelihood(own, share) for value, share in zip(row, SHARES, strict=True)], abs=1e-6
    )
    assert 0 < pool.share(0) < 1
    higher = Pool()
    higher._mixing = pool._mixing
    for value in [*(value + 1 for value in others), own]:
        higher.add(higher.group("g"), value, 0.0)
    assert higher.prior(0, own).log_odds >= pool.prior(0, own).log_odds - 1e-6


def _log_likelihood(odds: float, share: float) -> float:
    return log(1 - share + share * exp(max(-MOST, min(odds, MOST))))


def test_mixing_is_learned_from_the_groups() -> None:
    """Where most sites are spun one that leaves it open more likely is, too."""
    mostly_spun, mostly_sound = pooled(*SPUN * 10, [0.0, 0.0]), pooled(*SOUND, [0.0, 0.0])
    assert mostly_spun.share(30) > 0.8
    assert mostly_sound.share(30) < 0.05


@given(st.floats(0, 1), st.floats(-30, 30))
def test_odds(p: float, by: float) -> None:
    assert 0 <= shifted(p, by) <= 1
    assert expit(logit(p)) == pytest.approx(p, abs=1e-9)
    assert shifted(shifted(p, by), 0.0) == shifted(p, by)


HEADLINE = "China’s Xi to satisfy Putin in Russia next week"


def test_the_prior_of_a_repairer() -> None:
    repairer = despin.Repairer()
    alone = repairer.inspect(HEADLINE)
    assert alone.edits == ()
    for prior in (-3.0, 0.5, 6.0):
        report = repairer.inspect(HEADLINE, prior=prior)
        assert report.spin == pytest.approx(shifted(alone.spin, prior))
        assert bool(report.edits) == (report.spin >= repairer.config.min_spin)
    assert repairer.repair(HEADLINE, prior=6.0) == "China’s Xi to meet Putin in Russia next week"
    assert repairer.inspect(HEADLINE, prior=0.0) == alone
    assert repairer.repair(HEADLINE, prior=-9.0, spun=True) == repairer.repair(HEADLINE, spun=True)


def test_a_sound_prior_closes_a_spun_text(seed: str) -> None:
    repairer = despin.Repairer(config=despin.Config(min_spin=0.95))
    spin = repairer.spin_score(seed)
    assert repairer.repair(seed) != seed
    assert repairer.repair(seed, prior=logit(0.9) - logit(spin)) is seed


def test_score_is_what_inspect_says(seed: str) -> None:
    repairer = despin.Repairer()
    score = repairer.score(seed)
    assert score.edits == ()
    assert score.spin == repairer.spin_score(seed) == repairer.inspect(seed).spin
    assert score.family == repairer.inspect(seed).family == "news"
    assert repairer.score("").family == ""


def test_sites_are_pooled_by_the_command(passages: list[Passage], seed: str, tmp_path: Path) -> None:
    """A spun site's headline is repaired; on a sound site the same one stays, as does an odd passage."""
    heavy = [p.spun for p in passages if p.meta.get("spin") == "heavy"][:12]
    sound = [p.original for p in passages if p.meta.get("spin") == "heavy"][:40]
    odd = next(p.spun for p in passages if p.meta.get("spin") == "light" and 0.95 < despin.spin_score(p.spun) < 0.99)
    assert despin.repair(odd) is not odd
    records = [{"url": "https://www.spun.example/a", "text": text} for text in [*heavy, HEADLINE]]
    records += [{"url": "http://sound.example:80/b", "text": text} for text in [*sound, HEADLINE, odd]]
    records += [{"url": None, "text": HEADLINE}, {"text": odd}]
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    for workers in (1, 2):
        arguments = ["clean", str(source), "-o", str(target), "--group-by", "domain", "--workers", str(workers)]
        assert main([*arguments, "--force", "--quiet"]) == 0
        made = [json.loads(line)["text"] for line in target.read_text("utf-8").splitlines()]
        assert made[12] == "China’s Xi to meet Putin in Russia next week"
        assert made[53:55] == [HEADLINE, odd]
        assert made[55:] == [HEADLINE, despin.repair(odd)]
