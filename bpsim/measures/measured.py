"""The measures of one run: every name, its unit, its formula, and its value for all cases or a group of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import BACKLOG, CALLED, EventLog, written_value
from bpsim.measures import client, cost, fairness, handoffs, laws, quality, workload
from bpsim.measures.accounts import Accounts, accounts, branches
from bpsim.measures.family import Family
from bpsim.measures.steps import Times
from bpsim.measures.touch import Touch
from bpsim.measures.waiting import CAUSES, CLIENT, WORK, LawError, Ledger
from bpsim.statistics.intervals import kaplan_meier, survival_quantile

Values = NDArray[np.float64]

#: Quantiles that every distribution over cases is given with.
QUANTILES = {"p50": 0.5, "p80": 0.8, "p90": 0.9, "p95": 0.95}


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of one run: numerator / denominator. A mean has its count below; a ratio its base; a quantile 1.

    `group` is empty for all cases, or `channel=portal`, `outcome=granted`, `role=...`, `department=...`, `cause=...`.
    """

    name: str
    group: str
    unit: str
    numerator: float
    denominator: float

    @property
    def value(self) -> float:
        """Give the value; nan when there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else float("nan")


@dataclass(frozen=True, slots=True)
class Counts:
    """Cases of the cohort: started = finished + abandoned + open. Abandoned: the client did not wait for the end."""

    started: int
    finished: int
    abandoned: int
    open: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gives: its measures, its cases, and the cells of the ledger as exact sums of milliseconds.

    `cells[department][cause]` add up to the lead times of the finished cases of the cohort, `tasks[task][cause]` to
    their times from the arrival on. `lead_times`: how long 1, 2, ... 99 % of the cases take at most, open ones counted
    (ms, rounded; as far as it is known).
    """

    measures: tuple[Measure, ...]
    counts: Counts
    cells: dict[str, dict[str, int]]
    tasks: dict[str, dict[str, int]]
    lead_times: tuple[int, ...] = ()

    def value(self, name: str, group: str = "") -> float:
        """Give one value; KeyError when there is no such measure."""
        for measure in self.measures:
            if measure.name == name and measure.group == group:
                return measure.value
        raise KeyError(name)


class Run:
    """A log with everything that several measures need, worked out once."""

    def __init__(self, log: EventLog, warmup: int) -> None:
        """Choose the cohort: cases of the main process whose need arises in [warm-up, length).

        Cases of the backlog, and those that another case has called, do not count.
        """
        self.log = log
        self.ledger = Ledger(log)
        laws.check(self.ledger)
        self.start, self.end = warmup, log.settings.length
        need, ended, source = (log.cases[name] for name in ("need", "ended", "source"))
        self._counted = (need >= warmup) & (need < self.end) & (source != BACKLOG)
        self.cohort = self._counted & (source != CALLED) & (log.cases["process"] == 0)
        self.ended = self._counted & (ended >= 0)
        self.done = self.ended & ~client.abandoned(log)
        self.finished = self.cohort & self.done
        self.family = Family(log)
        self.counted = self.finished[self.family.root]
        self.lead_time = np.where(ended >= 0, ended, log.settings.stopped) - need
        self.accounts: Accounts = accounts(self.ledger, self.finished)
        self.touch = Touch.of(log, self.ledger.presence)
        self.work = self.touch.by_row(log)
        self.arcs = handoffs.arcs(log)

    def groups(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Give the groups of cases that measures are shown for: all, by channel, outcome, client group and process."""
        yield "", self.cohort
        settings = self.log.settings
        if len(settings.channels) > 1:
            for i, channel in enumerate(settings.channels):
                yield f"channel={channel.name}", self.cohort & (self.log.cases["channel"] == i)
        if len(settings.outcomes) > 1:
            for i, outcome in enumerate(settings.outcomes):
                yield f"outcome={outcome}", self.cohort & (self.log.cases["outcome"] == i)
        yield from self.clients()
        yield from self.processes()

    def clients(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Give the cases of each client group."""
        if self.log.settings.groups:
            values = self.log.attributes[self.log.settings.groups]
            for value in np.unique(values[self.cohort]).tolist():
                yield f"group={written_value(value)}", self.cohort & (values == value)

    def processes(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Give the cases of each process, where there are several; of those that are called, too."""
        if len(self.log.settings.processes) > 1:
            for i, name in enumerate(self.log.settings.processes):
                yield f"process={name}", self._counted & (self.log.cases["process"] == i)


def measure(log: EventLog, *, warmup: int = 0) -> Measured:
    """Measure a run over the cases that arrive in [warm-up, length). All times are milliseconds.

    LawError when a conservation law does not hold in the log.
    """
    run = Run(log, warmup)
    spent = run.touch.cost(log)
    found, number = [*_times(run), *_handoffs(run)], float(run.finished.sum())
    for name, unit, values in (*client.per_case(log), *quality.per_case(log), *cost.per_case(log, run.touch, spent)):
        found += _distribution(run, name, unit, run.family.total(values))
    found += [Measure(*entry) for entry in _shares(run)]
    found += [Measure(*entry) for entry in branches(log, run.counted)]
    found += [Measure(*entry) for entry in cost.by_department(log, run.touch, spent, run.counted, number)]
    found += [Measure(*entry) for entry in cost.wasted(log, run.touch, (run.cohort & run.ended)[run.family.root])]
    found += [Measure(*entry) for entry in workload.over_time(run.ledger, run.start, run.end)]
    found += [Measure(*entry) for entry in workload.vacancies(log, run.start, run.end)]
    found += [Measure(*entry) for entry in fairness.between_groups(found)]
    return Measured(
        tuple(found),
        _counts(run),
        _table(run.accounts.departments, run.accounts.cells),
        _table(tuple(node.name for node in log.settings.nodes), run.accounts.tasks),
        tuple(_curve(run)),
    )


def _counts(run: Run) -> Counts:
    """Count the cases of the cohort; LawError when one has vanished."""
    started, finished = int(run.cohort.sum()), int(run.finished.sum())
    left, still = int((run.cohort & run.ended).sum()) - finished, int((run.cohort & ~run.ended).sum())
    if started != finished + left + still:
        message = f"{started} cases were started, but {finished} finished, {left} abandoned and {still} are open"
        raise LawError(message)
    return Counts(started, finished, left, still)


def _shares(run: Run) -> Iterator[tuple[str, str, str, float, float]]:
    log = run.log
    touched = np.zeros(len(run.cohort), np.bool_)
    touched[log.items["case"][handoffs.human(log) & (log.items["person"] >= 0)]] = True
    touched = run.family.any(touched)
    yield from client.shares(log, run.cohort, touched)
    yield from client.demand(log, run.counted, run.start, run.end)
    yield from quality.shares(log, run.finished, run.family)
    yield from quality.clocks(log, run.cohort)
    for group, chosen in run.clients():
        yield from client.shares(log, chosen, touched, group)
        yield from quality.clocks(log, chosen, group)
    for number, (group, chosen) in enumerate(run.processes()):
        yield from client.shares(log, chosen, touched, group)
        yield from quality.clocks(log, chosen, "", number) if number else ()


def _table(rows: tuple[str, ...], cells: Times) -> dict[str, dict[str, int]]:
    return {
        row: {cause: int(value) for cause, value in zip(CAUSES, values, strict=True) if value}
        for row, values in zip(rows, cells.tolist(), strict=True)
        if any(values)
    }


def _distribution(run: Run, name: str, unit: str, values: Times | Values) -> Iterator[Measure]:
    """Mean and quantiles over the finished cases, for all and for each group."""
    for group, chosen in run.groups():
        mine = values[chosen & run.done]
        if len(mine):
            yield Measure(f"{name}.mean", group, unit, float(mine.sum()), float(len(mine)))
            if not group:
                for label, value in _quantiles(mine):
                    yield Measure(f"{name}.{label}", group, unit, value, 1.0)


def _quantiles(values: Times | Values) -> Iterator[tuple[str, float]]:
    """Give the quantiles of some values by their labels."""
    return zip(QUANTILES, np.quantile(values, list(QUANTILES.values())).tolist(), strict=True)


def _lead_times(run: Run) -> Iterator[Measure]:
    """Mean over the finished cases; quantiles that count open cases too.

    An open case lasts at least as long as it is old: the quantiles are those of Kaplan and Meier (1958), by group as
    well, and left out where so many cases are open that they do not exist.
    """
    for group, chosen in run.groups():
        staying = chosen & (run.done | ~run.ended)
        mine, ended = run.lead_time[staying], run.done[staying]
        if ended.any():
            yield Measure("lead_time.mean", group, "ms", float(mine[ended].sum()), float(ended.sum()))
        if not len(mine):
            continue
        for label, value in _quantiles(mine) if ended.all() else _survival(mine, ended):
            if value is not None:
                yield Measure(f"lead_time.{label}", group, "ms", value, 1.0)


def _survival(values: Times, ended: NDArray[np.bool_]) -> Iterator[tuple[str, float | None]]:
    """Give the quantiles where some values are still growing, as far as they exist."""
    survival = kaplan_meier(values.tolist(), ended.tolist())
    return ((label, survival_quantile(survival, p)) for label, p in QUANTILES.items())


def _curve(run: Run) -> Iterator[int]:
    """Give the lead time that each per cent of the cases keep to, up to the last one that is known."""
    staying = run.cohort & (run.done | ~run.ended)
    mine, ended = run.lead_time[staying], run.done[staying]
    shares = [percent / 100 for percent in range(1, 100)]
    if not len(mine):
        return
    if ended.all():
        yield from map(round, np.quantile(mine, shares).tolist())
        return
    survival = kaplan_meier(mine.tolist(), ended.tolist())
    for share in shares:
        value = survival_quantile(survival, share)
        if value is None:
            return
        yield round(value)


def _times(run: Run) -> Iterator[Measure]:
    parts = run.accounts.cases
    yield from _lead_times(run)
    work = parts[:, list(WORK)].sum(axis=1)
    yield from _distribution(run, "waiting_time", "ms", run.lead_time - work - parts[:, CLIENT])
    finished = run.finished
    for cause, total in zip(CAUSES, parts[finished].sum(axis=0).tolist(), strict=True) if finished.any() else ():
        yield Measure("lead_time.mean", f"cause={cause}", "ms", float(total), float(finished.sum()))
        if cause not in {CAUSES[i] for i in (*WORK, CLIENT)}:
            yield Measure("waiting_time.mean", f"cause={cause}", "ms", float(total), float(finished.sum()))
    spent = np.bincount(run.log.items["case"], run.work, len(finished)).astype(np.float64)
    yield from _distribution(run, "processing_time", "ms", run.family.total(spent))
    yield Measure("flow_efficiency", "", "share", float(work[finished].sum()), float(run.lead_time[finished].sum()))


def _handoffs(run: Run) -> Iterator[Measure]:
    log = run.log
    for level in handoffs.LEVELS:
        counts = run.family.total(handoffs.per_case(log, run.arcs, level))
        yield from _distribution(run, f"handoffs.{level}", "", counts)
        if level == "department":
            yield from _distribution(run, "handoffs", "", counts)
        mine = counts[run.finished]
        yield Measure(f"handoffs.{level}.none", "", "share", float((mine == 0).sum()), float(len(mine)))
    yield from _distribution(run, "handoffs.sequence", "", run.family.joint(handoffs.in_sequence))
    for name, level in (("people", "person"), ("departments", "department"), ("bodies", "body")):
        yield from _distribution(run, name, "", run.family.joint(partial(handoffs.distinct, level=level)))
    back = run.family.joint(partial(handoffs.ping_pong, found=run.arcs))[run.finished]
    yield Measure("ping_pong", "", "share", float(back.sum()), float(len(back)))
    yield from (Measure(*entry) for entry in handoffs.delays(log, run.arcs, run.counted))
    number = float(run.finished.sum())
    yield from (Measure(*entry) for entry in handoffs.matrix(log, run.arcs, run.counted, number))
