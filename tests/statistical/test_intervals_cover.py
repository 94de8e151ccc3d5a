"""Intervals hold the truth as often as they say, also with the stopping rule, and verdicts are seldom false.

A thousand small experiments with a queue whose mean wait is known (M/M/1, load 0.5). Each replication is worked out by
Lindley's recursion from the keyed draws that the engine would make, which is the engine's own result: the first test
compares them.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from bpsim.engine.replication import replicate
from bpsim.engine.streams import stream_key, uniforms
from bpsim.experiment.design import Looks
from bpsim.experiment.run import enough
from bpsim.statistics import theory
from bpsim.statistics.intervals import mean_interval
from bpsim.statistics.paired import differences, judge
from tests.engine.drawn import MINUTE, plan, queue
from tests.experiment.small import measured
from tests.experiment.test_results import result, whole

pytestmark = pytest.mark.statistical
EXPERIMENTS = 1_000
#: 95 of 100 intervals are to hold the truth; of a thousand, chance moves that by 2.3 at most (3.29 standard errors).
CHANCE = 3.29 * (0.95 * 0.05 / EXPERIMENTS) ** 0.5
#: Cases that come before a replication is measured.
WARMUP = 100
MEAN = 10.0 * MINUTE
Waits = NDArray[np.float64]
Row = tuple[str, str, float, float, float]


def exponential(seed: int, replication: int, address: tuple[str, str], count: int, mean: float) -> Waits:
    """Draw exponential times at the addresses of neighbouring cases."""
    return -mean * np.log1p(-uniforms(stream_key(seed, replication, *address), 0, 0, count))


def spans(seed: int, replication: int, cases: int, task: str = "served", *, load: float = 0.5) -> tuple[Waits, Waits]:
    """Give the wait and the service of each case of an M/M/1 queue, in ms, by Lindley's recursion."""
    count = WARMUP + cases
    came = np.rint(np.cumsum(exponential(seed, replication, ("arrival", ""), count, 2 * MEAN)))
    work = np.rint(exponential(seed, replication, ("duration", task), count, 2 * load * MEAN))
    walk = np.concatenate([[0.0], np.cumsum(work[:-1] - np.diff(came))])
    return (walk - np.minimum.accumulate(walk))[WARMUP:], work[WARMUP:]


def test_the_recursion_is_the_engine() -> None:
    """Wait and service of every case are those of the engine's log, to the millisecond."""
    written = queue("exponential(mean=20min)", "exponential(mean=10min)", cases=WARMUP + 2_000)
    compiled = plan(written, days=60, drain=10)
    for seed in range(5):
        log = replicate(compiled, seed=seed, replication=7)
        rows = np.argsort(log.items["case"])[WARMUP:]
        created, started, completed = (
            log.items[name][rows].astype(np.int64) for name in ("created", "started", "completed")
        )
        wait, work = spans(seed, 7, 2_000)
        assert (started - created).tolist() == wait.tolist()
        assert (completed - started).tolist() == work.tolist()


def share(table: list[Row], figure: str, exact: float, held: int) -> float:
    """Note how many of the experiments did something; give their share."""
    found = held / EXPERIMENTS
    table.append(("M/M/1, load 0.5", figure, exact, found, (exact * (1 - exact) / EXPERIMENTS) ** 0.5))
    return found


def test_intervals_cover(table: list[Row]) -> None:
    """Of 1,000 intervals from 10 replications of 2,000 cases, 92.7 to 97.3 % hold the mean wait."""
    truth = theory.mm1(0.5).waiting * MEAN
    held = sum(
        not mean_interval([float(spans(seed, number, 2_000)[0].mean()) for number in range(10)]).excludes(truth)
        for seed in range(EXPERIMENTS)
    )
    assert abs(share(table, "95 % intervals from 10 replications that hold the mean", 0.95, held) - 0.95) <= CHANCE


def test_intervals_cover_with_the_stopping_rule(table: list[Row]) -> None:
    """The same where replications go on until the half-width is 10 % of the mean, by the rule that experiments use."""
    truth = theory.mm1(0.5).waiting * MEAN
    looks = Looks(10, 100, "waiting_time.mean", 0.1)
    held, used = 0, []
    for seed in range(EXPERIMENTS):
        means = replications(seed)
        values: list[float] = []
        for count in looks.counts():
            values += [next(means) for _ in range(count - len(values))]
            runs = [measured(("waiting_time.mean", "ms", value, 1.0)) for value in values]
            if enough(whole(result(*runs)), looks, "as-is"):
                break
        used.append(len(values))
        held += not mean_interval(values).excludes(truth)
    assert min(used) == 10 < max(used)
    assert 15 < np.mean(used) < 60
    assert abs(share(table, "95 % intervals by the stopping rule that hold the mean", 0.95, held) - 0.95) <= CHANCE


@pytest.mark.parametrize(("cases", "half_width", "short"), [(2_000, 0.02, 0.0), (500, 0.04, 0.02)])
def test_intervals_of_a_difference_cover(table: list[Row], cases: int, half_width: float, short: float) -> None:
    """The same for what a tenth less work saves, paired by luck, until it is known to a share of the baseline's mean.

    Means of few cases are skewed, so intervals from short replications fall a little short: by `short` at most.
    """
    truth = (0.9 * theory.mm1(0.45).waiting - theory.mm1(0.5).waiting) * MEAN
    looks = Looks(10, 100, "waiting_time.mean", half_width)
    held, used = 0, []
    for seed in range(EXPERIMENTS):
        pairs = zip(replications(seed, cases), replications(seed, cases, load=0.45), strict=True)
        values: list[tuple[float, float]] = []
        for count in looks.counts():
            values += [next(pairs) for _ in range(count - len(values))]
            before, after = zip(*values, strict=True)
            runs = [[measured(("waiting_time.mean", "ms", each, 1.0)) for each in arm] for arm in (before, after)]
            if enough(whole(result(*runs[0]), result(*runs[1], name="shorter")), looks, "as-is"):
                break
        used.append(len(values))
        held += not mean_interval(differences(before, after)).excludes(truth)
    assert min(used) == 10 < max(used)
    assert 15 < np.mean(used) < 60
    figure = f"95 % intervals of a difference by the stopping rule that hold it, {cases} cases a replication"
    assert -CHANCE - short <= share(table, figure, 0.95, held) - 0.95 <= CHANCE


def replications(seed: int, cases: int = 500, *, load: float = 0.5) -> Iterator[float]:
    """Give the mean wait of one replication after another."""
    number = 0
    while True:
        yield float(spans(seed, number, cases, load=load)[0].mean())
        number += 1


def test_false_verdicts_are_rare(table: list[Row]) -> None:
    """Three redesigns that change nothing but the luck, three measures each: at most 7.3 % of studies find anything.

    All four scenarios have the same arrivals; the task of each has its own lineage.
    """
    found = 0
    for seed in range(EXPERIMENTS):
        runs = [[figures(seed, number, f"served{name}") for number in range(10)] for name in range(4)]
        comparisons = [
            differences([run[measure] for run in runs[0]], [run[measure] for run in redesign])
            for redesign in runs[1:]
            for measure in range(3)
        ]
        found += any(judgement.proven for judgement in judge(comparisons))
    assert 0 < share(table, "studies of nothing that find something (at most)", 0.05, found) <= 0.05 + CHANCE


def figures(seed: int, number: int, task: str) -> tuple[float, float, float]:
    """Give the mean lead time, its 90 % quantile and the mean processing time of a replication of 500 cases."""
    wait, work = spans(seed, number, 500, task)
    return float((wait + work).mean()), float(np.quantile(wait + work, 0.9)), float(work.mean())
