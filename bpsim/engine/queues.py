"""Who can take what: the sets of performers as queues, and the roles that hang together by them as pools."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bpsim.model.flow import End, EventBased, Gateway, Node, Task, boundaries
from bpsim.model.organisation import Role
from bpsim.model.process import Process


def cancels(process: Process) -> bool:
    """Tell whether a run may take work away before it is done."""
    client = process.cases.client
    acts = any(clock.on_pass for clock in process.cases.clocks.values())
    acts = acts or client.withdraws_after is not None or client.chases is not None
    return acts or any(map(_cancels, process.flow.values()))


def _cancels(node: Node) -> bool:
    if isinstance(node, Task) and node.reneges_after:
        return True
    found = boundaries(node)
    if found:
        queued = isinstance(node, Gateway) or (isinstance(node, Task) and node.by_people())
        return queued or len(found) > 1 or found[0][0] != ("timeout",) or found[0][1].non_interrupting
    return isinstance(node, EventBased) or (isinstance(node, End) and node.terminate)


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """A set of performers: `groups` lists the eligible roles in order of choice, equals together.

    The discipline is that of the first performer's role. Where several people are wanted at once, `seats` lists such
    groups for each seat.
    """

    pool: int
    groups: tuple[tuple[int, ...], ...]
    seats: tuple[tuple[tuple[int, ...], ...], ...]
    discipline: str


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """Roles and queues that hang together. A simple pool has one role and one queue, first come, first served.

    With `breaks` some of its items may break into the work on others.
    """

    roles: tuple[int, ...]
    queues: tuple[int, ...]
    simple: bool
    breaks: bool


def queue_of(task: Task) -> tuple[tuple[str, ...], bool]:
    """Name the queue of a task: its performers, and whether it takes all of them at once."""
    return task.performer, task.together


def _particular(task: Task) -> bool:
    """Tell whether it matters who of those who are eligible does a task."""
    return bool(task.wishes() or task.never_same_person_as or task.together or task.familiarity != 1)


class Queues:
    """The queues of a process: `number` by the performers, `plans`, and the `flexibility` of the roles."""

    def __init__(self, process: Process, role: Mapping[str, int]) -> None:
        """Number the sets of performers; `role` numbers the roles."""
        self._process, self._role = process, role
        models = {name: process.role(name) for name in role}
        tasks = [task for task in process.work().values() if task.by_people()]
        self.number = {key: i for i, key in enumerate(sorted({queue_of(task) for task in tasks}))}
        able = [
            {
                name: min(i for i, wanted in enumerate(performers) if wanted == name or wanted in role.also)
                for name, role in models.items()
                if name in performers or set(role.also) & set(performers)
            }
            for performers, _ in self.number
        ]
        per_queue = Counter(queue_of(task) for task in tasks)
        self.flexibility = {
            name: sum(per_queue[key] for key, roles in zip(self.number, able, strict=True) if name in roles)
            for name in role
        }
        self.pool_of = self._components(able)
        self.plans = []
        for (performers, together), roles in zip(self.number, able, strict=True):
            groups, pool = self._groups(roles), self.pool_of[self._role[next(iter(roles))]]
            wanted = performers if together else ()
            seats = [dict.fromkeys([n for n in roles if n == one or one in models[n].also], 0) for one in wanted]
            discipline = models[performers[0]].discipline
            self.plans.append(QueuePlan(pool, groups, tuple(map(self._groups, seats)), discipline))

    def _groups(self, roles: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
        """Put roles in the order of choice, equals together; `roles` gives the place of the performer that they fit."""
        ordered = sorted({(first, self.flexibility[name]) for name, first in roles.items()})
        return tuple(
            tuple(self._role[n] for n in sorted(roles) if (roles[n], self.flexibility[n]) == key) for key in ordered
        )

    def _components(self, able: list[dict[str, int]]) -> list[int]:
        """Give the pool of each role: roles that are eligible for one queue belong together."""
        group = {name: name for name in self._role}

        def head(name: str) -> str:
            while group[name] != name:
                name = group[name]
            return name

        for roles in able:
            first, *others = sorted(head(name) for name in roles)
            for other in others:
                group[head(other)] = head(first)
        heads = {name: i for i, name in enumerate(sorted({head(name) for name in self._role}))}
        return [heads[head(name)] for name in self._role]

    def pools(self) -> list[PoolPlan]:
        """Give the pools, and which of them are simple."""
        every = self._process.every().values()
        tasks = [task for task in self._process.work().values() if task.by_people()]
        equal = all(process.cases.priority.text == "0" for process in every) and not any(map(cancels, every))
        kept = {self.number[queue_of(task)] for task in tasks if _particular(task)}
        plans = []
        for pool in range(max(self.pool_of, default=-1) + 1):
            roles = tuple(i for i in range(len(self._role)) if self.pool_of[i] == pool)
            queues = tuple(i for i, plan in enumerate(self.plans) if plan.pool == pool)
            models = [self._process.role(name) for name, i in self._role.items() if i in roles]
            breaks = any(process.cases.preempts.text != "false" for process in every) or any(
                task.preempts for task in tasks if self.number[queue_of(task)] in queues
            )
            plain = all(map(_plain, models)) and not breaks
            simple = len(roles) == 1 and len(queues) <= 1 and plain and not kept & set(queues)
            plans.append(PoolPlan(roles, queues, simple and equal, breaks))
        return plans


def _changes(role: Role) -> bool:
    """Tell whether the people of a role get faster, or do not stay."""
    return bool(role.learning or role.training or role.leaving or role.onboarding)


def _plain(role: Role) -> bool:
    """Tell whether the people of a role are all alike, always there in their hours, and first come, first served."""
    alike = role.proficiency == 1 and all(
        (person.calendar, person.proficiency) == (role.calendar, 1.0) and not person.begins and not person.until
        for person in (*role.people.values(), *role.groups)
    )
    there = role.other_duties is None and not role.absences
    return alike and there and not _changes(role) and role.at_shift_end == "pause" and role.discipline == "fifo"
