"""When people are away: other duties in working time, absences in civil time, and the time outside an employment."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count

from bpsim.engine.draws import bounded
from bpsim.engine.plan import Plan
from bpsim.engine.posts import Posts
from bpsim.engine.recorder import Recorder
from bpsim.engine.roles import AbsencePlan, PersonPlan, RolePlan
from bpsim.engine.shifts import Shift
from bpsim.engine.streams import Streams, uniform
from bpsim.eventlog import ABSENCE, ABSENT, CALLED_AWAY, DONE, NONE, OTHER_DUTIES, TRAINING, VACANT
from bpsim.values.calendars import NEVER
from bpsim.values.distributions import Exponential

#: Gaps and lengths in turn: (gap, length of the block after it).
Course = Iterator[tuple[int, int]]
#: A stretch of work: its start, its end and why it ended.
Stretch = tuple[int, int, int]


class Blocks:
    """One reason for one person to be away, again and again.

    A block starts when it is due, or, when the person is at work then and it does not interrupt, after this work.
    """

    __slots__ = ("_add", "_ahead", "_course", "_gap", "_length", "due", "interrupts", "kind")

    def __init__(self, course: Course, add: Callable[[int, int], int], kind: int, *, interrupts: bool = False) -> None:
        """Begin with the first gap, at 0; `add` counts gaps and lengths from an instant."""
        self._course, self._add = course, add
        self.kind, self.interrupts = kind, interrupts
        #: What was looked ahead at: due, end, the gap before it and its length.
        self._ahead: deque[tuple[int, int, int, int]] = deque()
        self._gap, self._length = next(course)
        self.due = add(0, self._gap)

    def begin(self, start: int) -> int:
        """Start the block that is due; give its end."""
        if self._ahead:
            due, end, _, length = self._ahead.popleft()
            if start != due:
                end = self._put_off(start, length)
            self.due = self._ahead[0][0] if self._ahead else self._follow(end)
            return end
        end = self._add(start, self._length)
        self.due = self._follow(end)
        return end

    def _put_off(self, start: int, length: int) -> int:
        """Let what was looked ahead at come later, because a block starts later than it was due; give its end."""
        end = last = self._add(start, length)
        later = list(self._ahead)
        self._ahead.clear()
        for _, _, gap, lasts in later:
            due = self._add(last, gap)
            last = self._add(due, lasts)
            self._ahead.append((due, last, gap, lasts))
        return end

    def _follow(self, end: int) -> int:
        """Give when the block after one that ends then is due."""
        self._gap, self._length = next(self._course, (NEVER, 0))
        return self._add(end, self._gap) if end < NEVER else NEVER

    def within(self, start: int, end: int) -> tuple[int, int] | None:
        """Give the first block to come that lies in a time in part, when all start as they become due."""
        for place in count():
            if place == len(self._ahead):
                due = self._follow(self._ahead[-1][1]) if self._ahead else self.due
                ends = self._add(due, self._length) if due < NEVER else NEVER
                self._ahead.append((due, ends, self._gap, self._length))
            opened, closed, _, _ = self._ahead[place]
            if opened >= end:
                return None
            if closed > start and closed > opened:
                return opened, closed
        return None


def civil(time: int, length: int) -> int:
    """Count civil time from an instant."""
    return min(time + length, NEVER)


class Trainings(Blocks):
    """The trainings of a person: each is due at an instant of its own, and only who is in the post then goes."""

    __slots__ = ("_at", "_dates", "_in_post", "place")

    def __init__(
        self, dates: Iterable[tuple[int, int, int]], add: Callable[[int, int], int], in_post: Callable[[int], bool]
    ) -> None:
        """Take them in turn: (due, length, place in the list)."""
        self._add, self._in_post, self._dates = add, in_post, deque(sorted(dates))
        self.kind, self.interrupts, self.place = TRAINING, False, NONE
        self._follow(0)

    def begin(self, start: int) -> int:
        """Start the training that is due; give its end, or its start when nobody is there to go."""
        end = self._add(start, self._length) if self._in_post(self.due) else start
        self.place = self._at
        self._follow(end)
        return end

    def _follow(self, end: int) -> int:
        self.due, self._length, self._at = self._dates.popleft() if self._dates else (NEVER, 0, NONE)
        return end


class Absences:
    """Everybody's absences, other duties and times outside the employment.

    `due` is when the next block of a person is due, `until` the end of the latest that has begun.
    """

    def __init__(self, plan: Plan, streams: Streams, recorder: Recorder, posts: Posts | None) -> None:
        """Draw everybody's first gap."""
        self._plan, self._streams, self._record, self._posts = plan, streams, recorder.duties, posts
        #: When each person's trainings ended, by their place in the list of the role.
        self.trained: list[dict[int, int]] = []
        people = sum(role.staff for role in plan.roles)
        self.until = [0] * people
        self.due = [NEVER] * people
        self._blocks: list[tuple[Blocks, ...]] = []
        for role in plan.roles:
            for ordinal, person in enumerate(role.people):
                self.trained.append({i: t.at for i, t in enumerate(role.training) if t.at < 0})
                self._blocks.append(tuple(self._made(role, ordinal, person)))
        self._breaking = [tuple(one for one in blocks if one.interrupts) for blocks in self._blocks]
        for number, blocks in enumerate(self._blocks):
            if blocks:
                self.due[number] = min(one.due for one in blocks)

    def _made(self, role: RolePlan, ordinal: int, person: PersonPlan) -> Iterator[Blocks]:
        if person.begins or person.ends < NEVER:
            first = [(0, person.begins)] if person.begins else []
            yield Blocks(iter([*first, (max(0, person.ends - person.begins), NEVER)]), civil, VACANT)
        for absence in role.absences:
            course = self._absence(role, absence, ordinal)
            yield Blocks(course, civil, ABSENCE, interrupts=absence.interrupts)
        if any(training.at >= 0 for training in role.training):
            yield self._trainings(role, ordinal, person)
        if role.block and role.share > 0:
            table = self._plan.tables[person.calendar]
            yield Blocks(self._duty(role, ordinal), table.add, OTHER_DUTIES, interrupts=role.duties_interrupt)

    def _trainings(self, role: RolePlan, ordinal: int, person: PersonPlan) -> Trainings:
        table, number = self._plan.tables[person.calendar], role.first_person + ordinal
        due = [(table.next_open(t.at), t.lasts, i) for i, t in enumerate(role.training) if t.at >= 0]
        dates = [one for one in due if person.begins <= one[0] < person.ends]
        posts = self._posts
        return Trainings(dates, table.add, lambda at: posts is None or posts.in_post(number, at))

    def _duty(self, role: RolePlan, ordinal: int) -> Course:
        lineage, number = role.luck[ordinal]
        key = self._streams.key("duty", lineage)
        gap = Exponential("", role.block * (1 - role.share) / role.share)
        gaps = ((round(gap.quantile(uniform(key, n, number))), role.block) for n in count())
        u = uniform(self._streams.key("duty phase", lineage), 0, number)
        return chain([(0, round(role.block * (u / role.share)))], gaps) if u < role.share else gaps

    def _absence(self, role: RolePlan, absence: AbsencePlan, ordinal: int) -> Course:
        was, number = role.luck[ordinal]
        streams, lineage = self._streams, f"{was}/{absence.name}"
        phase, gaps, lengths = (streams.key(p, lineage) for p in ("absence phase", "absence", "absence length"))
        for n in count():
            if n == 0 and absence.every.is_constant():
                gap = round(absence.every.quantile(0.5) * uniform(phase, 0, number))
            else:
                gap = bounded(absence.every, uniform(gaps, n, number))
            yield gap, bounded(absence.lasts, uniform(lengths, n, number))

    def _begin(self, person: int, block: Blocks, start: int) -> None:
        due = block.due
        end = block.begin(start)
        if isinstance(block, Trainings):
            if self._posts and not self._posts.in_post(person, due):
                return
            self.trained[person][block.place] = end
        if start <= self._plan.horizon:
            shown = self._plan.horizon if block.kind == VACANT and end >= NEVER else end
            self._record += (person, start, shown, block.kind)
        self.until[person] = max(self.until[person], end)

    def away_until(self, person: int, now: int) -> int:
        """Bring what an idle person does up to now; give the end of the last block that has begun."""
        while self.due[person] <= now:
            for block in self._blocks[person]:
                while block.due <= now:
                    self._begin(person, block, block.due)
            self.due[person] = min(block.due for block in self._blocks[person])
        return self.until[person]

    def worked(self, person: int, now: int, *, common: bool = False) -> None:
        """Start the blocks that became due during the work that ends now; those that interrupted it are over.

        Nothing interrupts work that is common to several people.
        """
        if self.due[person] > now:
            return
        for block in self._blocks[person]:
            if block.interrupts and not common:
                while block.due <= now:
                    self._begin(person, block, block.due)
            elif block.due <= now:
                self._begin(person, block, now)
        self.due[person] = min(block.due for block in self._blocks[person])

    def back(self, person: int, now: int) -> int:
        """Give when whatever has broken off the work of a person is over; NEVER when they are at it."""
        if not self._breaking[person]:
            return NEVER
        hole = self._hole(person, now, now + 1)
        return hole[2] if hole else NEVER

    def stretches(self, person: int, shift: Shift, now: int, work: int) -> list[Stretch]:
        """Give the stretches of work that begins now, broken off by whatever interrupts."""
        if not self._breaking[person]:
            return [(now, shift.add(now, work), DONE)]
        found: list[Stretch] = []
        start, left = now, work
        while True:
            end = shift.add(start, left)
            hole = self._hole(person, start, min(end, self._plan.horizon + 1))
            if hole is None:
                found.append((start, end, DONE))
                return found
            at, cause = max(hole[0], start), hole[1]
            left -= shift.worked(start, at)
            found.append((start, at, cause))
            start = at
            while hole is not None:
                start = shift.resumed(hole[2])
                hole = self._hole(person, start, start + 1)

    def _hole(self, person: int, start: int, end: int) -> tuple[int, int, int] | None:
        """Give the first interruption in a time: its start, its cause and its end."""
        found = []
        for block in self._breaking[person]:
            part = block.within(start, end)
            if part:
                found.append((part[0], ABSENT if block.kind == ABSENCE else CALLED_AWAY, part[1]))
        return min(found, default=None)

    def finish(self, now: int, busy: set[int], common: set[int]) -> None:
        """Write down the blocks that have begun by the end of the run; who is at common work begins none."""
        for person, blocks in enumerate(self._blocks):
            if not blocks:
                continue
            if person not in busy:
                self.away_until(person, now)
            for block in self._breaking[person] if person not in common else ():
                while block.due <= now:
                    self._begin(person, block, block.due)
