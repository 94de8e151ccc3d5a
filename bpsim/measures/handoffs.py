"""Who hands to whom: handoffs on causal arcs, at the levels person, role, department and body."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import FIRST_JOIN, NONE, EventLog
from bpsim.measures.steps import ordered

LEVELS = ("person", "role", "department", "body")
#: Departments that one whole number holds as a set.
BITS = 62

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Arcs:
    """Causal arcs between items done by people, from row `before` to row `after`; `client`: the client between."""

    before: Rows
    after: Rows
    client: NDArray[np.bool_]


def human(log: EventLog, *, detached: bool = False) -> NDArray[np.bool_]:
    """Mark the rows of people that somebody has started, or may still start; `detached`: those of no token, too."""
    wanted = [node.kind == "people" and (detached or not node.detached) for node in log.settings.nodes]
    marks: NDArray[np.bool_] = np.array(wanted)[log.items["node"]]
    marks &= (log.items["person"] >= 0) | (log.items["completed"] == NONE)
    return marks


def arcs(log: EventLog) -> Arcs:
    """Find the nearest predecessors done by people, through everything that is done by nobody of the organisation.

    At a join every incoming arc counts.
    """
    kinds = np.array([node.kind for node in log.settings.nodes])
    people = human(log)
    client = (kinds == "client")[log.items["node"]]
    after = np.flatnonzero(people & (log.items["created"] != NONE)).astype(np.int64)
    current = log.items["pred"][after].astype(np.int64)
    through = np.zeros(len(after), np.bool_)
    found: list[tuple[Rows, Rows, NDArray[np.bool_]]] = []
    while len(current):
        current, after, through = _open_joins(log, current, after, through)
        alive = current >= 0
        current, after, through = current[alive], after[alive], through[alive]
        hit = people[current]
        found.append((current[hit], after[hit], through[hit]))
        rest = ~hit
        through = through[rest] | client[current[rest]]
        after = after[rest]
        current = log.items["pred"][current[rest]].astype(np.int64)
    if not found:
        return Arcs(current, after, through)
    before, then = (np.concatenate([part[i] for part in found]) for i in (0, 1))
    between = np.concatenate([part[2] for part in found])
    order = np.lexsort((before, then))
    before, then, between = before[order], then[order], between[order]
    keep = np.ones(len(then), np.bool_)
    keep[1:] = (then[1:] != then[:-1]) | (before[1:] != before[:-1])
    return Arcs(before[keep], then[keep], between[keep])


def _open_joins(
    log: EventLog, current: Rows, after: Rows, through: NDArray[np.bool_]
) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """Replace each firing of a join by all its incoming rows."""
    while (joins := current <= FIRST_JOIN).any():
        firing = FIRST_JOIN - current[joins]
        low, high = log.join_starts[firing], log.join_starts[firing + 1]
        counts = high - low
        offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        current = np.concatenate([current[~joins], log.join_preds[np.repeat(low, counts) + offsets]])
        after = np.concatenate([after[~joins], np.repeat(after[joins], counts)])
        through = np.concatenate([through[~joins], np.repeat(through[joins], counts)])
    return current, after, through


def unit_of(log: EventLog, level: str, person: Rows | None = None) -> Rows:
    """Give the person, role, department or body (a number) of each row, or of some people; -1 for nobody.

    Where several people worked on a row it is that of the first seat, or of the last to work on it.
    """
    person = log.items["person"].astype(np.int64) if person is None else person
    if level == "person":
        return person
    settings = log.settings
    roles = settings.person_roles()
    done = person >= 0
    unit = np.full(len(person), NONE, np.int64)
    bodies = {body: i for i, body in enumerate(sorted({department.body for department in settings.departments}))}
    mapping = {
        "role": list(range(len(settings.roles))),
        "department": [role.department for role in settings.roles],
        "body": [bodies[settings.departments[role.department].body] for role in settings.roles],
    }[level]
    if len(roles):
        unit[done] = np.array(mapping, np.int64)[roles[person[done]]]
    return unit


def handoffs(log: EventLog, found: Arcs, level: str) -> NDArray[np.bool_]:
    """Mark the arcs whose two ends have nobody (no role, no department, no body) in common; both have been started."""
    return _apart(log, found.before, found.after, level)


def _apart(log: EventLog, before: Rows, after: Rows, level: str) -> NDArray[np.bool_]:
    """Mark pairs of rows that have nobody in common at a level."""
    unit = unit_of(log, level)
    first, second = unit[before], unit[after]
    changed: NDArray[np.bool_] = (first != second) & (first != NONE) & (second != NONE)
    rows, people = log.stints["row"], log.stints["person"]
    if not len(rows):
        return changed
    several: dict[int, set[int]] = {}
    for row, one in zip(rows.tolist(), unit_of(log, level, people).tolist(), strict=True):
        several.setdefault(row, set()).add(one)
    for place in np.flatnonzero(changed & (np.isin(before, rows) | np.isin(after, rows))).tolist():
        sets = (several.get(int(row), {int(unit[row])}) for row in (before[place], after[place]))
        changed[place] = not set.intersection(*sets)
    return changed


def per_case(log: EventLog, found: Arcs, level: str) -> Rows:
    """Count the handoffs of each case at a level."""
    marks = handoffs(log, found, level)
    cases = log.items["case"][found.after[marks]].astype(np.int64)
    return np.bincount(cases, minlength=len(log.cases["need"]))


def in_sequence(log: EventLog) -> Rows:
    """Count the changes of person between consecutive items in the order of completion, as logs are often counted."""
    case = log.items["case"].astype(np.int64)
    rows = np.flatnonzero((log.items["completed"] != NONE) & human(log))
    order = rows[np.argsort(case[rows], kind="stable")]
    changed = (case[order[1:]] == case[order[:-1]]) & _apart(log, order[:-1], order[1:], "person")
    return np.bincount(case[order[1:]][changed], minlength=len(log.cases["need"]))


def distinct(log: EventLog, level: str) -> Rows:
    """Count the different people, departments or bodies of each case; a machine is none of them."""
    people = human(log, detached=True)
    done = np.flatnonzero(people & (log.items["person"] >= 0))
    shared = log.stints["row"][people[log.stints["row"]]]
    rows = np.concatenate([done, shared])
    unit = np.concatenate(
        [unit_of(log, level)[done], unit_of(log, level, log.stints["person"][people[log.stints["row"]]])]
    )
    base = int(unit.max(initial=0)) + 1
    pairs = ordered(log.items["case"][rows].astype(np.int64) * base + unit)
    return np.bincount(pairs // base, minlength=len(log.cases["need"]))


def ping_pong(log: EventLog, found: Arcs) -> NDArray[np.bool_]:
    """Mark the cases that came back to a department they had left: A -> B -> A on causal arcs, equal neighbours as one.

    Each item remembers, as a set of bits, the departments from which its present stay in a department was reached.
    """
    unit = unit_of(log, "department")
    known = (unit[found.before] != NONE) & (unit[found.after] != NONE)
    before, after = found.before[known], found.after[known]
    moved = unit[before] != unit[after]
    marks = np.zeros(len(log.cases["need"]), np.bool_)
    for first in range(0, len(log.settings.departments), BITS):
        reached = np.zeros(len(unit), np.int64)
        place = unit[before] - first
        coming = moved & (place >= 0) & (place < BITS)
        np.bitwise_or.at(reached, after[coming], np.int64(1) << place[coming])
        stays, nexts = before[~moved], after[~moved]
        stay, then = stays, nexts
        while len(stay):
            old = reached[then]
            np.bitwise_or.at(reached, then, reached[stay])
            further = np.isin(stays, then[reached[then] != old])
            stay, then = stays[further], nexts[further]
        back = unit[after] - first
        returns = moved & (back >= 0) & (back < BITS)
        returns[returns] = (reached[before[returns]] >> back[returns]) & 1 == 1
        marks[log.items["case"][after[returns]]] = True
    return marks


def delays(log: EventLog, found: Arcs, finished: NDArray[np.bool_]) -> Iterator[tuple[str, str, str, float, float]]:
    """Give the mean time (ms) from the completion before to the start, on arcs with and without a change of person."""
    marks = handoffs(log, found, "person")
    started = log.items["started"][found.after].astype(np.int64)
    completed = log.items["completed"][found.before].astype(np.int64)
    counted = finished[log.items["case"][found.after]] & (started != NONE)
    for word, chosen in (("yes", counted & marks), ("no", counted & ~marks)):
        delay = (started - completed)[chosen]
        yield "handoff_delay.mean", f"handoff={word}", "ms", float(delay.sum()), float(len(delay))


def matrix(
    log: EventLog, found: Arcs, finished: NDArray[np.bool_], cases: float
) -> list[tuple[str, str, str, float, float]]:
    """Give handoffs per case and the mean wait (creation to start, ms) at the boundary of each two departments."""
    unit = unit_of(log, "department")
    marks = handoffs(log, found, "department") & finished[log.items["case"][found.after]]
    before, after = unit[found.before[marks]], unit[found.after[marks]]
    started = log.items["started"][found.after[marks]].astype(np.int64)
    wait = started - log.items["created"][found.after[marks]]
    names = [department.name for department in log.settings.departments]
    counts = np.zeros((len(names), len(names)), np.int64)
    waits = counts.copy()
    np.add.at(counts, (before, after), 1)
    np.add.at(waits, (before, after), wait)
    entries = []
    for origin, target in np.argwhere(counts).tolist():
        group, number = f"boundary={names[origin]} -> {names[target]}", float(counts[origin, target])
        entries.append(("handoffs.mean", group, "", number, cases))
        entries.append(("waiting_time.mean", group, "ms", float(waits[origin, target]), number))
    return entries
