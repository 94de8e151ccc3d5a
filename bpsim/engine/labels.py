"""What an event log has to know to be measured again years later: the names, rates and calendars behind its numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpsim.engine.roles import person_infos
from bpsim.eventlog import (
    NONE,
    CalendarInfo,
    ChannelInfo,
    ClockInfo,
    DepartmentInfo,
    NodeInfo,
    RoleInfo,
    Settings,
)
from bpsim.model import demand, flow
from bpsim.model.client import CHASES, Client, MoneyBy
from bpsim.model.documents import brought, with_application
from bpsim.model.process import joined
from bpsim.values.durations import WorkingDays, format_duration
from bpsim.version import __version__

if TYPE_CHECKING:
    from bpsim.engine.plan import Compiler


class Labels:
    """Writes the settings of a log by the numbers of a plan."""

    def __init__(self, compilers: Sequence["Compiler"]) -> None:
        """Use the numbering of the compilers of all processes, the main one first."""
        self._made = compilers[0]
        self._compilers = compilers

    def settings(self) -> Settings:
        """Give names, rates and calendars; seed, replication and stop are filled in by a run."""
        made, process, every = self._made, self._made.process, self._compilers
        nodes = {each.rank[name]: self._node_info(each, name) for each in every for name in each.names}
        horizon = made.length + made.drain
        value_by, value_of_time = _value_of_time(process.cases.client)
        return Settings(
            process=process.process,
            title=process.title or process.process,
            digest=made.shared.whole.digest(),
            version=__version__,
            start=made.start.isoformat(),
            length=made.length,
            drain=made.drain,
            seed=0,
            replication=0,
            stopped=0,
            nodes=tuple(info for _, info in sorted(nodes.items())),
            roles=tuple(self._role_info(name) for name in made.role),
            departments=tuple(
                DepartmentInfo(name, process.departments[name].title or name, process.departments[name].body)
                for name in made.departments
            ),
            calendars=tuple(
                CalendarInfo(
                    name,
                    tuple(time for time in table.opens if time <= horizon),
                    tuple(close for time, close in zip(table.opens, table.closes, strict=True) if time <= horizon),
                )
                for name, table in zip(made.calendars, made.tables, strict=True)
            ),
            channels=tuple(
                ChannelInfo(name, channel.client_time, channel.client_cost)
                for name, channel in sorted(made.shared.channel_models.items())
            ),
            clocks=tuple(self._clock_info(each, name) for each in every for name in sorted(each.process.cases.clocks)),
            outcomes=tuple(made.outcomes),
            attributes=tuple(
                (joined(each.name, name), demand.attribute_type(each.process.cases.attributes[name]))
                for each in every
                for name in each.attributes
            ),
            priorities=any(each.process.cases.priority.text != "0" for each in every),
            processes=made.shared.processes,
            groups=process.cases.client.groups,
            value_by=value_by,
            value_of_time=value_of_time,
            documents=with_application(process),
            appointments=process.cases.arrivals.appointments is not None,
        )

    def _node_info(self, made: "Compiler", name: str) -> NodeInfo:
        node = made.process.flow[name]
        task = node if isinstance(node, flow.Task) else None
        people = task is not None and task.by_people()
        kind = made.kind(name, node)
        if task and people and made.process.role(task.performer[0]).kind == "system":
            kind = "machine"
        if kind == "receive":
            kind = "external"
        if kind not in {"people", "machine", "client", "external", "system", "timer"}:
            kind = "silent"
        keeps_by, keeps_for = task.patience() if task else ("", ())
        person = task.person if task else None
        return NodeInfo(
            name=joined(made.name, name),
            title=node.title or name,
            lineage=joined(made.name, made.process.lineage(name)),
            kind=kind,
            department=made.departments[task.performer[0].partition(".")[0]] if task and people else NONE,
            performers=tuple(made.role[p] for p in task.performer) if task and people else (),
            eligible=tuple(made.role[p] for p in made.process.performers(task)) if task and people else (),
            calendar=made.calendar(node),
            contact=task.contact if task else (),
            documents=task.documents + brought(made.process, task) if task else 0,
            same_person_as=made.rank[task.same_person_as] if task and task.same_person_as else NONE,
            keeps_by=joined(made.name, keeps_by) if keeps_by else "",
            keeps_for=keeps_for,
            one_by_one=bool(task and task.batch and task.batch.mode == "one_by_one"),
            together=bool(task and task.together),
            never_same_person_as=tuple(made.rank[other] for other in task.never_same_person_as) if task else (),
            case_owner=bool(task and task.case_owner),
            case_team=bool(task and task.case_team),
            person_by=joined(made.name, person.by) if person else "",
            person_of=tuple(sorted(person.of.items())) if person else (),
            detached=name == CHASES,
            visit=made.rank[task.visit] if task and task.visit else NONE,
            reneges=bool(task and task.reneges_after),
            introduces_error=bool(task and task.introduces_error),
            price=task.price if task else 0.0,
            message=node.message if isinstance(node, flow.Receive) else "",
            boundaries=()
            if isinstance(node, flow.Gateway)
            else tuple(
                (path[-1] if path[0] == "on" else " ".join(path), self._next_rows(made, boundary.next))
                for path, boundary in flow.boundaries(node)
                if not boundary.non_interrupting
            ),
        )

    def _next_rows(self, made: "Compiler", first: str) -> tuple[int, ...]:
        """Number the nodes that can be the first to leave a row behind a flow; an end is -2 minus its outcome."""
        found, seen, todo = set[int](), set[str](), [first]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            node = made.process.flow[name]
            if isinstance(node, flow.End):
                found.add(-2 - made.outcomes[node.outcome])
            elif isinstance(node, flow.Task | flow.Timer | flow.Receive):
                found.add(made.rank[name])
            else:
                todo += [branch.to for branch in node.next]
        return tuple(sorted(found))

    def _role_info(self, name: str) -> RoleInfo:
        role = self._made.role_models[name]
        return RoleInfo(
            name=name,
            title=role.title or name,
            department=self._made.departments[name.partition(".")[0]],
            kind=role.kind,
            staff=role.staff,
            first_person=self._made.first_person(name),
            cost=role.cost,
            calendar=self._made.calendars[role.calendar],
            other_duties=role.other_duties is not None,
            fit=role.at_shift_end == "fit",
            overtime=role.at_shift_end == "finish",
            overtime_cost=role.overtime_cost,
            discipline=role.discipline,
            also=tuple(sorted(self._made.role[other] for other in role.also)),
            leaving=role.leaving is not None,
            people=person_infos(self._made, name),
        )

    def _clock_info(self, made: "Compiler", name: str) -> ClockInfo:
        clock = made.process.cases.clocks[name]
        day = made.process.calendars[clock.calendar].mean_open_day()
        written = clock.limit.of if isinstance(clock.limit, demand.LimitBy) else {"": clock.limit}
        return ClockInfo(
            name=joined(made.name, name),
            start=_node(made, clock.start),
            to=tuple(_node(made, node) for node in clock.to),
            by=joined(made.name, clock.limit.by) if isinstance(clock.limit, demand.LimitBy) else "",
            limits=tuple(sorted((key, _in_open_time(value, day)) for key, value in written.items())),
            calendar=made.calendars[clock.calendar],
            stops_while=tuple(_node(made, node) for node in clock.stops_while),
            process=made.number,
            on_pass=_node(made, clock.on_pass.next) if clock.on_pass else "",
        )


def _node(made: "Compiler", name: str) -> str:
    """Name a node as the log does; words such as arrival and client stay."""
    return joined(made.name, name) if name in made.rank else name


def _value_of_time(client: Client) -> tuple[str, tuple[tuple[str, float], ...]]:
    """Give the attribute that the value of time depends on (empty: none), and the value for each of its values."""
    if isinstance(client.value_of_time, MoneyBy):
        return client.value_of_time.by, tuple(sorted(client.value_of_time.of.items()))
    return "", ((("", client.value_of_time),) if client.value_of_time else ())


def _in_open_time(limit: int | WorkingDays, day: float) -> str:
    """Write a limit as a time; a working day is the calendar's mean open time of an open day, however long the run."""
    return format_duration(round(limit.count * day) if isinstance(limit, WorkingDays) else limit)
