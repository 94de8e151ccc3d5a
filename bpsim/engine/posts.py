"""Who is in which post: people leave, posts are vacant, others are hired, and nobody is who was there before."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bpsim.engine.clock import AVAILABLE, Signal
from bpsim.engine.draws import Case, bounded
from bpsim.engine.streams import Streams, uniform
from bpsim.eventlog import NONE, VACANT
from bpsim.values.calendars import NEVER
from bpsim.values.distributions import Exponential
from bpsim.values.durations import YEAR

if TYPE_CHECKING:
    from bpsim.engine.plan import NodePlan, Plan
    from bpsim.engine.pools import GeneralPool
    from bpsim.engine.recorder import Recorder

#: What is done when somebody has left: (person, now).
Left = Callable[[int, int], None]


class Posts:
    """The posts of all roles. A post has the number of its person, whoever that is: `hired` tells since when.

    People are remembered as tokens: the number of the post and how many were in it before.
    """

    def __init__(self, plan: "Plan", streams: Streams, recorder: "Recorder") -> None:
        """Begin with somebody in every post."""
        self._plan, self._recorder = plan, recorder
        self._role_of = [number for number, role in enumerate(plan.roles) for _ in range(role.staff)]
        self._number = len(self._role_of)
        self._ends = [person.ends for role in plan.roles for person in role.people]
        self.hired = [NONE] * self._number
        self._before = [0] * self._number
        self._vacant: dict[int, list[tuple[int, int]]] = {number: [] for number in range(len(plan.roles))}
        self._gone: list[list[tuple[int, int]]] = [[] for _ in self._role_of]
        self._stay = [Exponential("", YEAR / role.leaving) if role.leaving else None for role in plan.roles]
        self._luck = [(streams.key("leaving", lineage), number) for role in plan.roles for lineage, number in role.luck]
        self._asked: dict[int, list[Left]] = {}
        self._pools: list[GeneralPool | None] = [None] * self._number

    def begin(self, run: Any) -> None:  # noqa: ANN401 - the replication, which imports this module
        """Let people leave when they do."""
        self._clock, self._absences, self._paces = run.clock, run.absences, run.paces
        for pool, plan in zip(run.pools, self._plan.pools, strict=True):
            for role in plan.roles:
                for person, one in enumerate(self._plan.roles[role].people, self._plan.roles[role].first_person):
                    self._pools[person] = pool
                    self._stays(person, max(one.begins, 0))

    def ask(self, role: int, left: Left) -> None:
        """Tell somebody of every vacancy of a role."""
        self._asked.setdefault(role, []).append(left)

    # -- who is who --------------------------------------------------------------------------------------------------

    def token(self, person: int) -> int:
        """Give the token of who is in a post now."""
        return person + self._number * self._before[person]

    def present(self, tokens: tuple[int, ...]) -> tuple[int, ...]:
        """Give those of the people with these tokens who are still in their posts."""
        people = ((token % self._number, token // self._number) for token in tokens)
        return tuple(person for person, before in people if before == self._before[person])

    def in_post(self, person: int, time: int) -> bool:
        """Tell whether somebody was in a post at an instant."""
        return not any(left <= time < hired for left, hired in self._gone[person])

    # -- leaving and hiring ------------------------------------------------------------------------------------------

    def _stays(self, person: int, now: int) -> None:
        role = self._role_of[person]
        stay = self._stay[role]
        if stay is None:
            return
        key, number = self._luck[person]
        at = now + bounded(stay, uniform(key, self._before[person], number))
        if at <= self._plan.horizon:
            self._at(person, at)

    def _at(self, person: int, at: int) -> None:
        """Let a person leave at an instant."""
        self._clock.push(at, AVAILABLE, person - self._number, Signal(partial(self._leaves, person, at)))

    def _leaves(self, person: int, now: int, _: Signal) -> None:
        if now >= self._ends[person]:
            return
        pool = self._pools[person]
        assert pool is not None  # noqa: S101 - narrows the type; everybody has a pool
        pool.dismiss(person, now, self._vacate, self._at)

    def _vacate(self, person: int, now: int) -> None:
        role = self._role_of[person]
        self._before[person] += 1
        self._vacant[role].append((now, person))
        self._gone[person].append((now, NEVER))
        for left in self._asked.get(role, ()):
            left(person, now)

    def hire(self, role: int, now: int) -> None:
        """Fill the post of a role that has been vacant longest, if there is one whose employment has not ended."""
        vacant = [(since, person) for since, person in self._vacant[role] if now < self._ends[person]]
        if not vacant:
            return
        since, person = min(vacant)
        self._vacant[role].remove((since, person))
        self._absences.away_until(person, now)
        self._gone[person][-1] = (since, now)
        self._note(person, since, now)
        self.hired[person] = now
        if self._paces:
            self._paces.forget(person)
        pool = self._pools[person]
        assert pool is not None  # noqa: S101 - as above
        pool.welcome(person, now)
        self._stays(person, now)

    def _note(self, person: int, since: int, until: int) -> None:
        self._recorder.duties += (person, since, until, VACANT)

    def finish(self) -> None:
        """Write down the posts that are vacant at the end of the run."""
        for vacant in self._vacant.values():
            for since, person in vacant:
                self._note(person, since, self._plan.horizon)


def posts(plan: "Plan", streams: Streams, recorder: "Recorder") -> Posts | None:
    """Give the posts of a plan; None where nobody leaves."""
    return Posts(plan, streams, recorder) if any(role.leaving for role in plan.roles) else None


def hiring(course: Any, rank: int, node: "NodePlan") -> Callable[[Case, int, int], None] | None:  # noqa: ANN401 - the course
    """Make what an end with a hire brings about: (case, visit, now); None for nothing."""
    if node.hire is None or course.posts is None:
        return None
    role, after = node.hire
    key, push, found = course.streams.key("hire", node.lineage), course.clock.push, course.posts

    def bring_about(case: Case, visit: int, now: int) -> None:
        at = now + bounded(after, uniform(key, visit, case.position))
        push(at, AVAILABLE, case.key + rank, Signal(lambda _: found.hire(role, at)))

    return bring_about
