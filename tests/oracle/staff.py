"""The oracle's own people: who may do what, dispatch, stretches of work, absences, leaving and hiring.

People's states are looked up by scanning, dispatch sorts everything that waits, other duties happen event by event.
"""

import heapq
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from itertools import chain, count
from math import inf, log2
from types import SimpleNamespace
from typing import Any

from bpsim.model.flow import Task
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.distributions import Exponential
from tests.oracle.hours import DAY, Common, Hours
from tests.oracle.luck import whole
from tests.oracle.needs import Demand
from tests.oracle.paths import Course

COMPLETED, TIMED_OUT, CANCELLED, OPEN, RENEGED = 0, 1, 2, 3, 4
#: The phases of an instant.
WORK_ENDS, CANCELS, TIME_PASSES, MESSAGES, SHIFTS, ARRIVALS, RUNS, LEAVING = 0, 1, 2, 3, 4, 5, 6, 7
#: How a stretch of work ends.
DONE, PREEMPTED, ABSENT, CALLED_AWAY, TAKEN_OUT, STOPPED = 0, 1, 2, 3, 4, 5
#: Kinds of the table of duties.
DUTY, ABSENCE, TRAINING, VACANT = 0, 1, 2, 3
#: How a case came to be.
ARRIVAL, BACKLOG, CALLED, VACANCY, EVENT = 0, 1, 2, 3, 4
MAX_INSTANCES = 1000
YEAR = 365 * DAY


class Thing(SimpleNamespace):
    """A case, an item, a piece of work or a person; two are the same only if they are one."""

    __eq__, __hash__ = object.__eq__, object.__hash__


def filled(seats: list[list[Thing]]) -> int:
    """Count how many seats can be filled at most, each by somebody of its own."""
    taken: dict[Thing, int] = {}

    def sit(seat: int, asked: set[Thing]) -> bool:
        for person in seats[seat]:
            if person not in asked:
                asked.add(person)
                if person not in taken or sit(taken[person], asked):
                    taken[person] = seat
                    return True
        return False

    return sum(sit(seat, set()) for seat in range(len(seats)))


class Staff(Demand):
    """The people of a run, and the work that waits for them."""

    def __init__(self, process: Process, start: date, length: int, drain: int, address: str) -> None:
        """Number the people and the nodes."""
        super().__init__(process, start, length + drain, address)
        self.roles, self.now, self.serial, self.midnight = process.roles(), 0, count(), datetime.combine(start, time())
        self.heap: list[tuple[Any, ...]] = []
        self.length = length
        self.courses = [Course(number, *one) for number, one in enumerate(process.every().items())]
        self.flow = {name: node for course in self.courses for name, node in course.flow.items()}
        self.home = {name: course for course in self.courses for name in course.flow}
        self.lineages = {name: self.home[name].lineage(name) for name in self.flow}
        self.rank = {name: place for place, name in enumerate(sorted(self.flow))}
        self.tasks = {name: task for name, task in self.flow.items() if isinstance(task, Task) and task.by_people()}
        self.places = {name: self.able_for(task) for name, task in self.tasks.items()}
        self.able = Counter(role for places in self.places.values() for role in places)
        self.people = self.everybody()
        self.queue: list[Thing] = []
        holding = [name for name, task in self.tasks.items() if task.together and task.hold_after != NEVER]
        held = {p.role for p in self.people if any(p.role in self.places[name] for name in holding)}
        self.steady = {name for name, task in self.tasks.items() if task.together or held & self.places[name].keys()}
        self.duties: list[tuple[int, int, int, int, int]] = []
        self.holdings: list[tuple[Thing, Thing, int, int]] = []

    def at(self, time: float, phase: float, case: float, rank: float, action: Callable[[], Any]) -> Thing:
        """Let something happen at a time, in the order (phase, case, rank), unless it is called off."""
        event = Thing(action=action, off=False)
        heapq.heappush(self.heap, (time, phase, case, rank, next(self.serial), event))
        return event

    def place_of(self, item: Thing) -> tuple[int, float]:
        """Give the place of an item among the events of an instant: an earlier chase goes before a later one."""
        return item.case.number, self.rank[item.node] + (item.visit / 1e6 if item.detached else 0)

    # Who may do what -----------------------------------------------------------------------------------------------

    def everybody(self) -> list[Thing]:
        """Number the people: by role, those with names first, then groups, then the others."""
        people: list[Thing] = []
        for role in sorted(self.roles):
            before, later = None, 0
            for place, (name, job) in enumerate(self.roles[role].everybody()):
                before, later = job, later + 1 if job is before else 0
                hours = Hours(self.process.calendars[job.calendar], self.start)
                person = Thing(number=len(people), role=role, place=place, name=name, calendar=job.calendar, last=-1)
                person.hours, person.skill, person.busy, person.away, person.owed = hours, job.proficiency, None, [], []
                person.job, person.leavers, person.vacant, person.hold = job, 0, None, None
                person.leaves = person.gone = False
                first, _, number = job.was.partition(" ")
                person.first, person.there = (first, int(number) - 1 + later) if first else (role, place)
                self.renew(person, None)
                people.append(person)
        return people

    @staticmethod
    def renew(person: Thing, hired: int | None) -> None:
        """Let somebody new begin in a post, who has done nothing and learnt nothing yet."""
        person.hired, person.last, person.learnt, person.experience, person.known = hired, -1, {}, Counter(), set()

    def able_for(self, task: Task) -> dict[str, int]:
        """Give the roles whose people can do a task, each with its place in the order of the performers."""
        own = {role: {role, *self.roles[role].also} for role in self.roles}
        found = {role: [n for n, wanted in enumerate(task.performer) if wanted in own[role]] for role in own}
        return {role: places[0] for role, places in found.items() if places}

    def on_shift(self, person: Thing) -> bool:
        """Tell whether a person is on shift and not away."""
        return not person.away and person.vacant is None and person.hours.opening(self.now) is not None

    def wanted(self, person: Thing, piece: Thing) -> bool:
        """Tell whether a piece of work is neither kept for others nor barred for a person."""
        if (person, person.leavers) in piece.barred:
            return False
        kept = {(who, which) for who, which in piece.kept if who.leavers == which}
        return not kept or self.now >= piece.open_at or (person, person.leavers) in kept

    def fits(self, person: Thing, piece: Thing) -> bool:
        """Tell whether somebody who starts only what fits may start a piece of work now."""
        if self.roles[person.role].at_shift_end != "fit":
            return True
        return self.spare(person, piece, self.now) >= 0

    def spare(self, person: Thing, piece: Thing, at: int) -> int:
        """Say how much of a person's present opening would be left after a piece of work that begins at an instant."""
        return person.hours.opening(self.now)[1] - at - sum(self.needed(piece, [person], at)[:3])

    def pace(self, item: Thing, person: Thing, at: int) -> float:
        """Say how much of an item a person gets done in the time in which others do 1."""
        role, onboarding, training, learning = self.roles[person.role], 1.0, 1.0, 1.0
        if role.onboarding and person.hired is not None:
            passed = min(1, (at - person.hired) / role.onboarding.lasts) if role.onboarding.lasts else 1
            onboarding = role.onboarding.start + (1 - role.onboarding.start) * passed
        for place, course in enumerate(role.training):
            if person.learnt.get(place, inf) <= at:
                decayed = 0.5 ** ((at - person.learnt[place]) / course.decay) if course.decay < NEVER else 1
                training += course.effect * decayed
        if role.learning:
            times = role.learning.experience + 1 + person.experience[item.node]
            learning = max(role.learning.floor, times ** log2(role.learning.rate))
        familiarity = self.tasks[item.node].familiarity if item.case in person.known else 1.0
        return ((person.skill * onboarding) * training) / (learning * familiarity)

    def needed(self, piece: Thing, people: list[Thing], at: int) -> tuple[int, int, int, float]:
        """Say what is left to do by some people: setup, work of the present turn, of those to come, and their pace."""
        pace = min(self.pace(piece.opener, person, at) for person in people)
        rest, who = piece.rest, [(person, person.leavers) for person in people]
        if piece.started < 0:
            rest = whole((piece.items[0] if piece.one_by_one else piece.opener).duration / pace)
        elif who == piece.who:
            pace = piece.pace
        elif pace != piece.pace:
            rest = whole(rest * piece.pace / pace)
        behind = sum(whole(item.duration / pace) for item in piece.items[1:]) if piece.one_by_one else 0
        return piece.setup_left, rest, behind, pace

    # Dispatch ------------------------------------------------------------------------------------------------------

    def turn(self, piece: Thing) -> tuple[Any, ...]:
        """Give the place of a piece of work in its queue."""
        first = piece.opener
        rule = self.roles[self.tasks[piece.node].performer[0]].discipline
        key = {"lifo": -piece.released, "spt": piece.drawn, "edd": piece.due}.get(rule, 0)
        if rule == "siro":
            at = piece.released if piece.node in self.steady else self.now
            key = self.luck("lot", self.lineages[piece.node], at, first.case.position)
        return (*piece.order[:2], key, *piece.order[2:])

    def dispatch(self) -> None:
        """Give what waits to who is free, in order."""
        present, held = [person for person in self.people if self.on_shift(person)], {}
        urgent = any(piece.preempts for piece in self.queue)
        queues = self.lines() if urgent or any(person.busy is None for person in present) else {}
        while any(queues.values()) and (urgent or any(p.busy is None and p not in held for p in present)):
            queue = min(filter(None, queues.values()), key=lambda queue: queue[0].order)
            pushed = self.serve(queue.pop(0), present, held)
            queues = self.lines([*chain(*queues.values()), pushed]) if pushed else queues
        self.hold(held)

    def lines(self, pieces: list[Thing] | None = None) -> dict[Any, list[Thing]]:
        """Put what waits into its queues, each in the order of its turns."""
        queues: dict[Any, list[Thing]] = {}
        for piece in sorted(self.queue if pieces is None else pieces, key=self.turn):
            task = self.tasks[piece.node]
            queues.setdefault((task.together, task.performer), []).append(piece)
        return queues

    def serve(self, piece: Thing, present: list[Thing], held: dict[Thing, Thing]) -> Thing | None:
        """Let a piece of work have its turn; give the piece that it breaks into, if any."""
        task, places = self.tasks[piece.node], self.places[piece.node]
        able = [p for p in present if p.role in places]
        free = [p for p in able if p.busy is None and p not in held]
        if task.together:
            self.seat(piece, task, free, held)
            return None
        free = [p for p in free if self.wanted(p, piece) and self.fits(p, piece)]
        if free:
            person = min(free, key=lambda p: (places[p.role], self.able[p.role], p.last, p.number))
            self.begin(piece, [person])
            return None
        if not piece.preempts:
            return None
        rank = piece.order[:2]
        weaker = [p for p in able if p.busy and len(p.busy.people) == 1 and p.busy.order[:2] > rank and not p.leaves]
        weaker = [p for p in weaker if self.wanted(p, piece) and self.fits(p, piece)]
        if not weaker:
            return None
        person = max(weaker, key=lambda p: (*p.busy.order[:2], p.busy.taken, -p.number))
        pushed = person.busy
        self.put_back(pushed, PREEMPTED)
        self.begin(piece, [person])
        return pushed

    def seat(self, piece: Thing, task: Task, free: list[Thing], held: dict[Thing, Thing]) -> None:
        """Let several people begin a piece of work, if all seats can be filled; else hold them when it is time."""
        free = [p for p in free if (p, p.leavers) not in piece.barred and self.fits(p, piece)]
        free.sort(key=lambda p: (self.able[p.role], p.last, p.number))
        may = [[p for p in free if seat in {p.role, *self.roles[p.role].also}] for seat in task.performer]
        kept = [who for who, which in piece.kept if who.leavers == which and self.now < piece.open_at]
        for place, seat in enumerate(task.performer):
            if any(seat in {p.role, *self.roles[p.role].also} for p in kept):
                may[place] = [p for p in may[place] if p in kept]
                break
        most, seats = filled(may), []
        for place, people in enumerate(may):
            for person in people:
                rest = [[p for p in others if p not in [*seats, person]] for others in may[place + 1 :]]
                if person not in seats and sum(p is not None for p in seats) + 1 + filled(rest) == most:
                    seats.append(person)
                    break
            else:
                seats.append(None)
        if None not in seats:
            self.begin(piece, seats)
        elif self.now >= piece.holds_at:
            held.update(dict.fromkeys(filter(None, seats), piece))

    def hold(self, held: dict[Thing, Thing]) -> None:
        """Note for whom people are held from this dispatch on."""
        for person in self.people:
            before, now = person.hold, held.get(person)
            if before and before[0] is not now:
                self.holdings.append((before[0], person, before[1], self.now))
                person.hold = None
            if now and person.hold is None:
                person.hold = (now, self.now)
            if now:
                until = person.hours.opening(self.now)[1]
                if self.roles[person.role].at_shift_end == "fit":
                    still = range(self.now, until)
                    until = self.now + bisect_left(still, 1, key=lambda at: self.spare(person, now, at) < 0)
                self.at(until, SHIFTS, -1, person.number, lambda: None)

    # Work ----------------------------------------------------------------------------------------------------------

    def begin(self, piece: Thing, people: list[Thing]) -> None:
        """Let people begin a piece of work, or do the rest of it."""
        _, piece.rest, _, piece.pace = self.needed(piece, people, self.now)
        if piece.started < 0:
            piece.started = self.now
        self.queue.remove(piece)
        piece.people, piece.person, piece.taken = people, people[0].number, self.now
        piece.who = [(person, person.leavers) for person in people]
        for person in people:
            person.busy = piece
        self.go_on(piece)

    @staticmethod
    def present(piece: Thing) -> list[Thing]:
        """Give the items that are being done: all, or one of a run one by one."""
        return piece.items[:1] if piece.one_by_one else piece.items

    def hours_of(self, piece: Thing) -> Hours:
        """Give the time in which a piece of work goes on: when all are on shift who do not finish in overtime."""
        several = [p.hours for p in piece.people if self.roles[p.role].at_shift_end != "finish"]
        return several[0] if len(several) == 1 else Common(several)

    def go_on(self, piece: Thing) -> None:
        """Let a stretch of work begin."""
        items = self.present(piece)
        for item in items:
            item.started, item.person = self.now if item.started < 0 else item.started, piece.person
        piece.since, ends = self.now, self.hours_of(piece).add(self.now, piece.setup_left + piece.rest)
        piece.event = self.at(ends, WORK_ENDS, *self.place_of(items[0]), lambda: self.finish(piece))

    def stretch(self, piece: Thing, why: int) -> None:
        """Let a stretch of work end."""
        for item in self.present(piece):
            item.stints += [(person.number, piece.since, self.now, why) for person in piece.people]
        piece.event.off, piece.event, piece.halted = True, None, self.now

    def halt(self, piece: Thing, why: int) -> None:
        """Break work off, if it is going on."""
        if piece.event:
            done = self.hours_of(piece).open_time(piece.since, self.now)
            setup = min(done, piece.setup_left)
            piece.setup_left -= setup
            piece.rest -= done - setup
            self.stretch(piece, why)
        elif why == ABSENT and piece.halted == self.now:
            for item in self.present(piece):
                item.stints[-1] = (*item.stints[-1][:3], ABSENT)

    def put_back(self, piece: Thing, why: int) -> None:
        """Break work off; it waits again at its old place, and its people are free."""
        self.halt(piece, why)
        self.queue.append(piece)
        self.release_people(piece)

    def finish(self, piece: Thing) -> None:
        """Let people go on with a run, or be free again; then let the completed items go on."""
        items = list(self.present(piece))
        self.stretch(piece, DONE)
        if piece.one_by_one and len(piece.items) > 1:
            piece.items.pop(0)
            self.next_turn(piece)
            self.go_on(piece)
        else:
            piece.completed = self.now
            self.release_people(piece)
        for item in sorted(items, key=lambda item: item.case.number):
            item.people = piece.who
            self.complete(item)

    @staticmethod
    def next_turn(piece: Thing) -> None:
        """Let the turn in a run pass to the next member."""
        piece.setup_left, piece.rest = 0, whole(piece.items[0].duration / piece.pace)

    def release_people(self, piece: Thing) -> None:
        """Let the people of a piece of work be free; what they owe begins before the next dispatch."""
        for person in piece.people:
            person.busy, person.last = None, self.now
            if person.owed:
                self.at(self.now, SHIFTS, -1, person.number, lambda person=person: self.pay(person))

    # Away ----------------------------------------------------------------------------------------------------------

    def pay(self, person: Thing) -> None:
        """Let begin what somebody owes, now that they are not at work."""
        if person.busy is None:
            owed, person.owed = person.owed, []
            for action in owed:
                action()

    def owe(self, person: Thing, action: Callable[[], None], *, interrupts: bool = False) -> None:
        """Let something happen to a person: now, or at the completion of the work at hand."""
        if person.busy is None or (interrupts and len(person.busy.people) == 1):
            action()
        else:
            person.owed.append(action)

    def be_away(
        self,
        person: Thing,
        kind: int,
        back: int,
        then: Callable[[], None],
        *,
        interrupts: bool = False,
        place: int = 0,
    ) -> None:
        """Be away until a time, and break into the work at hand if need be."""
        block = Thing(kind=kind, interrupts=interrupts)
        person.away.append(block)
        self.duties.append((person.number, self.now, back, kind, place))
        self.at(back, SHIFTS, -1, person.number, lambda: self.come_back(person, block, then))
        if interrupts and person.busy:
            self.halt(person.busy, ABSENT if kind == ABSENCE else CALLED_AWAY)

    def come_back(self, person: Thing, block: Thing, then: Callable[[], None]) -> None:
        """Be there again; interrupted work goes on when nothing else keeps its person away."""
        person.away.remove(block)
        then()
        if block.interrupts:
            self.resume(person)

    def resume(self, person: Thing) -> None:
        """Let interrupted work go on if it can; in overtime only from the next shift on."""
        piece = person.busy
        if piece is None or piece.event or any(block.interrupts for block in person.away):
            return
        opens = person.hours.next_open(self.now)
        if self.roles[person.role].at_shift_end == "finish" and opens > self.now:
            self.at(opens, SHIFTS, -1, person.number, lambda: self.resume(person))
        else:
            self.go_on(piece)

    def begin_duties(self, person: Thing) -> None:
        """Give somebody with other duties the first block or gap, at time 0."""
        duties = self.roles[person.role].other_duties
        if duties and duties.share > 0:
            u = self.luck("duty phase", person.first, 0, person.there)
            if u < duties.share:
                self.duty(person, 0, whole(duties.block * (u / duties.share)))
            else:
                self.duty_gap(person, 0)

    def duty_gap(self, person: Thing, number: int) -> None:
        """Begin a gap between blocks of other duties."""
        duties = self.roles[person.role].other_duties
        mean = duties.block * (1 - duties.share) / duties.share
        gap = whole(self.draw(Exponential("", mean), "duty", person.first, number, person.there))
        action = lambda: self.duty(person, number + 1, duties.block)  # noqa: E731
        due = lambda: self.owe(person, action, interrupts=duties.interrupts)  # noqa: E731
        self.at(person.hours.add(self.now, gap), SHIFTS, -1, person.number, due)

    def duty(self, person: Thing, number: int, length: int) -> None:
        """Be away on other duties for so much working time."""
        breaks = self.roles[person.role].other_duties.interrupts
        back = person.hours.add(self.now, length)
        self.be_away(person, DUTY, back, lambda: self.duty_gap(person, number), interrupts=breaks)

    def absence_gap(self, person: Thing, kind: Any, number: int) -> None:  # noqa: ANN401
        """Begin a gap between absences of a kind."""
        lineage = f"{person.first}/{kind.name}"
        gap = whole(self.draw(kind.every, "absence", lineage, number, person.there))
        if number == 0 and kind.every.is_constant():
            gap = whole(self.luck("absence phase", lineage, 0, person.there) * gap)
        action = lambda: self.absence(person, kind, number)  # noqa: E731
        due = lambda: self.owe(person, action, interrupts=kind.interrupts)  # noqa: E731
        self.at(self.now + gap, SHIFTS, -1, person.number, due)

    def absence(self, person: Thing, kind: Any, number: int) -> None:  # noqa: ANN401
        """Be absent for a while."""
        lasts = whole(self.draw(kind.lasts, "absence length", f"{person.first}/{kind.name}", number, person.there))
        then = lambda: self.absence_gap(person, kind, number + 1)  # noqa: E731
        place = self.roles[person.role].absences.index(kind)
        self.be_away(person, ABSENCE, self.now + lasts, then, interrupts=kind.interrupts, place=place)

    def begin_courses(self, person: Thing) -> None:
        """Enter the trainings of a person."""
        for place, course in enumerate(self.roles[person.role].training):
            at = int((course.at - self.midnight).total_seconds() * 1000)
            lasts = self.worth(course.lasts, self.roles[person.role].calendar)
            if at < 0:
                person.learnt[place] = at
            else:
                action = partial(self.enrol, person, Thing(course=place, lasts=lasts))
                self.at(person.hours.next_open(at), SHIFTS, inf, person.number, action)

    def enrol(self, person: Thing, course: Thing) -> None:
        """Send who is in the post now to a course."""
        if person.vacant is None and not any(block.kind == VACANT for block in person.away):
            self.owe(person, lambda: self.train(person, course))

    def train(self, person: Thing, course: Thing) -> None:
        """Be away for a course; know more afterwards."""
        back, learnt = person.hours.add(self.now, course.lasts), person.learnt
        self.be_away(person, TRAINING, back, lambda: learnt.update({course.course: back}))

    def employ(self, person: Thing) -> None:
        """Enter the end of an employment, and how long a person stays."""
        job = person.job
        begins = 0 if job.begins is None else (job.begins - self.start).days * DAY
        if begins > 0:
            self.be_away(person, VACANT, begins, lambda: None)
        if job.until is not None:
            ends = max(0, (job.until - self.start).days * DAY + DAY)
            self.at(ends, SHIFTS, -1, person.number, lambda: self.resign(person))
        self.stay(person, max(begins, 0))

    def resign(self, person: Thing) -> None:
        """Let an employment end, now or with the work at hand, which nothing preempts any more."""
        person.leaves = True
        self.owe(person, lambda: self.go_for_good(person))

    def go_for_good(self, person: Thing) -> None:
        """Let an employment end."""
        person.leavers, person.gone = person.leavers + 1, True
        person.away.append(Thing(kind=VACANT, interrupts=False))
        self.duties.append((person.number, self.now, self.end, VACANT, 0))

    def stay(self, person: Thing, since: int) -> None:
        """Draw how long a person stays."""
        leaving = self.roles[person.role].leaving
        if leaving and leaving.rate > 0:
            rule = Exponential("", YEAR / leaving.rate)
            stays = whole(self.draw(rule, "leaving", person.first, person.leavers, person.there))
            leaves = lambda: self.owe(person, lambda: self.leave_post(person))  # noqa: E731
            self.at(since + stays, SHIFTS, -1, person.number, leaves)

    def leave_post(self, person: Thing) -> None:
        """Leave for good: the post is vacant, and a case of the vacancy may arise."""
        if person.leaves:
            return
        person.vacant, person.leavers = self.now, person.leavers + 1
        for course in self.courses:
            trigger = course.process.cases.trigger
            if trigger and trigger.vacancy == person.role:
                self.at(self.now, ARRIVALS, inf, person.number, lambda course=course: self.arise(course))

    def arise(self, course: Thing) -> None:
        """Let a case arise from a vacancy."""
        course.arisen += 1
        self.arrive(course, VACANCY, course.arisen - 1)

    def promise(self, item: Thing, effect: Any) -> None:  # noqa: ANN401
        """Let an end bring about a hire."""
        case = item.case
        after = whole(self.draw(effect.after, "hire", self.lineages[item.node], item.visit, case.position))
        self.at(self.now + after, SHIFTS, case.number, self.rank[item.node], lambda: self.hire(effect.hire))

    def hire(self, role: str) -> None:
        """Fill the post that has been vacant longest."""
        vacant = [p for p in self.people if p.role == role and p.vacant is not None and not p.leaves]
        if vacant:
            person = min(vacant, key=lambda p: (p.vacant, p.number))
            self.duties.append((person.number, person.vacant, self.now, VACANT, 0))
            person.vacant = None
            self.renew(person, self.now)
            self.stay(person, self.now)
