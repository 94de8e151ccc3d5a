"""Every measure of docs/reference-measures.md once more: from the rows of a log, with loops and dictionaries.

It is slow and plain, and uses nothing of bpsim.measures. Causes are those of the oracle's ledger, instant by instant.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from bpsim.engine.queues import cancels
from bpsim.eventlog import written_value
from bpsim.model.client import MoneyBy
from bpsim.model.demand import LimitBy
from bpsim.model.flow import Call, End, Task
from bpsim.model.process import Process, joined
from bpsim.values.durations import WorkingDays
from tests.oracle.hours import DAY, HOUR, Hours
from tests.oracle.ledger import Ledger, Row, beside
from tests.oracle.luck import chosen
from tests.oracle.reference import CANCELLED, COMPLETED, RENEGED, TIMED_OUT, Reference

SHARES = {"p50": Fraction(50, 100), "p80": Fraction(80, 100), "p90": Fraction(90, 100), "p95": Fraction(95, 100)}
CAUSES = ("transfer", "client", "external", "batching", "unavailability", "other_duty", "affinity", "prioritisation",
          "contention", "setup", "processing")  # fmt: skip
APART = ("lead_time", "waiting_time", "contacts", "documents", "client_time", "client_cost", "burden")
LEVELS = ("person", "role", "department", "body")
Number = int | float | Fraction
Sums = defaultdict[int, Number]


def ends_what_it_waits_for(process: Process) -> bool:
    """Tell whether a case may end early with cases that it has called and waits for."""
    nodes = process.flow.values()
    if not any(isinstance(node, Call) and node.wait for node in nodes):
        return False
    tasks = (node for node in nodes if isinstance(node, Task))
    return (
        any(isinstance(node, End) and node.terminate for node in nodes)
        or any(clock.on_pass for clock in process.cases.clocks.values())
        or process.cases.client.withdraws_after is not None
        or any(task.reneges_after and not task.reneges_after.next for task in tasks)
    )


class Tally:
    """What a run comes to: `found` maps (measure, group) to its numerator and denominator."""

    def __init__(self, process: Process, history: Reference, start: date, window: tuple[int, int]) -> None:
        """Count everything over the cases whose need arises in the window."""
        self.process, self.begin, self.end, self.stopped = process, *window, history.stopped
        self.found: dict[tuple[str, str], tuple[Number, Number]] = {}
        self.history, self.ledger = history, Ledger(process, start, history)
        self.rows, self.people = self.ledger.rows, self.ledger.people
        self.hours = {name: Hours(calendar, start) for name, calendar in process.calendars.items()}
        self.needs, self.ends = [case[0] for case in history.cases], [case[3] for case in history.cases]
        self.counted = [
            case
            for case, need in enumerate(self.needs)
            if self.begin <= need < self.end and history.cases[case][9] != 1
        ]
        self.cohort = [case for case in self.counted if history.cases[case][9] != 2 and history.cases[case][7] == 0]
        self.left = {case for case in self.counted if history.cases[case][4] in {"withdrawn", "abandoned"}}
        self.over = [case for case in self.counted if self.ends[case] >= 0 and case not in self.left]
        self.finished = [case for case in self.cohort if case in set(self.over)]
        self.own: dict[int, list[int]] = defaultdict(list)
        self.of_case: dict[int, list[int]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            self.own[row.case].append(number)
            for case in {row.case, self.root(row.case)}:
                self.of_case[case].append(number)
        self.touched = [self.touches(number) for number in range(len(self.rows))]
        self.work = [sum(time for time, _ in mine.values()) for mine in self.touched]
        self.cells: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.tasks: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.times()
        self.arcs_and_units()
        self.client_and_quality()
        self.clocks()
        self.branches()
        self.staff()
        self.queues()

    # What is used again and again

    def root(self, case: int) -> int:
        """Give the case for which a case is done: itself, or the caller of a called one."""
        _, parent, source, *_ = self.history.cases[case][7:]
        return self.root(parent) if source == 2 else case

    def human(self, row: Row) -> bool:
        """Tell whether people worked on it: a role that is no machine."""
        node = self.ledger.flow.get(row.node)
        people = isinstance(node, Task) and node.by_people() and self.process.role(node.performer[0]).kind == "people"
        return people and row.person >= 0

    def until(self, time: int) -> int:
        """What is not over is over at the stop."""
        return time if time >= 0 else self.stopped

    def calendar_of(self, person: int) -> Hours:
        """Give the working hours of a person."""
        return self.ledger.calendar_of(person)

    def touches(self, number: int) -> dict[int, tuple[Number, Number]]:
        """Give the time of each person on a row, and what of it is beyond their hours; a batch is shared."""
        row, run = self.rows[number], self.ledger.runs.get(number)
        alone = (
            [(row.started, self.until(row.completed), row.person, 0)] if row.person >= 0 and row.started >= 0 else []
        )
        found: dict[int, tuple[Number, Number]] = {}
        for start, end, person, _ in self.ledger.stints.get(number, alone):
            inside = self.calendar_of(person).open_time(start, end)
            late = end - start - inside if self.process.role(self.people[person]).at_shift_end == "finish" else 0
            there = [member for member in run[6] if self.rows[member].started >= 0] if run else []
            share = Fraction(1, len(there) if self.ledger.mode(number) == "together" else 1)
            time, beyond = found.get(person, (0, 0))
            found[person] = (time + (inside + late) * share, beyond + late * share)
        return found

    def costs(self, number: int) -> dict[str, Number]:
        """Give what a row costs each department: everybody's time at their rate, beyond their hours at another."""
        found: defaultdict[str, Number] = defaultdict(int)
        for person, (time, beyond) in self.touched[number].items():
            usual = Fraction(self.ledger.employed[person].cost) * Fraction(time - beyond)
            late = Fraction(self.process.role(self.people[person]).overtime_cost) * Fraction(beyond)
            found[self.people[person].partition(".")[0]] += (usual + late) / HOUR
        return found

    def processes(self) -> Iterator[tuple[str, list[int]]]:
        """Give the cases of each process, where there are several."""
        names = [self.process.process, *sorted(self.process.others)]
        for number, name in enumerate(names) if len(names) > 1 else ():
            yield f"process={name}", [case for case in self.counted if self.history.cases[case][7] == number]

    def groups(self) -> Iterator[tuple[str, list[int]]]:
        """Give all cases of the cohort, then those of each channel, of each outcome and of each process."""
        yield "", self.cohort
        yield from self.processes()
        yield from self.clients()
        channels = sorted({name for one in self.process.every().values() for name in one.channels})
        outcomes = self.outcomes()
        for word, names, place in (("channel", channels, 5), ("outcome", outcomes, 4)):
            for name in names if len(names) > 1 else ():
                yield f"{word}={name}", [case for case in self.cohort if self.history.cases[case][place] == name]

    def outcomes(self) -> list[str]:
        """Name the ways in which a case may end."""
        found = {node.outcome for node in self.ledger.flow.values() if isinstance(node, End)}
        waits = any(isinstance(node, Call) and node.wait for node in self.ledger.flow.values())
        found |= {"cancelled"} if waits and any(map(cancels, self.process.every().values())) else set()
        withdrawn = any(one.cases.client.withdraws_after for one in self.process.every().values())
        abandoned = any(task.reneges_after and not task.reneges_after.next for task in self.ledger.tasks.values())
        found |= {"cancelled"} if any(map(ends_what_it_waits_for, self.process.every().values())) else set()
        return sorted(found | ({"withdrawn"} if withdrawn else set()) | ({"abandoned"} if abandoned else set()))

    def add(self, name: str, group: str, above: Number, below: Number) -> None:
        """Note one measure; each is found once."""
        assert (name, group) not in self.found
        self.found[name, group] = (above, below)

    def spread(self, name: str, of: dict[int, Number]) -> None:
        """Note mean and quantiles over the finished cases, and means by group."""
        for group, cases in self.groups():
            mine = [of.get(case, 0) for case in cases if case in set(self.over)]
            if mine:
                self.add(f"{name}.mean", group, sum(mine), len(mine))
            for label, share in SHARES.items() if mine and not group else ():
                self.add(f"{name}.{label}", "", seventh(mine, share), 1)

    # Time

    def times(self) -> None:
        """Lead, waiting and processing times, with their causes."""
        for group, cases in self.groups():
            still = [case for case in cases if case not in self.left]
            ages = [(self.until(self.ends[case]) - self.needs[case], self.ends[case] >= 0) for case in still]
            ended = [age for age, over in ages if over]
            if ended:
                self.add("lead_time.mean", group, sum(ended), len(ended))
            for label, share in SHARES.items():
                value = seventh(ended, share) if len(ended) == len(ages) > 0 else survival(ages, share)
                if value is not None:
                    self.add(f"lead_time.{label}", group, value, 1)
        accounts = {case: self.account(case) for case in self.over}
        lead = {case: self.ends[case] - self.needs[case] for case in self.over}
        assert {case: sum(account.values()) for case, account in accounts.items()} == lead
        work = {case: account["setup"] + account["processing"] for case, account in accounts.items()}
        self.spread("waiting_time", {case: lead[case] - work[case] - accounts[case]["client"] for case in lead})
        accounts, work, lead = ({case: of[case] for case in self.finished} for of in (accounts, work, lead))
        for cause in CAUSES if self.finished else ():
            ms = sum(account[cause] for account in accounts.values())
            self.add("lead_time.mean", f"cause={cause}", ms, len(lead))
            if cause not in {"client", "setup", "processing"}:
                self.add("waiting_time.mean", f"cause={cause}", ms, len(lead))
        self.add("flow_efficiency", "", sum(work.values()), sum(lead.values()))
        self.spread("processing_time", {case: sum(self.work[n] for n in self.of_case[case]) for case in self.over})

    def account(self, case: int) -> Counter[str]:
        """Walk a case back along its critical path, and charge every stretch of time."""
        account, cells, tasks = Counter[str](), self.cells, self.tasks
        if case not in self.finished:
            cells, tasks = defaultdict(Counter), defaultdict(Counter)
        first, row, at = dict[int, str](), self.critical(self.history.cases[case][6]), {case}
        while row >= 0 and case in self.line(self.rows[row].case):
            home = self.rows[row].case
            at.add(home)
            for start, end in pairwise(self.stretches(row)):
                cause, cell = self.ledger.cause(row, start)
                for counter in (account, cells[cell], tasks[self.rows[row].node]):
                    counter[cause] += end - start
            node = self.ledger.flow[self.rows[row].node]
            if isinstance(node, Task) and node.by_people():
                first |= dict.fromkeys((home, case), node.performer[0].partition(".")[0])
            row = self.critical(self.rows[row].pred)
        by_role = [task for _, task in sorted(self.ledger.tasks.items()) if task.by_people()]
        for inner in at:
            need, opened, arrived, ended, *_ = self.history.cases[inner]
            opened, arrived = min(opened, ended), min(arrived, ended)
            where = first.get(inner, by_role[0].performer[0].partition(".")[0] if by_role else "client")
            for cause, cell, time in (("client", "client", opened - need), ("transfer", where, arrived - opened)):
                account[cause] += time
                cells[cell][cause] += time
        if any(case in self.line(n) and 0 <= one[3] < one[2] for n, one in enumerate(self.history.cases)):
            rest = self.ends[case] - self.needs[case] - account.total()
            account["client"] += rest
            cells["client"]["client"] += rest
        return account

    def line(self, case: int) -> set[int]:
        """Name a case and all that called it, directly or not."""
        parent = self.history.cases[case][8]
        return {case} | (self.line(parent) if parent >= 0 else set())

    def critical(self, pred: int) -> int:
        """Follow the firing of a join to the row that came last."""
        while pred <= -2:
            pred = self.history.joins[-2 - pred][-1]
        return pred

    def stretches(self, number: int) -> list[int]:
        """Cut the life of a row wherever its cause may change."""
        row, node = self.rows[number], self.ledger.flow[self.rows[number].node]
        marks = {row.created, row.transferred, row.released, row.started, row.completed}
        if isinstance(node, Task) and node.by_people():
            marks.add(row.released + self.ledger.patience(row, node))
            marks |= {time for stint in self.ledger.stints.get(number, ()) for time in stint[:2]}
            if number in self.ledger.runs:
                run = self.ledger.runs[number]
                marks |= {run[2], *self.end_of_setup(number, run[5])}
            mine = {row.person, *(person for *_, person, _ in self.ledger.stints.get(number, ()))}
            for person in (n for n, role in enumerate(self.people) if n in mine or self.ledger.may(role, node)):
                for part in (self.ledger.taken, self.ledger.away, self.ledger.missing):
                    marks |= {time for span in part.get(person, ()) for time in span[:2]}
                pairs = self.calendar_of(person).until(row.completed)
                place = max(0, bisect_left(pairs, (row.created, 0)) - 1)
                while place < len(pairs) and pairs[place][0] < row.completed:
                    marks |= set(pairs[place])
                    place += 1
        return sorted(time for time in marks if row.created <= time <= row.completed)

    def end_of_setup(self, number: int, setup: int) -> list[int]:
        """Find the instant in each stretch of a row at which the setup may end, when the row begins the run."""
        row, found = self.rows[number], []
        alone = [(row.started, row.completed, row.person, 0)]
        stretches = self.ledger.stints.get(number, alone)
        for start, end in sorted({(start, end) for start, end, *_ in stretches}):
            people = [person for begin, _, person, _ in stretches if begin == start]
            hours = [pair for person in people for pair in self.calendar_of(person).until(end)]
            marks = sorted({start, end, *(time for pair in hours for time in pair if start < time < end)})
            for a, b in pairwise(marks):
                if all(self.ledger.works(person, a) for person in people):
                    found.append(a + min(setup, b - a))
                    setup -= min(setup, b - a)
        return found

    # Handoffs

    def before(self, pred: int) -> Iterator[int]:
        """Walk back to the nearest human items."""
        if pred <= -2:
            for one in self.history.joins[-2 - pred]:
                yield from self.before(one)
        elif pred >= 0:
            yield from (pred,) if self.human(self.rows[pred]) else self.before(self.rows[pred].pred)

    def unit(self, number: int, level: str, person: int = -1) -> object:
        """Name the person, role, department or body of a row (of its first seat), or of somebody who worked on it."""
        person = self.rows[number].person if person < 0 else person
        role = self.people[person]
        department = role.partition(".")[0]
        body = self.process.departments[department].body
        return {"person": person, "role": role, "department": department, "body": body}[level]

    def units(self, number: int, level: str) -> set[object]:
        """Name all who worked on a row."""
        return {self.unit(number, level, person) for person in self.ledger.seats_of(number)}

    def apart(self, a: int, b: int, level: str) -> bool:
        """Tell whether nobody worked on both of two rows."""
        return not self.units(a, level) & self.units(b, level)

    def arcs_and_units(self) -> None:
        """Handoffs at every level, at every boundary; how many people, departments and bodies."""
        mine = {case: [n for n in self.of_case[case] if self.human(self.rows[n])] for case in self.over}
        arcs = {case: sorted({(b, n) for n in mine[case] for b in self.before(self.rows[n].pred)}) for case in mine}
        for level in LEVELS:
            counts = {case: sum(self.apart(a, b, level) for a, b in pairs) for case, pairs in arcs.items()}
            for name in ("handoffs.department", "handoffs") if level == "department" else (f"handoffs.{level}",):
                self.spread(name, counts)
            none = [case for case in self.finished if not counts[case]]
            self.add(f"handoffs.{level}.none", "", len(none), len(self.finished))
        done = {case: [n for n in numbers if self.rows[n].completed >= 0] for case, numbers in mine.items()}
        order = {case: [n for n in numbers if not chase(self.rows[n])] for case, numbers in done.items()}
        turns = {case: sum(self.apart(a, b, "person") for a, b in pairwise(order[case])) for case in order}
        self.spread("handoffs.sequence", turns)
        for name, level in (("people", "person"), ("departments", "department"), ("bodies", "body")):
            self.spread(name, {case: len({one for n in mine[case] for one in self.units(n, level)}) for case in mine})
        self.spread("touches", {case: len(numbers) for case, numbers in done.items()})
        back = [case for case in self.finished if self.came_back(arcs[case])]
        self.add("ping_pong", "", len(back), len(self.finished))
        delays: dict[str, list[int]] = {"yes": [], "no": []}
        waits: dict[str, list[int]] = defaultdict(list)
        for a, b in (arc for case in self.finished for arc in arcs[case]):
            word = "yes" if self.apart(a, b, "person") else "no"
            delays[word].append(self.rows[b].started - self.rows[a].completed)
            if self.apart(a, b, "department"):
                boundary = f"boundary={self.unit(a, 'department')} -> {self.unit(b, 'department')}"
                waits[boundary].append(self.rows[b].started - self.rows[b].created)
        for word, spent in delays.items():
            self.add("handoff_delay.mean", f"handoff={word}", sum(spent), len(spent))
        for boundary, spent in waits.items():
            self.add("handoffs.mean", boundary, len(spent), len(self.finished))
            self.add("waiting_time.mean", boundary, sum(spent), len(spent))

    def came_back(self, arcs: list[tuple[int, int]]) -> bool:
        """Walk every path: from A into B, through B, and out of B into A."""
        further: dict[int, list[int]] = defaultdict(list)
        for a, b in arcs:
            further[a].append(b)
        for a, b in arcs:
            home, stay = self.unit(a, "department"), self.unit(b, "department")
            todo = [b] if home != stay else []
            while todo:
                for there in further[todo.pop()]:
                    if self.unit(there, "department") == home:
                        return True
                    if self.unit(there, "department") == stay:
                        todo.append(there)
        return False

    # The client, quality and cost

    def client_and_quality(self) -> None:
        """Contacts, documents, outcomes, rework and cost."""
        sums: defaultdict[str, Sums] = defaultdict(lambda: defaultdict(int))
        by_department: defaultdict[str, Number] = defaultdict(int)
        channels = {name: channel for one in self.process.every().values() for name, channel in one.channels.items()}
        done, again = 0, set()
        for case in self.over:
            for number in self.of_case[case]:
                row, node = self.rows[number], self.ledger.flow[self.rows[number].node]
                self.contact(sums, case, number, channels[self.history.cases[row.case][5]])
                if isinstance(node, Task):
                    sums["documents"][case] += node.documents * (row.status == COMPLETED)
                    sums["cost_per_case"][case] += Fraction(node.price) * (row.status == COMPLETED)
                for department, cost in self.costs(number).items():
                    sums["cost_per_case"][case] += cost
                    by_department[department] += cost if case in self.finished else 0
                if self.human(row) and row.completed >= 0 and case in self.finished and not chase(row):
                    done += 1
                    again |= {number} if row.visit else set()
        self.chases(sums, channels)
        burden = ("burden",) if self.process.cases.client.value_of_time else ()
        for name in ("contacts", "contacts.in", "contacts.out", "documents", "client_time", "client_cost", *burden):
            self.spread(name, sums[name])
        self.spread("cost_per_case", sums["cost_per_case"])
        if self.finished:
            self.add("cost", "", sum(sums["cost_per_case"][case] for case in self.finished), 1)
            for name in self.process.departments:
                self.add("cost_per_case.mean", f"department={name}", by_department[name], len(self.finished))
        self.endings("", self.cohort)
        for group, cases in (*self.clients(), *self.processes()):
            self.endings(group, cases)
        self.reneging()
        self.between_groups()
        rows = [number for case in self.cohort if self.ends[case] >= 0 for number in self.of_case[case]]
        lost = [number for number in rows if self.rows[number].status in {TIMED_OUT, CANCELLED}]
        self.add("wasted_work", "", sum(self.work[n] for n in lost), sum(self.work[n] for n in rows))
        asked = [kind for case, _, kind, _ in self.history.contacts if self.root(case) in self.finished]
        came = sum(sums["contacts.in"][case] for case in self.finished)
        self.add("failure_demand", "", sum(kind > 0 for kind in asked), came)
        self.quality(again, done)

    def contact(self, sums: defaultdict[str, Sums], case: int, number: int, channel: Any) -> None:  # noqa: ANN401
        """Count the contacts that a row is, with the client's time and cost."""
        row, node = self.rows[number], self.ledger.flow[self.rows[number].node]
        came, went = self.contacts(row, node)
        trips = came - self.shares_a_trip(number, row, node)
        sums["contacts"][case] += came + went
        sums["contacts.in"][case] += came
        sums["contacts.out"][case] += went
        for name, much in self.trip(row.case, channel):
            sums[name][case] += trips * much

    def chases(self, sums: defaultdict[str, Sums], channels: dict[str, Any]) -> None:
        """Count the contacts beside the tasks."""
        for case, *_ in self.history.contacts:
            channel = channels[self.history.cases[case][5]]
            for name, much in (("contacts", 1), ("contacts.in", 1), *self.trip(case, channel)):
                for one in {case, self.root(case)}:
                    sums[name][one] += much

    def trip(self, case: int, channel: Any) -> Iterator[tuple[str, Number]]:  # noqa: ANN401
        """Give what a trip costs the client in time and money."""
        yield "client_time", channel.client_time
        yield "client_cost", channel.client_cost
        worth = Fraction(channel.client_time, HOUR) * Fraction(self.value_of_time(case))
        yield "burden", Fraction(channel.client_cost) + worth

    def value_of_time(self, case: int) -> float:
        """Give what an hour of the client of a case is worth."""
        value = self.process.cases.client.value_of_time
        values = self.history.cases[case][-1]
        return chosen(value.of, values.get(value.by, "")) if isinstance(value, MoneyBy) else value

    def shares_a_trip(self, number: int, row: Row, node: Any) -> bool:  # noqa: ANN401
        """Tell whether an incoming contact is made in one trip with another of the case."""
        if not isinstance(node, Task) or not node.visit or "in" not in node.contact or row.status != COMPLETED:
            return False
        mine, others = (
            [n for n in self.own[row.case] if self.rows[n].node == name and self.rows[n].status == COMPLETED]
            for name in (row.node, beside(row.node, node.visit))
        )
        return number in mine[: len(others)]

    def contacts(self, row: Row, node: Any) -> tuple[int, int]:  # noqa: ANN401
        """Count the contacts in and out that a row is."""
        if not isinstance(node, Task):
            return 0, 0
        sent = {COMPLETED} if node.by_people() else {COMPLETED, TIMED_OUT, CANCELLED}
        return "in" in node.contact and row.status == COMPLETED, "out" in node.contact and row.status in sent

    def endings(self, group: str, cases: list[int]) -> None:
        """How cases ended, and who was decided at once."""
        ended = [case for case in cases if self.ends[case] >= 0]
        beside = f",{group}" if group else ""
        for outcome in self.outcomes():
            mine = sum(self.history.cases[case][4] == outcome for case in ended)
            self.add("outcome", f"outcome={outcome}{beside}", mine, len(ended))
        self.add("abandonment", group, len(self.left & set(ended)), len(ended))
        finished = [case for case in ended if case not in self.left]
        mine = {case: [self.rows[n] for n in self.of_case[case]] for case in finished}
        by_hand = [case for case in finished if any(self.human(r) and not chase(r) for r in mine[case])]
        self.add("p_instant", group, len(finished) - len(by_hand), len(finished))

    def clients(self) -> Iterator[tuple[str, list[int]]]:
        """Give the cases of each client group."""
        name = self.process.cases.client.groups
        values = {case: self.history.cases[case][-1][name] for case in self.cohort} if name else {}
        for value in sorted(set(values.values())):
            yield f"group={written_value(value)}", [case for case in self.cohort if values[case] == value]

    def between_groups(self) -> None:
        """How far client groups are apart."""
        for name in APART:
            key = f"{name}.mean"
            means = {g: pair for (m, g), pair in self.found.items() if m == key and g.startswith("group=")}
            each = [Fraction(above) / Fraction(below) for above, below in means.values()]
            if each:
                self.add(f"{name}.ratio", "", max(each), min(each))
                self.add(f"{name}.gap", "", max(each) - min(each), 1)
                everyone = [mean for mean, (_, below) in zip(each, means.values(), strict=True) for _ in range(below)]
                apart = sum(abs(one - other) for one in everyone for other in everyone)
                self.add(f"{name}.gini", "", apart, 2 * len(everyone) * sum(everyone))

    def reneging(self) -> None:
        """Who leaves the queue of a task unserved."""
        for name, task in self.ledger.tasks.items():
            if task.reneges_after:
                rows = [row for row in self.rows if row.node == name and self.begin <= row.released < self.end]
                left = sum(row.status == RENEGED for row in rows)
                self.add("abandonment", f"task={name}", left, left + sum(row.started >= 0 for row in rows))

    def quality(self, again: set[int], done: int) -> None:
        """Rework and errors."""
        wrong = {self.root(self.rows[number].case) for number in again}
        made = Counter(n for case, *_ in self.history.errors for n in {case, self.root(case)})
        wrong |= {case for case in made if case in self.finished}
        self.add("first_time_right", "", len(self.finished) - len(wrong), len(self.finished))
        self.add("rework_rate", "", len(again), done)
        if any(task.introduces_error for task in self.ledger.tasks.values()):
            hidden = {self.root(case) for case, *_, found, mended in self.history.errors if found < 0 and mended < 0}
            self.spread("errors", dict(made))
            self.add("undetected_errors", "", len(hidden & set(self.finished)), len(self.finished))

    # Clocks

    def clocks(self) -> None:
        """Time on every clock without its stops; met, passed, late."""
        cohorts = [self.cohort, *(cases for _, cases in [*self.processes()][1:])]
        for cases, (process, one) in zip(cohorts, sorted(self.process.every().items()), strict=True):
            for name, clock in one.cases.clocks.items():
                self.clock(joined(process, name), "", clock, cases, process)
                for group, some in self.clients() if not process else ():
                    self.clock(name, group, clock, some, process)

    def clock(self, name: str, group: str, clock: Any, cases: list[int], process: str) -> None:  # noqa: ANN401
        """Time on one clock."""
        calendar = self.hours[clock.calendar]
        stops = (*clock.stops_while, *(joined(process, node) for node in clock.stops_while))
        met = passed = 0
        late: list[int] = []
        ran: list[int] = []
        for case in cases:
            starts, ends = ([joined(process, node) for node in each] for each in ((clock.start,), clock.to))
            start, end = self.border(case, (clock.start, *starts)), self.border(case, (*clock.to, *ends))
            end = min((time for time in (end, self.ends[case]) if time >= 0), default=-1)
            if not 0 <= start <= self.stopped:
                continue
            used = self.clock_time(case, calendar, (start, self.until(end)), stops)
            limit = self.limit(case, clock.limit, clock.calendar)
            met += end >= 0 and used <= limit
            passed += used > limit
            late += [max(0, used - limit)] if end >= 0 or used > limit else []
            ran += [used] if end >= 0 else []
        self.add(f"on_time.{name}", group, met, met + passed)
        self.add(f"lateness.{name}.mean", group, sum(late), len(late))
        self.add(f"lead_time.{name}.mean", group, sum(ran), len(ran))

    def border(self, case: int, names: Iterable[str]) -> int:
        """Give the first instant at which one of some nodes was completed (or the case came or ended); -1 for none."""
        need, _, arrived, ended, *_ = self.history.cases[case]
        fixed = {"need": need, "arrival": arrived, "end": ended}
        times = [fixed[name] for name in names if name in fixed]
        rows = [self.rows[number] for number in self.own[case]]
        times += [row.completed for row in rows if row.node in names and row.status == COMPLETED]
        return min((time for time in times if time >= 0), default=-1)

    def clock_time(self, case: int, calendar: Hours, span: tuple[int, int], stops: tuple[str, ...]) -> int:
        """Count open time in which no listed task is under way, piece by piece."""
        rows = [self.rows[number] for number in self.own[case]]
        standing = [
            (row.created, self.until(row.completed))
            for row in rows
            if row.node in stops or (isinstance(self.ledger.flow[row.node], Task)
                                     and self.ledger.flow[row.node].performer[0] in stops)
        ]  # fmt: skip
        start, end = min(span), span[1]
        marks = sorted({start, end, *(time for pair in standing for time in pair if start < time < end)})
        return sum(
            calendar.open_time(a, b) for a, b in pairwise(marks) if not any(low <= a < high for low, high in standing)
        )

    def limit(self, case: int, limit: Any, calendar: str) -> int:  # noqa: ANN401
        """Give the limit of a case; a working day is the mean open time of a day on which the calendar opens."""
        if isinstance(limit, LimitBy):
            limit = chosen(limit.of, self.history.cases[case][-1][limit.by])
        hours = self.process.calendars[calendar].mean_open_day()
        return round(limit.count * hours) if isinstance(limit, WorkingDays) else limit

    def branches(self) -> None:
        """Which branch of a parallel block came last."""
        came: dict[str, list[bool]] = defaultdict(list)
        for preds in self.history.joins:
            for place, pred in enumerate(preds):
                row = self.critical(pred)
                if row >= 0 and self.root(self.rows[row].case) in self.finished:
                    came[self.rows[row].node].append(place == len(preds) - 1)
        for name, last in came.items():
            self.add("critical", f"branch={name}", sum(last), len(last))

    # Work

    def staff(self) -> None:
        """Utilisation in all and by the hour, fairness, and idleness while something waits; piece by piece."""
        for name in self.process.roles():
            mine = [n for n, other in enumerate(self.people) if other == name]
            if not mine:
                continue
            able = [row for row in self.rows if row.released >= 0 and self.eligible(name, row)]
            calendars = {id(self.calendar_of(n)): self.calendar_of(n) for n in mine}.values()
            marks = {time for hours in calendars for pair in hours.until(self.end) for time in pair}
            marks |= set(range(0, self.end, HOUR)) | {self.begin, self.end, min(self.end, self.stopped)}
            marks |= {time for row in able for time in (row.released, self.left_queue(row))}
            parts = (self.ledger.work, self.ledger.taken, self.ledger.away, self.ledger.missing)
            marks |= {time for part in parts for n in mine for span in part.get(n, ()) for time in span[:2]}
            worked = dict.fromkeys(mine, 0)
            busy, there, late, idle, opened, nominal = Counter[int](), Counter[int](), Counter[int](), 0, 0, 0
            for a, b in pairwise(sorted(time for time in marks if self.begin <= time <= self.end)):
                hour, span = a // HOUR % 24, b - a
                nominal += span * sum(bool(self.calendar_of(n).opening(a)) for n in mine)
                if a >= self.stopped:
                    continue
                on = [n for n in mine if self.ledger.on_shift(n, a)]
                opened += span if on else 0
                here = [n for n in on if not within(self.ledger.away.get(n, ()), a)]
                there[hour] += len(here) * span
                for n in mine:
                    if within(self.ledger.work.get(n, ()), a):
                        (busy if self.calendar_of(n).opening(a) else late)[hour] += span
                        worked[n] += span if self.calendar_of(n).opening(a) else 0
                waiting = any(row.released <= a < self.left_queue(row) for row in able)
                idle += span if waiting and any(not within(self.ledger.taken.get(n, ()), a) for n in here) else 0
            group = f"role={name}"
            self.add("utilisation", group, busy.total(), there.total())
            for hour in +there:
                self.add("utilisation", f"{group},hour={hour}", busy[hour], there[hour])
            apart = sum(abs(one - other) for one in worked.values() for other in worked.values())
            total = sum(worked.values())
            self.add("workload_gini", group, Fraction(apart, 2 * len(mine) * total) if total else 0, 1)
            self.add("idle_while_queue", group, idle, opened)
            self.add("capacity", group, there.total(), nominal)
            self.held(name, mine, there.total())
            self.vacancies(name, mine)
            if self.process.role(name).at_shift_end == "finish":
                days = Fraction(self.end - self.begin, DAY)
                self.add("overtime", group, Fraction(late.total(), HOUR), days)
                for hour in +late:
                    self.add("overtime", f"{group},hour={hour}", Fraction(late[hour], HOUR), days)

    def held(self, name: str, mine: list[int], there: int) -> None:
        """Count the time for which people of a role are held."""
        if any(task.together and self.ledger.may(name, task) for task in self.ledger.tasks.values()):
            held = [(a, b) for _, n, a, b in self.history.reserved if n in mine]
            time = sum(max(0, min(b, self.end) - max(a, self.begin)) for a, b in held)
            self.add("held", f"role={name}", time, there)

    def vacancies(self, name: str, mine: list[int]) -> None:
        """Count for how long posts were vacant that fell vacant in the stretch and were filled."""
        if self.process.role(name).leaving:
            posts = [(a, b) for n, a, b, kind in self.history.duties if n in mine and kind == 3 and a > 0]
            filled = [b - a for a, b in posts if self.begin <= a < self.end and b < self.stopped]
            self.add("time_to_fill.mean", f"role={name}", sum(filled), len(filled))

    def left_queue(self, row: Row) -> int:
        """Say when an item was no longer waiting for somebody."""
        return self.until(row.started if row.started >= 0 else row.completed)

    def eligible(self, role: str, row: Row) -> bool:
        """Tell whether people of a role may do a row."""
        node = self.ledger.flow[row.node]
        return isinstance(node, Task) and node.by_people() and self.ledger.may(role, node)

    def queues(self) -> None:
        """Queues of tasks and the work in progress, each level with the time for which it lasted."""
        span = self.end - self.begin
        for name, task in self.ledger.tasks.items():
            if task.by_people():
                mine = [row for row in self.rows if row.node == name and row.released >= 0]
                lasted = self.levels([(row.released, self.left_queue(row)) for row in mine])
                self.add("queue.mean", f"task={name}", sum(level * time for level, time in lasted.items()), span)
                reached = [level for level in lasted if 20 * sum(lasted[k] for k in lasted if k <= level) >= 19 * span]
                self.add("queue.p95", f"task={name}", min(reached), 1)
        everyone = list(enumerate(self.history.cases))
        groups = {"": [n for n, case in everyone if case[7] == 0 and case[9] != 2]}
        for number, (group, _) in enumerate(self.processes()):
            groups[group] = [n for n, case in everyone if case[7] == number]
        for group, mine in groups.items():
            open_cases = [(self.needs[n], self.until(self.ends[n])) for n in mine]
            lasted = self.levels(open_cases)
            self.add("work_in_progress.mean", group, sum(level * time for level, time in lasted.items()), span)
            at = [sum(a <= time < b for a, b in open_cases) for time in (self.begin, self.end)]
            self.add("backlog_drift", group, at[1] - at[0], Fraction(span, DAY))

    def levels(self, spans: list[tuple[int, int]]) -> Counter[int]:
        """Count for how long how many spans overlap."""
        marks = sorted({self.begin, self.end, *(t for span in spans for t in span if self.begin < t < self.end)})
        lasted: Counter[int] = Counter()
        for a, b in pairwise(marks):
            lasted[sum(low <= a < high for low, high in spans)] += b - a
        return lasted


def chase(row: Row) -> bool:
    """Tell whether a row is the work that a question about the state makes."""
    return row.node.rpartition("/")[2] == "chases"


def within(spans: Any, time: int) -> bool:  # noqa: ANN401
    """Tell whether an instant lies in one of some spans."""
    return any(span[0] <= time < span[1] for span in spans)


def seventh(values: list[Number], share: Fraction) -> Fraction:
    """Give a quantile by type 7."""
    ordered = sorted(map(Fraction, values))
    place = (len(ordered) - 1) * share
    low = int(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


def survival(ages: list[tuple[int, bool]], share: Fraction) -> int | None:
    """Give a quantile by Kaplan and Meier: the first end by which so many have ended, counting who is at risk."""
    left = Fraction(1)
    for time in sorted({age for age, over in ages if over}):
        left *= 1 - Fraction(ages.count((time, True)), sum(age >= time for age, _ in ages))
        if left <= 1 - share:
            return time
    return None
