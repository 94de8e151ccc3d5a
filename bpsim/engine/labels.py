"""What an event log has to know to be measured again years later: the names, rates and calendars behind its numbers."""

from typing import TYPE_CHECKING

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
from bpsim.values.durations import WorkingDays, format_duration
from bpsim.version import __version__

if TYPE_CHECKING:
    from bpsim.engine.plan import Compiler


class Labels:
    """Writes the settings of a log by the numbers of a plan."""

    def __init__(self, made: "Compiler") -> None:
        """Use the numbering of a compiler."""
        self._made = made

    def settings(self) -> Settings:
        """Give names, rates and calendars; seed, replication and stop are filled in by a run."""
        made, process = self._made, self._made.process
        horizon = made.length + made.drain
        return Settings(
            process=process.process,
            title=process.title or process.process,
            digest=process.digest(),
            version=__version__,
            start=made.start.isoformat(),
            length=made.length,
            drain=made.drain,
            seed=0,
            replication=0,
            stopped=0,
            nodes=tuple(self._node_info(name) for name in made.names),
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
                for name, channel in sorted(process.channels.items())
            ),
            clocks=tuple(self._clock_info(name) for name in sorted(process.cases.clocks)),
            outcomes=tuple(made.outcomes),
            attributes=tuple((name, demand.attribute_type(process.cases.attributes[name])) for name in made.attributes),
            priorities=process.cases.priority.text != "0",
            processes=(process.process,),
            groups="",
            value_by="",
            value_of_time=(),
        )

    def _node_info(self, name: str) -> NodeInfo:
        node = self._made.process.flow[name]
        task = node if isinstance(node, flow.Task) else None
        people = task is not None and task.by_people()
        kind = self._made.kind(node)
        if task and people and self._made.process.role(task.performer[0]).kind == "system":
            kind = "machine"
        if kind not in {"people", "machine", "client", "external", "system", "timer"}:
            kind = "silent"
        keeps_by, keeps_for = task.patience() if task else ("", ())
        person = task.person if task else None
        return NodeInfo(
            name=name,
            title=node.title or name,
            lineage=self._made.process.lineage(name),
            kind=kind,
            department=self._made.departments[task.performer[0].partition(".")[0]] if task and people else NONE,
            performers=tuple(self._made.role[p] for p in task.performer) if task and people else (),
            eligible=tuple(self._made.role[p] for p in self._made.process.performers(task)) if task and people else (),
            calendar=self._made.calendar(node),
            contact=task.contact if task else (),
            documents=task.documents if task else 0,
            same_person_as=self._made.rank[task.same_person_as] if task and task.same_person_as else NONE,
            keeps_by=keeps_by,
            keeps_for=keeps_for,
            one_by_one=bool(task and task.batch and task.batch.mode == "one_by_one"),
            together=bool(task and task.together),
            never_same_person_as=tuple(self._made.rank[other] for other in task.never_same_person_as) if task else (),
            case_owner=bool(task and task.case_owner),
            case_team=bool(task and task.case_team),
            person_by=person.by if person else "",
            person_of=tuple(sorted(person.of.items())) if person else (),
            detached=False,
            reneges=False,
            introduces_error=False,
        )

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
            overtime=False,
            overtime_cost=0.0,
            discipline="fifo",
            also=tuple(sorted(self._made.role[other] for other in role.also)),
            leaving=False,
            people=(),
        )

    def _clock_info(self, name: str) -> ClockInfo:
        clock = self._made.process.cases.clocks[name]
        day = self._made.process.calendars[clock.calendar].mean_open_day()
        written = clock.limit.of if isinstance(clock.limit, demand.LimitBy) else {"": clock.limit}
        return ClockInfo(
            name=name,
            start=clock.start,
            to=clock.to,
            by=clock.limit.by if isinstance(clock.limit, demand.LimitBy) else "",
            limits=tuple(sorted((key, _in_open_time(value, day)) for key, value in written.items())),
            calendar=self._made.calendars[clock.calendar],
            stops_while=clock.stops_while,
        )


def _in_open_time(limit: int | WorkingDays, day: float) -> str:
    """Write a limit as a time; a working day is the calendar's mean open time of an open day, however long the run."""
    return format_duration(round(limit.count * day) if isinstance(limit, WorkingDays) else limit)
