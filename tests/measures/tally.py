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

from bpsim.model.demand import LimitBy
from bpsim.model.flow import End, Task
from bpsim.model.process import Process
from bpsim.values.durations import WorkingDays
from tests.oracle.hours import DAY, HOUR, Hours
from tests.oracle.ledger import Ledger, Row
from tests.oracle.luck import chosen
from tests.oracle.reference import COMPLETED, TIMED_OUT, Reference

SHARES = {"p50": Fraction(50, 100), "p80": Fraction(80, 100), "p90": Fraction(90, 100), "p95": Fraction(95, 100)}
CAUSES = ("transfer", "client", "external", "batching", "unavailability", "other_duty", "affinity", "prioritisation",
          "contention", "setup", "processing")  # fmt: skip
LEVELS = ("person", "role", "department", "body")
Number = int | float | Fraction
Sums = defaultdict[int, Number]


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
        self.cohort = [case for case, need in enumerate(self.needs) if self.begin <= need < self.end]
        self.finished = [case for case in self.cohort if self.ends[case] >= 0]
        self.of_case: dict[int, list[int]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            self.of_case[row.case].append(number)
        self.work = [self.share_of_work(number) for number in range(len(self.rows))]
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

    def human(self, row: Row) -> bool:
        """Tell whether people do it: a role that is no machine."""
        node = self.process.flow[row.node]
        return isinstance(node, Task) and node.by_people() and self.process.role(node.performer[0]).kind == "people"

    def until(self, time: int) -> int:
        """What is not over is over at the stop."""
        return time if time >= 0 else self.stopped

    def calendar_of(self, person: int) -> Hours:
        """Give the working hours of a person."""
        return self.hours[self.process.role(self.people[person]).calendar]

    def share_of_work(self, number: int) -> Number:
        """Give the open time of a person spent on a row; those served together share it."""
        row = self.rows[number]
        if row.person < 0 or row.started < 0:
            return 0
        time = self.calendar_of(row.person).open_time(row.started, self.until(row.completed))
        run = self.ledger.runs.get(number)
        together = run and self.process.flow[row.node].batch.mode == "together"
        return Fraction(time, len(run[6])) if together else time

    def groups(self) -> Iterator[tuple[str, list[int]]]:
        """Give all cases of the cohort, then those of each channel and of each outcome."""
        yield "", self.cohort
        channels = sorted(self.process.channels)
        outcomes = self.outcomes()
        for word, names, place in (("channel", channels, 5), ("outcome", outcomes, 4)):
            for name in names if len(names) > 1 else ():
                yield f"{word}={name}", [case for case in self.cohort if self.history.cases[case][place] == name]

    def outcomes(self) -> list[str]:
        """Name the ways in which a case may end."""
        return sorted({node.outcome for node in self.process.flow.values() if isinstance(node, End)})

    def add(self, name: str, group: str, above: Number, below: Number) -> None:
        """Note one measure; each is found once."""
        assert (name, group) not in self.found
        self.found[name, group] = (above, below)

    def spread(self, name: str, of: dict[int, Number]) -> None:
        """Note mean and quantiles over the finished cases, and means by group."""
        for group, cases in self.groups():
            mine = [of.get(case, 0) for case in cases if self.ends[case] >= 0]
            if mine:
                self.add(f"{name}.mean", group, sum(mine), len(mine))
            for label, share in SHARES.items() if mine and not group else ():
                self.add(f"{name}.{label}", "", seventh(mine, share), 1)

    # Time

    def times(self) -> None:
        """Lead, waiting and processing times, with their causes."""
        for group, cases in self.groups():
            ages = [(self.until(self.ends[case]) - self.needs[case], self.ends[case] >= 0) for case in cases]
            ended = [age for age, over in ages if over]
            if ended:
                self.add("lead_time.mean", group, sum(ended), len(ended))
            for label, share in SHARES.items():
                value = seventh(ended, share) if len(ended) == len(ages) > 0 else survival(ages, share)
                if value is not None:
                    self.add(f"lead_time.{label}", group, value, 1)
        accounts = {case: self.account(case) for case in self.finished}
        lead = {case: self.ends[case] - self.needs[case] for case in self.finished}
        assert {case: sum(account.values()) for case, account in accounts.items()} == lead
        work = {case: account["setup"] + account["processing"] for case, account in accounts.items()}
        self.spread("waiting_time", {case: lead[case] - work[case] - accounts[case]["client"] for case in lead})
        for cause in CAUSES if self.finished else ():
            ms = sum(account[cause] for account in accounts.values())
            self.add("lead_time.mean", f"cause={cause}", ms, len(lead))
            if cause not in {"client", "setup", "processing"}:
                self.add("waiting_time.mean", f"cause={cause}", ms, len(lead))
        self.add("flow_efficiency", "", sum(work.values()), sum(lead.values()))
        self.spread("processing_time", {case: sum(self.work[n] for n in self.of_case[case]) for case in lead})

    def account(self, case: int) -> Counter[str]:
        """Walk a case back along its critical path, and charge every stretch of time."""
        need, opened, arrived, _, _, _, last, *_ = self.history.cases[case]
        account = Counter({"client": opened - need, "transfer": arrived - opened})
        self.cells["client"]["client"] += opened - need
        first, row = "", self.critical(last)
        while row >= 0:
            for start, end in pairwise(self.stretches(row)):
                cause, cell = self.ledger.cause(row, start)
                for counter in (account, self.cells[cell], self.tasks[self.rows[row].node]):
                    counter[cause] += end - start
            node = self.process.flow[self.rows[row].node]
            if isinstance(node, Task) and node.by_people():
                first = node.performer[0].partition(".")[0]
            row = self.critical(self.rows[row].pred)
        if arrived > opened:
            tasks = [task for _, task in sorted(self.process.tasks().items()) if task.by_people()]
            self.cells[first or tasks[0].performer[0].partition(".")[0]]["transfer"] += arrived - opened
        return account

    def critical(self, pred: int) -> int:
        """Follow the firing of a join to the row that came last."""
        while pred <= -2:
            pred = self.history.joins[-2 - pred][-1]
        return pred

    def stretches(self, number: int) -> list[int]:
        """Cut the life of a row wherever its cause may change."""
        row, node = self.rows[number], self.process.flow[self.rows[number].node]
        marks = {row.created, row.transferred, row.released, row.started, row.completed}
        if isinstance(node, Task) and node.by_people():
            if node.same_person_as:
                marks.add(row.released + self.ledger.patience(row, node))
            if number in self.ledger.runs:
                run = self.ledger.runs[number]
                marks |= {run[2], self.calendar_of(row.person).add(row.started, run[5])}
            for person in (n for n, role in enumerate(self.people) if n == row.person or self.ledger.may(role, node)):
                for spans in (self.ledger.work.get(person, ()), self.ledger.away.get(person, ())):
                    marks |= {time for span in spans for time in span[:2]}
                pairs = self.calendar_of(person).until(row.completed)
                place = max(0, bisect_left(pairs, (row.created, 0)) - 1)
                while place < len(pairs) and pairs[place][0] < row.completed:
                    marks |= set(pairs[place])
                    place += 1
        return sorted(time for time in marks if row.created <= time <= row.completed)

    # Handoffs

    def before(self, pred: int) -> Iterator[int]:
        """Walk back to the nearest human items."""
        if pred <= -2:
            for one in self.history.joins[-2 - pred]:
                yield from self.before(one)
        elif pred >= 0:
            yield from (pred,) if self.human(self.rows[pred]) else self.before(self.rows[pred].pred)

    def unit(self, number: int, level: str) -> object:
        """Name the person, role, department or body of a row."""
        role = self.people[self.rows[number].person]
        department = role.partition(".")[0]
        body = self.process.departments[department].body
        return {"person": self.rows[number].person, "role": role, "department": department, "body": body}[level]

    def arcs_and_units(self) -> None:
        """Handoffs at every level, at every boundary; how many people, departments and bodies."""
        mine = {case: [n for n in self.of_case[case] if self.human(self.rows[n])] for case in self.finished}
        arcs = {case: sorted({(b, n) for n in mine[case] for b in self.before(self.rows[n].pred)}) for case in mine}
        for level in LEVELS:
            counts = {
                case: sum(self.unit(a, level) != self.unit(b, level) for a, b in pairs) for case, pairs in arcs.items()
            }
            for name in ("handoffs.department", "handoffs") if level == "department" else (f"handoffs.{level}",):
                self.spread(name, counts)
            self.add(f"handoffs.{level}.none", "", list(counts.values()).count(0), len(counts))
        turns = {case: [self.rows[n].person for n in numbers] for case, numbers in mine.items()}
        self.spread("handoffs.sequence", {case: sum(a != b for a, b in pairwise(turns[case])) for case in turns})
        for name, level in (("people", "person"), ("departments", "department"), ("bodies", "body")):
            self.spread(name, {case: len({self.unit(n, level) for n in mine[case]}) for case in mine})
        self.spread("touches", {case: len(numbers) for case, numbers in mine.items()})
        back = [case for case, pairs in arcs.items() if self.came_back(pairs)]
        self.add("ping_pong", "", len(back), len(mine))
        delays: dict[str, list[int]] = {"yes": [], "no": []}
        waits: dict[str, list[int]] = defaultdict(list)
        for a, b in (arc for pairs in arcs.values() for arc in pairs):
            word = "no" if self.rows[a].person == self.rows[b].person else "yes"
            delays[word].append(self.rows[b].started - self.rows[a].completed)
            if self.unit(a, "department") != self.unit(b, "department"):
                boundary = f"boundary={self.unit(a, 'department')} -> {self.unit(b, 'department')}"
                waits[boundary].append(self.rows[b].started - self.rows[b].created)
        for word, spent in delays.items():
            self.add("handoff_delay.mean", f"handoff={word}", sum(spent), len(spent))
        for boundary, spent in waits.items():
            self.add("handoffs.mean", boundary, len(spent), len(mine))
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
        inward: Sums = defaultdict(int)
        outward: Sums = defaultdict(int)
        documents: Sums = defaultdict(int)
        costs: Sums = defaultdict(int)
        by_department: defaultdict[str, Number] = defaultdict(int)
        done, again = 0, set()
        for case in self.finished:
            for number in self.of_case[case]:
                row, node = self.rows[number], self.process.flow[self.rows[number].node]
                if isinstance(node, Task):
                    inward[case] += "in" in node.contact and row.status == COMPLETED
                    outward[case] += "out" in node.contact and row.status in {COMPLETED, TIMED_OUT}
                    documents[case] += node.documents * (row.status == COMPLETED)
                if row.person >= 0:
                    cost = self.work[number] * Fraction(self.process.role(self.people[row.person]).cost) / HOUR
                    costs[case] += cost
                    by_department[str(self.unit(number, "department"))] += cost
                if self.human(row):
                    done += 1
                    again |= {number} if row.visit else set()
        channel = {case: self.process.channels[self.history.cases[case][5]] for case in self.finished}
        self.spread("contacts", {case: inward[case] + outward[case] for case in self.finished})
        self.spread("contacts.in", inward)
        self.spread("contacts.out", outward)
        self.spread("documents", documents)
        self.spread("client_time", {case: inward[case] * channel[case].client_time for case in self.finished})
        self.spread("client_cost", {case: inward[case] * channel[case].client_cost for case in self.finished})
        self.spread("cost_per_case", costs)
        if self.finished:
            self.add("cost", "", sum(costs.values()), 1)
            for name in self.process.departments:
                self.add("cost_per_case.mean", f"department={name}", by_department[name], len(self.finished))
        for outcome in self.outcomes():
            ended = sum(self.history.cases[case][4] == outcome for case in self.finished)
            self.add("outcome", f"outcome={outcome}", ended, len(self.finished))
        wrong = {self.rows[number].case for number in again}
        self.add("first_time_right", "", len(self.finished) - len(wrong), len(self.finished))
        self.add("rework_rate", "", len(again), done)

    # Clocks

    def clocks(self) -> None:
        """Time on every clock without its stops; met, passed, late."""
        for name, clock in self.process.cases.clocks.items():
            calendar = self.hours[clock.calendar]
            met = passed = 0
            late: list[int] = []
            ran: list[int] = []
            for case in self.cohort:
                start, end = self.border(case, (clock.start,)), self.border(case, clock.to)
                end = min((time for time in (end, self.ends[case]) if time >= 0), default=-1)
                if not 0 <= start <= self.stopped:
                    continue
                used = self.clock_time(case, calendar, (start, self.until(end)), clock.stops_while)
                limit = self.limit(case, clock.limit, clock.calendar)
                met += end >= 0 and used <= limit
                passed += used > limit
                late += [max(0, used - limit)] if end >= 0 or used > limit else []
                ran += [used] if end >= 0 else []
            self.add(f"on_time.{name}", "", met, met + passed)
            self.add(f"lateness.{name}.mean", "", sum(late), len(late))
            self.add(f"lead_time.{name}.mean", "", sum(ran), len(ran))

    def border(self, case: int, names: Iterable[str]) -> int:
        """Give the first instant at which one of some nodes was completed (or the case came or ended); -1 for none."""
        need, _, arrived, ended, *_ = self.history.cases[case]
        fixed = {"need": need, "arrival": arrived, "end": ended}
        times = [fixed[name] for name in names if name in fixed]
        rows = [self.rows[number] for number in self.of_case[case]]
        times += [row.completed for row in rows if row.node in names and row.status == COMPLETED]
        return min((time for time in times if time >= 0), default=-1)

    def clock_time(self, case: int, calendar: Hours, span: tuple[int, int], stops: tuple[str, ...]) -> int:
        """Count open time in which no listed task is under way, piece by piece."""
        rows = [self.rows[number] for number in self.of_case[case]]
        standing = [
            (row.created, self.until(row.completed))
            for row in rows
            if row.node in stops or (isinstance(self.process.flow[row.node], Task)
                                     and self.process.flow[row.node].performer[0] in stops)
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
                if row >= 0 and self.rows[row].case in self.finished:
                    came[self.rows[row].node].append(place == len(preds) - 1)
        for name, last in came.items():
            self.add("critical", f"branch={name}", sum(last), len(last))

    # Work

    def staff(self) -> None:
        """Utilisation in all and by the hour, fairness, and idleness while something waits; piece by piece."""
        for name, role in self.process.roles().items():
            mine = [n for n, other in enumerate(self.people) if other == name]
            if not mine:
                continue
            able = [row for row in self.rows if row.released >= 0 and self.eligible(name, row)]
            hours = self.hours[role.calendar]
            marks = {time for pair in hours.until(self.end) for time in pair} | set(range(0, self.end, HOUR))
            marks |= {time for row in able for time in (row.released, self.until(row.started))}
            spans = [span for n in mine for part in (self.ledger.work, self.ledger.away) for span in part.get(n, ())]
            marks |= {time for span in spans for time in span[:2]} | {self.begin, self.end}
            worked = dict.fromkeys(mine, 0)
            busy, there, idle, opened = Counter[int](), Counter[int](), 0, 0
            for a, b in pairwise(sorted(time for time in marks if self.begin <= time <= self.end)):
                if a >= self.stopped or not hours.opening(a):
                    opened += b - a if hours.opening(a) else 0
                    continue
                hour, opened = a // HOUR % 24, opened + b - a
                working = [n for n in mine if within(self.ledger.work.get(n, ()), a)]
                away = [n for n in mine if within(self.ledger.away.get(n, ()), a)]
                busy[hour] += len(working) * (b - a)
                there[hour] += (len(mine) - len(away)) * (b - a)
                for n in working:
                    worked[n] += b - a
                waiting = any(row.released <= a < self.until(row.started) for row in able)
                idle += b - a if waiting and len(working) + len(away) < len(mine) else 0
            group = f"role={name}"
            self.add("utilisation", group, busy.total(), there.total())
            for hour in +there:
                self.add("utilisation", f"{group},hour={hour}", busy[hour], there[hour])
            apart = sum(abs(one - other) for one in worked.values() for other in worked.values())
            total = sum(worked.values())
            self.add("workload_gini", group, Fraction(apart, 2 * len(mine) * total) if total else 0, 1)
            self.add("idle_while_queue", group, idle, opened)

    def eligible(self, role: str, row: Row) -> bool:
        """Tell whether people of a role may do a row."""
        node = self.process.flow[row.node]
        return isinstance(node, Task) and node.by_people() and self.ledger.may(role, node)

    def queues(self) -> None:
        """Queues of tasks and the work in progress, each level with the time for which it lasted."""
        span = self.end - self.begin
        for name, task in self.process.tasks().items():
            if task.by_people():
                mine = [row for row in self.rows if row.node == name and row.released >= 0]
                lasted = self.levels([(row.released, self.until(row.started)) for row in mine])
                self.add("queue.mean", f"task={name}", sum(level * time for level, time in lasted.items()), span)
                reached = [level for level in lasted if 20 * sum(lasted[k] for k in lasted if k <= level) >= 19 * span]
                self.add("queue.p95", f"task={name}", min(reached), 1)
        open_cases = [(need, self.until(end)) for need, end in zip(self.needs, self.ends, strict=True)]
        lasted = self.levels(open_cases)
        self.add("work_in_progress.mean", "", sum(level * time for level, time in lasted.items()), span)
        at = [sum(a <= time < b for a, b in open_cases) for time in (self.begin, self.end)]
        self.add("backlog_drift", "", at[1] - at[0], Fraction(span, DAY))

    def levels(self, spans: list[tuple[int, int]]) -> Counter[int]:
        """Count for how long how many spans overlap."""
        marks = sorted({self.begin, self.end, *(t for span in spans for t in span if self.begin < t < self.end)})
        lasted: Counter[int] = Counter()
        for a, b in pairwise(marks):
            lasted[sum(low <= a < high for low, high in spans)] += b - a
        return lasted


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
