"""Whom an item is kept for while it waits, and who must not do it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from bpsim.eventlog import COMPLETED, NONE, VACANT, EventLog, NodeInfo, written_value
from bpsim.measures.steps import Times

Group = frozenset[int]
NOBODY: Group = frozenset()


@dataclass(frozen=True, slots=True)
class Pieces:
    """Waits of items, cut where it changes for whom an item is kept and who is barred from it.

    `place` says which of the items asked for; `kept` and `barred` are places in `groups` (0: nobody).
    """

    place: Times
    start: Times
    end: Times
    kept: Times
    barred: Times
    groups: list[Group]


class Wanted:
    """Knows whom a case wants: who did a task before, owns the case, belongs to its team, or is named by it."""

    def __init__(self, log: EventLog) -> None:
        """Look at who worked on what."""
        self._log = log
        self._eligible = [frozenset(self._people(node.eligible)) for node in log.settings.nodes]
        self._latest_of: dict[int, _Latest] = {}
        self._done_of: dict[tuple[int, ...], dict[int, list[int]]] = {}

    def _people(self, roles: tuple[int, ...]) -> list[int]:
        infos = [self._log.settings.roles[role] for role in roles]
        return [info.first_person + i for info in infos for i in range(info.staff)]

    def asks(self, node: NodeInfo) -> bool:
        """Tell whether items of a task may be kept for somebody, or somebody barred from them."""
        own = node.case_owner or node.case_team or bool(node.person_by)
        return own or node.same_person_as != NONE or bool(node.never_same_person_as)

    def seats(self, node: NodeInfo) -> tuple[tuple[Group, int], ...]:
        """Give who can fill each kind of seat of a task, and the number of such seats: one for nearly all tasks."""
        if not node.together:
            return ((frozenset(self._people(node.eligible)), 1),)
        roles = self._log.settings.roles
        able = {
            seat: tuple(i for i, role in enumerate(roles) if i == seat or seat in role.also) for seat in node.performers
        }
        return tuple((frozenset(self._people(able[seat])), node.performers.count(seat)) for seat in sorted(able))

    def pieces(self, rank: int, numbers: Times, start: Times, end: Times) -> Pieces:
        """Cut the waits [start, end) of items of a task; they were released at `start`."""
        node = self._log.settings.nodes[rank]
        others = node.never_same_person_as or node.case_owner or node.case_team or node.person_by
        if not others and not self._left:
            return self._same_person(node, numbers, start, end)
        return self._one_by_one(rank, numbers, start, end)

    def _same_person(self, node: NodeInfo, numbers: Times, start: Times, end: Times) -> Pieces:
        """The one who did a task before, for all items at once."""
        if node.same_person_as not in self._latest_of:
            self._latest_of[node.same_person_as] = _Latest(self._log, node.same_person_as)
        cases = self._log.items["case"][numbers].astype(np.int64)
        kept = self._latest_of[node.same_person_as].before(cases, start, numbers)
        people = sorted(frozenset().union(*(self._eligible)))
        able = np.isin(kept, sorted(self._eligible[self._log.settings.nodes.index(node)]))
        until = np.where(able, np.clip(start + self._patience(node, cases), start, end), start)
        which = np.searchsorted(np.array(people, np.int64), kept) + 1
        place = np.arange(len(numbers))
        return Pieces(
            place=np.concatenate([place, place]),
            start=np.concatenate([start, until]),
            end=np.concatenate([until, end]),
            kept=np.concatenate([np.where(able, which, 0), np.zeros(len(place), np.int64)]),
            barred=np.zeros(2 * len(place), np.int64),
            groups=[NOBODY, *(frozenset({person}) for person in people)],
        )

    def _patience(self, node: NodeInfo, cases: Times) -> Times:
        """How long the items of some cases are kept for a person: a choice by an attribute that nothing changes."""
        options = dict(node.keeps_for)
        if not node.keeps_by:
            return np.full(len(cases), options[""], np.int64)
        values, which = np.unique(self._log.attributes[node.keeps_by][cases], return_inverse=True)
        patience = [options.get(written_value(value), options.get("else", 0)) for value in values.tolist()]
        return np.array(patience, np.int64)[which]

    # -- one item after another ------------------------------------------------------------------------------------

    def _one_by_one(self, rank: int, numbers: Times, start: Times, end: Times) -> Pieces:
        node = self._log.settings.nodes[rank]
        cases = self._log.items["case"][numbers].astype(np.int64)
        patience = self._patience(node, cases).tolist() if node.keeps_for else [0] * len(cases)
        known: dict[Group, int] = {NOBODY: 0}
        found = []
        waits = zip(numbers.tolist(), cases.tolist(), start.tolist(), end.tolist(), patience, strict=True)
        for place, (number, case, released, begun, keeps) in enumerate(waits):
            barred = self._barred(node, case, number, released)
            kept = {
                person: min(leaves, released + keeps)
                for person, leaves in self._kept(node, case, number, released)
                if person in self._eligible[rank] and person not in barred
            }
            cuts = sorted({released, begun, *(t for t in (*barred.values(), *kept.values()) if released < t < begun)})
            for begin, stop in pairwise(cuts):
                sets = (frozenset(p for p, until in each.items() if until > begin) for each in (kept, barred))
                found.append((place, begin, stop, *(known.setdefault(group, len(known)) for group in sets)))
        table = np.array(found, np.int64).reshape(-1, 5)
        return Pieces(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4], list(known))

    def _barred(self, node: NodeInfo, case: int, number: int, released: int) -> dict[int, int]:
        """Everybody who must not do an item, until they leave."""
        found: dict[int, int] = {}
        for rank in node.never_same_person_as:
            rows = self._before((rank,), case, number, released)
            if rows:
                done = int(self._log.items["completed"][rows[-1]])
                found |= {person: self._leaves(person, done) for person in self._seats(rows[-1])}
        return {person: leaves for person, leaves in found.items() if leaves > released}

    def _kept(self, node: NodeInfo, case: int, number: int, released: int) -> Iterator[tuple[int, int]]:
        """Everybody for whom an item is kept by its release, and when they leave."""
        found: dict[int, int] = {}
        completed = self._log.items["completed"]
        if node.same_person_as != NONE:
            for row in self._before((node.same_person_as,), case, number, released)[-1:]:
                person = int(self._log.items["person"][row])
                found[person] = self._leaves(person, int(completed[row]))
        elif node.case_owner:
            for row in self._before(self._owning, case, number, released):
                if all(leaves <= int(completed[row]) for leaves in found.values()):
                    person = int(self._log.items["person"][row])
                    found = {person: self._leaves(person, int(completed[row]))}
        elif node.case_team:
            for row in self._before(self._teaming, case, number, released):
                found |= {person: self._leaves(person, int(completed[row])) for person in self._seats(row)}
        elif node.person_by:
            found = dict(self._named(node, case))
        yield from ((person, leaves) for person, leaves in found.items() if leaves > released)

    def _named(self, node: NodeInfo, case: int) -> Iterator[tuple[int, int]]:
        """Name the person that an attribute of the case means: by number in the first role, or by name."""
        word = written_value(self._log.attributes[node.person_by][case].item())
        options = dict(node.person_of)
        word = options.get(word, options.get("else", word)) if options else word
        role = self._log.settings.roles[node.performers[0]]
        if word.isdigit():
            yield role.first_person + int(word) - 1, self._never
        for each in self._log.settings.roles:
            for i, info in enumerate(each.people):
                if info.name == word:
                    yield each.first_person + i, self._never

    @cached_property
    def _never(self) -> int:
        return self._log.settings.stopped + 1

    def _leaves(self, person: int, since: int) -> int:
        """Say when a person leaves who was there at an instant."""
        times = self._left.get(person, [])
        place = bisect_left(times, since)
        return times[place] if place < len(times) else self._never

    @cached_property
    def _left(self) -> dict[int, list[int]]:
        """When each post fell vacant."""
        duties = self._log.duties
        chosen = (duties["kind"] == VACANT) & (duties["start"] > 0)
        found: defaultdict[int, list[int]] = defaultdict(list)
        for person, start in zip(duties["person"][chosen].tolist(), duties["start"][chosen].tolist(), strict=True):
            found[person].append(start)
        return dict(found)

    @cached_property
    def _owning(self) -> tuple[int, ...]:
        return tuple(rank for rank, node in enumerate(self._log.settings.nodes) if node.case_owner)

    @cached_property
    def _teaming(self) -> tuple[int, ...]:
        return tuple(rank for rank, node in enumerate(self._log.settings.nodes) if node.case_team)

    def _before(self, ranks: tuple[int, ...], case: int, number: int, released: int) -> list[int]:
        """Give the rows of some tasks that a case had completed when an item was released."""
        if ranks not in self._done_of:
            done = (self._log.items["status"] == COMPLETED) & np.isin(self._log.items["node"], ranks)
            found: defaultdict[int, list[int]] = defaultdict(list)
            for row in np.flatnonzero(done).tolist():
                found[int(self._log.items["case"][row])].append(row)
            self._done_of[ranks] = dict(found)
        completed = self._log.items["completed"]
        rows = self._done_of[ranks].get(case, [])
        return [row for row in rows if row < number and completed[row] <= released]

    def _seats(self, row: int) -> list[int]:
        """Everybody who did a row."""
        low, high = np.searchsorted(self._log.stints["row"], [row, row + 1])
        people = set(self._log.stints["person"][low:high].tolist())
        return sorted(people or {int(self._log.items["person"][row])})


class _Latest:
    """Who completed the latest visit of a task, case by case."""

    def __init__(self, log: EventLog, rank: int) -> None:
        rows = np.flatnonzero((log.items["node"] == rank) & (log.items["status"] == COMPLETED))
        case = log.items["case"][rows].astype(np.int64)
        order = np.argsort(case, kind="stable")
        self._rows, self._case = rows[order].astype(np.int64), case[order]
        self._completed = log.items["completed"][self._rows].astype(np.int64)
        self._person = log.items["person"][self._rows].astype(np.int64)
        self._span = log.settings.stopped + 1
        self._total = len(log.items["node"]) + 1

    def before(self, case: Times, released: Times, row: Times) -> Times:
        """Who did it last, by the time that an item of a row was released; -1 for nobody."""
        by_time = np.searchsorted(self._case * self._span + self._completed, case * self._span + released, side="right")
        by_row = np.searchsorted(self._case * self._total + self._rows, case * self._total + row)
        place = np.minimum(by_time, by_row) - 1
        found = np.full(len(case), NONE, np.int64)
        there = np.flatnonzero(place >= 0)
        there = there[self._case[place[there]] == case[there]]
        found[there] = self._person[place[there]]
        return found
