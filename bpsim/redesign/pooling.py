"""The operator on pools of people: several roles become one, one becomes several, or people of some make up a team."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, ClassVar

from pydantic import Field

from bpsim.model import flow
from bpsim.model.client import CHASES
from bpsim.model.findings import listed
from bpsim.model.organisation import Department, Role, Transfer
from bpsim.model.process import Process, joined
from bpsim.model.written import Delay, Frozen, Whole
from bpsim.redesign import edits
from bpsim.redesign.allocation import role_at
from bpsim.redesign.change import Change, Footprint, Trouble, no_such
from bpsim.redesign.information import carried
from bpsim.redesign.organisation import people
from bpsim.redesign.rosters import Roster, enrolled, is_name, roster, usual, with_roles

#: What holds for all people of a role, so that only those can be pooled who have it in common.
COMMON = (
    "kind", "other_duties", "absences", "at_shift_end", "discipline", "learning", "training", "leaving", "onboarding",
)  # fmt: skip
Performers = tuple[str, ...]


class Share(Frozen):
    """A part of a pool that is split: its people and its work."""

    staff: Whole = Field(description="How many of the people.")
    tasks: tuple[str, ...] = Field(description="The tasks that they do.")
    also: tuple[str, ...] | None = Field(None, description="Other roles whose work they can do; those of the pool.")


class Division(Frozen):
    """Which pool is split, and into what."""

    role: str = Field(description="The role, as department.role.")
    into: dict[str, Share] = Field(min_length=2, description="The new roles: {department.role: {staff:, tasks:}}.")


class Team(Frozen):
    """Which people make up a team, and what it does."""

    origins: tuple[str, ...] = Field(min_length=1, alias="from", description="The roles that people come from.")
    size: Whole | dict[str, Whole] = Field(description="How many people of each role: a number, or {role: number}.")
    tasks: tuple[str, ...] = Field(min_length=1, description="The tasks that the team does from now on.")

    def taken(self) -> dict[str, int]:
        """Give how many people come from each role."""
        return {role: self.size if isinstance(self.size, int) else self.size.get(role, 0) for role in self.origins}


class Pool(Change):
    """Pool the people of several roles (`merge`), split a pool (`split`), or make up a team (`team`).

    Nobody comes or goes, and everybody keeps their hours, pace, cost and luck.
    """

    operator: ClassVar[str] = "pool"
    merge: tuple[str, ...] = Field((), description="The roles that become one.")
    split: Division | None = Field(None, description="The role that becomes several: {role:, into: {ROLE: {...}}}.")
    team: Team | None = Field(None, description="A team of people of some roles: {from: [...], size:, tasks: [...]}.")
    into: str = Field("", description="With merge and team: the role that they become; the first of merge.")
    transfer: Delay | None = Field(None, description="How long a case is on its way there from other departments.")

    def describe(self) -> str:
        """Say what the change does."""
        if self.team:
            taken = listed([f"{people(number)} of {role}" for role, number in self.team.taken().items()])
            return f"{taken} become the team {self.into}, which does {listed(self.team.tasks)}"
        if self.split:
            parts = [f"{name} ({people(part.staff)})" for name, part in self.split.into.items()]
            return f"{self.split.role} is split into {listed(parts)}"
        return f"{listed(self.merge)} become one pool, {self._target()}"

    def _located(self, process: Process) -> tuple[str, Change]:  # noqa: ARG002 - people belong to all processes
        return "", self

    def _target(self) -> str:
        return self.into or next(iter(self.merge), "")

    def _old(self) -> tuple[str, ...]:
        """Name the roles that people come from."""
        return self.team.origins if self.team else (self.split.role,) if self.split else self.merge

    def _new(self) -> tuple[str, ...]:
        return tuple(self.split.into) if self.split else (self._target(),)

    # -- what forbids it -----------------------------------------------------------------------------------------------

    def check(self, process: Process) -> list[Trouble]:
        """Find everything that forbids the change in this process."""
        troubles = list(self._forms()) or list(self._names(process))
        if troubles:
            return troubles
        return [*self._unlike(process), *self._capacity(process), *self._work(process), *self._named(process)]

    def _forms(self) -> Iterator[Trouble]:
        given = [key for key in ("merge", "split", "team") if getattr(self, key)]
        if len(given) != 1:
            what = f"{listed(given)} at once" if given else "nothing to pool"
            yield Trouble("BP612", (given[-1],) if given else (), what, "Write one of merge, split and team.")
        elif self.split and self.into:
            yield Trouble("BP612", ("into",), "into beside split", "The new roles stand in split.")
        elif self.merge and len(set(self.merge)) < max(2, len(self.merge)):
            yield Trouble("BP612", ("merge",), "not two different roles", "Name the roles to unite, each once.")
        elif self.team and not self.into:
            yield Trouble("BP612", (), "a team without a name", "Write into: DEPARTMENT.ROLE.")

    def _names(self, process: Process) -> Iterator[Trouble]:
        at = ("team", "from") if self.team else ("split", "role") if self.split else ("merge",)
        roles = process.roles()
        for i, name in enumerate(self._old()):
            if name not in roles:
                yield no_such("role", name, at if self.split else (*at, i), roles)
        stays = () if self.team else self._old()
        for name in self._new():
            path = ("split", "into", name) if self.split else ("into",)
            if not is_name(name):
                yield Trouble("BP608", path, f"{name} cannot be the name of a role", "Write DEPARTMENT.ROLE.")
            elif name in roles and name not in stays:
                yield Trouble("BP608", path, f"there is a role {name} already", "Choose another name.")
            elif self.split and name.partition(".")[0] not in process.departments:
                yield no_such("department", name.partition(".")[0], path, process.departments)
        for part, share in self.split.into.items() if self.split else ():
            for i, name in enumerate(share.also or ()):
                if _full(name, part) not in {*roles, *self._new()}:
                    yield no_such("role", name, ("split", "into", part, "also", i), roles)

    def _unlike(self, process: Process) -> Iterator[Trouble]:
        """Find what the people to be pooled have not in common."""
        first, *others = (process.role(name) for name in self._old())
        path = ("team", "from") if self.team else ("merge",)
        for i, other in enumerate(others, start=1):
            unlike = [key for key in COMMON if getattr(other, key) != getattr(first, key)]
            if first.at_shift_end == "finish" and _late(other) != _late(first):
                unlike.append("overtime_cost")
            if unlike:
                what = f"{self._old()[i]} and {self._old()[0]} differ in {listed(unlike)}"
                yield Trouble("BP680", (*path, i), what, "Make them alike first, with staff, tune or set.")
        names = Counter(name for role in self._old() for name in process.role(role).people)
        if twice := [name for name, number in names.items() if number > 1]:
            yield Trouble("BP680", path, f"two people are called {listed(sorted(twice))}", "Give them different names.")

    def _capacity(self, process: Process) -> Iterator[Trouble]:
        """Find whether people would come from nowhere, or vanish."""
        if self.split:
            staff, shared = process.role(self.split.role).staff, sum(part.staff for part in self.split.into.values())
            if staff != shared:
                what = f"{self.split.role} has {people(staff)}, and {people(shared)} are shared out"
                yield Trouble("BP681", ("split", "into"), what, "Share out everybody; hire with staff.")
        for role, number in self.team.taken().items() if self.team else ():
            staff = process.role(role).staff
            if not 0 < number <= staff:
                what = f"{role} has {people(staff)}, and {people(number)} would come from there"
                yield Trouble("BP681", ("team", "size"), what, "Take one or more, and no more than there are.")

    def _work(self, process: Process) -> Iterator[Trouble]:
        """Find work that nobody would do, or that is no work of theirs."""
        work = process.work()
        if self.team:
            for i, name in enumerate(self.team.tasks):
                yield from self._task(work, name, ("team", "tasks", i), set(self._old()))
        if self.split:
            role = self.split.role
            for part, share in self.split.into.items():
                for i, name in enumerate(share.tasks):
                    yield from self._task(work, name, ("split", "into", part, "tasks", i), {role})
            shared = {name for share in self.split.into.values() for name in share.tasks}
            for name, task in work.items():
                if role in task.performer and name not in shared:
                    yield Trouble("BP682", ("split", "into"), f"nobody is left to do {name}", "Share it out, too.")
            if role in _filled(process):
                what = f"vacancies of {role} start cases, or are filled"
                yield Trouble("BP607", ("split", "role"), what, "Nothing says which of the new roles is meant.")

    @staticmethod
    def _task(work: dict[str, flow.Task], name: str, path: tuple[str | int, ...], roles: set[str]) -> Iterator[Trouble]:
        if name not in work:
            yield no_such("task", name, path, work)
        elif not roles & set(work[name].performer):
            what = f"{name} is no work of {listed(sorted(roles), 'or')}"
            yield Trouble("BP682", path, what, "Name their tasks; give them others with reassign.")
        elif work[name].together:
            yield Trouble("BP617", path, f"{name} needs several people at once", "Nothing says who of them comes.")

    def _named(self, process: Process) -> Iterator[Trouble]:
        for name, task in process.work().items():
            if task.person and task.performer[0] in self._old():
                what = f"cases name the person for {name} by the number in {task.performer[0]}"
                yield Trouble("BP683", (), what, f"End that first: allocate: {{tasks: [{name}], policy: any}}.")

    # -- what it does --------------------------------------------------------------------------------------------------

    def footprint(self, process: Process) -> Footprint:
        """Name what the change reads and writes."""
        after = self.changed(process)
        roles, made = process.roles(), after.roles()
        writes = {role_at(name) for name in {*roles, *made} if roles.get(name) != made.get(name)}
        writes |= {f"departments.{name}" for name in after.departments if name not in process.departments}
        for key, one in after.every().items():
            before, at = (process.of(key), f"others.{key}.") if key else (process, "")
            writes |= {f"{at}{path}" for path in edits.written(before, one)}
        writes |= {"transfers"} if self.transfer is not None else set()
        return Footprint(frozenset({"departments", "flow", "others", "cases"}), frozenset(writes))

    def changed(self, process: Process) -> Process:
        """Make the changed process."""
        made = self._teamed(process) if self.team else self._split(process) if self.split else self._merged(process)
        roles = process.roles()
        other = [role_at(name) for name, role in roles.items() if made.roles().get(name) != role]
        made = edits.saying(made, other, None)
        if self.transfer is None:
            return made
        ways = {
            f"{origin} -> {target}": Transfer(delay=self.transfer)
            for target in dict.fromkeys(name.partition(".")[0] for name in self._new())
            for origin in made.departments
            if origin != target
        }
        return carried(made, ways)

    def _made(self, process: Process, base: str, new: str, some: Roster, **fields: Any) -> Role:  # noqa: ANN401
        """Make a role of some people that is otherwise as an old one was."""
        old = process.role(base)
        role = old if new == base else old.model_copy(update={"title": ""})
        role = role if new in self._old() and not self.split else usual(role, some)
        return enrolled(new, role.model_copy(update=fields), some)

    def _merged(self, process: Process) -> Process:
        target, old = self._target(), set(self.merge)
        base = target if target in old else self.merge[0]
        everybody = [one for name in self.merge for one in roster(name, process.role(name))]
        also = dict.fromkeys(role for name in self.merge for role in process.role(name).also if role not in old)
        role = self._made(process, base, target, everybody, also=tuple(also))
        after = with_roles(_housed(process, target, base), {target: role}, old - {target})
        after = _performed(after, lambda _, name: (target,) if name in old else (name,))
        return _speaking(after, lambda name: (target,) if name in old else (name,))

    def _split(self, process: Process) -> Process:
        assert self.split is not None  # noqa: S101 - narrows the type
        old, into = self.split.role, self.split.into
        everybody, roles = roster(old, process.role(old)), {}
        for name, share in into.items():
            some, everybody = everybody[: share.staff], everybody[share.staff :]
            also = process.role(old).also if share.also is None else tuple(_full(one, name) for one in share.also)
            roles[name] = self._made(process, old, name, some, also=also)
        after = with_roles(process, roles, {old} - set(into))
        doing = {task: tuple(name for name, share in into.items() if task in share.tasks) for task in process.work()}
        after = _performed(after, lambda task, name: doing[task] if name == old else (name,))
        return _speaking(after, lambda name: tuple(into) if name == old else (name,), into)

    def _teamed(self, process: Process) -> Process:
        assert self.team is not None  # noqa: S101 - narrows the type
        team, roles, base = [], {}, self.team.origins[0]
        for name, number in self.team.taken().items():
            everybody = roster(name, process.role(name))
            stay = len(everybody) - number
            roles[name] = enrolled(name, process.role(name), everybody[:stay])
            team += everybody[stay:]
        made = self._made(process, base, self.into, team, also=())
        after = with_roles(_housed(process, self.into, base), {**roles, self.into: made})
        old, tasks = set(self.team.origins), set(self.team.tasks)
        return _performed(after, lambda task, name: (self.into,) if task in tasks and name in old else (name,))


def _full(name: str, part: str) -> str:
    return name if "." in name else f"{part.partition('.')[0]}.{name}"


def _late(role: Role) -> float:
    """Give what overtime costs; nothing of its own when it costs what an hour costs."""
    return -1.0 if role.overtime_cost == role.cost else role.overtime_cost


def _housed(process: Process, role: str, base: str) -> Process:
    """Give a role a department: one of the body and the hours of another's, when there is none."""
    name, home = role.partition(".")[0], process.departments[base.partition(".")[0]]
    if name in process.departments:
        return process
    made = Department(body=home.body, calendar=home.calendar)
    return process.model_copy(update={"departments": {**process.departments, name: made}})


def _filled(process: Process) -> set[str]:
    """Name the roles whose vacancies start cases or are filled."""
    found = set()
    for one in process.every().values():
        found |= {one.cases.trigger.vacancy} if one.cases.trigger else set()
        found |= {node.effect.hire for node in one.flow.values() if isinstance(node, flow.End) and node.effect}
    return found


def _performed(process: Process, change: Callable[[str, str], Performers]) -> Process:
    """Let others do tasks, in all processes: `change(task, role)` gives who stands for a role; each is asked once."""
    for key, one in process.every().items():
        nodes: dict[str, Any] = dict(one.flow)
        for name, task in one.tasks().items():
            who = tuple(new for old in task.performer for new in change(joined(key, name), old))
            nodes[name] = task.model_copy(update={"performer": who if task.together else tuple(dict.fromkeys(who))})
        cases, chases = one.cases, one.cases.client.chases
        if chases and chases.work:
            who = tuple(new for old in chases.work.performer for new in change(joined(key, CHASES), old))
            work = chases.work.model_copy(update={"performer": tuple(dict.fromkeys(who))})
            client = cases.client.model_copy(update={"chases": chases.model_copy(update={"work": work})})
            cases = cases.model_copy(update={"client": client})
        after = one.model_copy(update={"flow": nodes, "cases": cases})
        process = process.having(key, after) if key else after
    return process


def _speaking(process: Process, change: Callable[[str], Performers], keep: Collection[str] = ()) -> Process:
    """Let skills (but for those of the roles in `keep`) and vacancies speak of other roles."""
    for name, role in process.roles().items():
        also = tuple(dict.fromkeys(new for old in role.also for new in change(old) if new != name))
        if also != role.also and name not in keep:
            process = edits.set_role(process, name, also=also)
    for key, one in process.every().items():
        nodes: dict[str, Any] = {
            name: _hiring(node, change) if isinstance(node, flow.End) else node for name, node in one.flow.items()
        }
        cases, trigger = one.cases, one.cases.trigger
        if trigger and trigger.vacancy:
            new = trigger.model_copy(update={"vacancy": change(trigger.vacancy)[0]})
            cases = cases.model_copy(update={"trigger": new})
        after = one.model_copy(update={"flow": nodes, "cases": cases})
        process = process.having(key, after) if key else after
    return process


def _hiring(end: flow.End, change: Callable[[str], Performers]) -> flow.End:
    if end.effect is None:
        return end
    (hire,) = change(end.effect.hire)
    return end.model_copy(update={"effect": end.effect.model_copy(update={"hire": hire})})
