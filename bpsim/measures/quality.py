"""How well it is done: rework, first time right, and the legal clocks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import COMPLETED, NONE, ClockInfo, EventLog, written_value
from bpsim.measures.family import Family
from bpsim.measures.handoffs import human
from bpsim.measures.staff import openings
from bpsim.measures.steps import Times
from bpsim.values.durations import parse_duration

Entry = tuple[str, str, str, float, float]


def per_case(log: EventLog) -> Iterator[tuple[str, str, Times]]:
    """Give the touches (items that people worked on) and the errors of each case."""
    done = human(log, detached=True) & (log.items["completed"] != NONE)
    cases = len(log.cases["need"])
    yield "touches", "", np.bincount(log.items["case"][done], minlength=cases)
    if any(node.introduces_error for node in log.settings.nodes):
        yield "errors", "", np.bincount(log.errors["case"], minlength=cases)


def shares(log: EventLog, finished: NDArray[np.bool_], family: Family) -> Iterator[Entry]:
    """Give first_time_right (cases without a repeated task or an error), rework_rate, and undetected errors."""
    done = human(log) & (log.items["completed"] != NONE) & finished[family.root[log.items["case"]]]
    again = done & (log.items["visit"] > 0)
    wrong = np.zeros(len(finished), np.bool_)
    wrong[log.items["case"][again]] = True
    wrong[log.errors["case"]] = True
    wrong = family.any(wrong)
    yield "first_time_right", "", "share", float((finished & ~wrong).sum()), float(finished.sum())
    yield "rework_rate", "", "share", float(again.sum()), float(done.sum())
    if any(node.introduces_error for node in log.settings.nodes):
        hidden = np.zeros(len(finished), np.bool_)
        hidden[log.errors["case"][(log.errors["detected"] == NONE) & (log.errors["corrected"] == NONE)]] = True
        hidden = family.any(hidden)
        yield "undetected_errors", "", "share", float((finished & hidden).sum()), float(finished.sum())


def clocks(log: EventLog, cohort: NDArray[np.bool_], group: str = "", process: int = 0) -> Iterator[Entry]:
    """Give on_time (met of those met or passed; an open case past its limit is passed) and lateness of every clock."""
    for clock in log.settings.clocks:
        if clock.process != process:
            continue
        used, ended, started = elapsed(log, clock)
        limit = limits(log, clock)
        counted = cohort & started
        met = counted & ended & (used <= limit)
        passed = counted & (used > limit)
        late = np.maximum(used - limit, 0)[counted & (ended | passed)]
        yield f"on_time.{clock.name}", group, "share", float(met.sum()), float(met.sum() + passed.sum())
        yield f"lateness.{clock.name}.mean", group, "ms", float(late.sum()), float(len(late))
        mine = used[counted & ended]
        yield f"lead_time.{clock.name}.mean", group, "ms", float(mine.sum()), float(len(mine))


def limits(log: EventLog, clock: ClockInfo) -> Times:
    """Give the limit of each case in the time of the clock's calendar."""
    lengths = {value: parse_duration(text) for value, text in clock.limits}
    if not clock.by:
        return np.full(len(log.cases["need"]), lengths[""], np.int64)
    values = [written_value(value) for value in log.attributes[clock.by].tolist()]
    return np.array([lengths.get(word, lengths.get("else", 0)) for word in values], np.int64)


def elapsed(log: EventLog, clock: ClockInfo) -> tuple[Times, NDArray[np.bool_], NDArray[np.bool_]]:
    """Give for each case the time on a clock, whether it has ended, and whether it has started."""
    cases, stopped = log.cases, log.settings.stopped
    start = {"arrival": cases["arrived"], "need": cases["need"]}.get(clock.start)
    start = _first_completion(log, [clock.start]) if start is None else start.astype(np.int64)
    ends = [cases["ended"].astype(np.int64)] if "end" in clock.to else []
    named = [name for name in clock.to if name != "end"]
    ends += [_first_completion(log, named)] if named else []
    end = np.min([np.where(times == NONE, np.iinfo(np.int64).max, times) for times in ends], axis=0)
    # a case that ends without passing the named nodes stops its clock at its end
    end = np.minimum(end, np.where(cases["ended"] == NONE, np.iinfo(np.int64).max, cases["ended"]))
    ended = end != np.iinfo(np.int64).max
    started = (start != NONE) & (start <= stopped)
    end = np.where(ended, end, stopped)
    begin = np.where(started, np.minimum(start, end), end)
    opening = openings(log, clock.calendar)
    return opening.between(begin, end) - _stops(log, clock, begin, end), ended, started


def _first_completion(log: EventLog, names: list[str]) -> Times:
    """Give the first completion of any of some nodes in each case; -1 when there is none."""
    ranks = [rank for rank, node in enumerate(log.settings.nodes) if node.name in names]
    rows = np.flatnonzero(np.isin(log.items["node"], ranks) & (log.items["status"] == COMPLETED))
    first = np.full(len(log.cases["need"]), np.iinfo(np.int64).max, np.int64)
    np.minimum.at(first, log.items["case"][rows], log.items["completed"][rows].astype(np.int64))
    return np.where(first == np.iinfo(np.int64).max, NONE, first)


def _stops(log: EventLog, clock: ClockInfo, begin: Times, end: Times) -> Times:
    """Add up, for each case, the union of the intervals in which one of the listed tasks is open."""
    ranks = [
        rank
        for rank, node in enumerate(log.settings.nodes)
        if node.name in clock.stops_while or node.kind in clock.stops_while
    ]
    stood = np.zeros(len(begin), np.int64)
    if not ranks:
        return stood
    rows = np.flatnonzero(np.isin(log.items["node"], ranks))
    case = log.items["case"][rows].astype(np.int64)
    completed = log.items["completed"][rows].astype(np.int64)
    low = np.maximum(log.items["created"][rows].astype(np.int64), begin[case])
    high = np.minimum(np.where(completed == NONE, log.settings.stopped, completed), end[case])
    order = np.lexsort((low, case))
    opening = openings(log, clock.calendar)
    reached: dict[int, int] = {}
    for i in order.tolist():
        owner, a, b = int(case[i]), int(low[i]), int(high[i])
        a = max(a, reached.get(owner, a))
        if b > a:
            stood[owner] += int(opening.between(np.array([a]), np.array([b]))[0])
            reached[owner] = b
    return stood
