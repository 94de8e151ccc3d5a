"""What happened, in columns, with everything needed to measure it again years later."""

import dataclasses
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpsim.tables import html_table

Column = NDArray[Any]

#: The columns of a work item, in the order in which the engine appends them.
ITEM_COLUMNS = (
    "case",
    "node",
    "visit",
    "pred",
    "person",
    "created",
    "transferred",
    "released",
    "started",
    "completed",
    "status",
)
CASE_COLUMNS = (
    "need",
    "opened",
    "arrived",
    "ended",
    "outcome",
    "channel",
    "last",
    "process",
    "parent",
    "source",
    "position",
)
BATCH_COLUMNS = ("node", "released", "started", "completed", "person", "setup")
DUTY_COLUMNS = ("person", "start", "end", "kind")
#: A stretch of work of one person on a row that is not simply one person from `started` to `completed`.
STINT_COLUMNS = ("row", "person", "start", "end", "ended_by")
#: A person held for an item that needs several.
RESERVED_COLUMNS = ("row", "person", "start", "end")
#: A contact that is not the `contact` of a task: a chase.
CONTACT_COLUMNS = ("case", "time", "kind", "row")
#: An error that was made in a case: where and when, when it was found, when it was corrected.
ERROR_COLUMNS = ("case", "node", "introduced", "detected", "corrected")

#: Values of the column `status`: RENEGED left the queue before its start, by its own patience.
COMPLETED, TIMED_OUT, CANCELLED, OPEN, RENEGED = 0, 1, 2, 3, 4
#: Values of the column `source` of cases: how the case came to be.
ARRIVAL, BACKLOG, CALLED, VACANCY, EVENT = 0, 1, 2, 3, 4
#: Values of the column `kind` of duties. OTHER_DUTIES and TRAINING are in working time, the others in civil time.
OTHER_DUTIES, ABSENCE, TRAINING, VACANT = 0, 1, 2, 3
#: Values of the column `ended_by` of stints.
DONE, PREEMPTED, ABSENT, CALLED_AWAY, TAKEN_OUT, STOPPED = 0, 1, 2, 3, 4, 5
#: Values of the column `kind` of contacts.
VALUE, FAILURE, STATUS = 0, 1, 2
#: `pred` of the first item of a case; a firing `k` of a join is written FIRST_JOIN - k.
START, FIRST_JOIN = -1, -2
#: Not yet, or nobody.
NONE = -1

#: The version of the file format.
FORMAT = 2


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A node as the log knows it. `kind`: people, machine, system, client, external, timer, or silent (gateways, ends).

    `keeps_for` maps the value of attribute `keeps_by` (or an empty text) to the time an item is kept for the same
    person; so it is for `case_owner` (the owner of the case), `case_team` and `person_by` (whom the attribute
    names, by `person_of` or by itself). Of tasks in `never_same_person_as` nobody who did them may do this one. With
    `together` the performers are seats: it takes a person for each. `detached` work belongs to no token: chases.
    A contact is made in one trip with that of the node `visit` (-1: in a trip of its own). A completion costs `price`.
    `message` is what it waits for. `boundaries` says by what it may be overtaken: a name, and the nodes that can be the
    next to leave a row then (an end with outcome n is -2 - n).
    """

    name: str
    title: str
    lineage: str
    kind: str
    department: int
    performers: tuple[int, ...]
    eligible: tuple[int, ...]
    calendar: int
    contact: tuple[str, ...]
    documents: int
    same_person_as: int
    keeps_by: str
    keeps_for: tuple[tuple[str, int], ...]
    one_by_one: bool
    together: bool
    never_same_person_as: tuple[int, ...]
    case_owner: bool
    case_team: bool
    person_by: str
    person_of: tuple[tuple[str, str], ...]
    detached: bool
    visit: int
    reneges: bool
    introduces_error: bool
    price: float
    message: str = ""
    boundaries: tuple[tuple[str, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person who may differ from the role: own calendar, proficiency (work is divided by it) and cost per hour."""

    name: str
    calendar: int
    proficiency: float
    cost: float


@dataclass(frozen=True, slots=True)
class RoleInfo:
    """A role: `staff` people, numbered from `first_person`; `cost` per hour of work.

    `people` has an entry for each of them, or none when all are as the role is. With `overtime` they finish what they
    have begun after the end of their shift, at `overtime_cost` per hour. They can do the work of the roles in `also`.
    """

    name: str
    title: str
    department: int
    kind: str
    staff: int
    first_person: int
    cost: float
    calendar: int
    other_duties: bool
    fit: bool
    overtime: bool
    overtime_cost: float
    discipline: str
    also: tuple[int, ...]
    leaving: bool
    people: tuple[PersonInfo, ...]


@dataclass(frozen=True, slots=True)
class DepartmentInfo:
    """A department and the body that it belongs to."""

    name: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class CalendarInfo:
    """The openings of a calendar within the run, in milliseconds since the start."""

    name: str
    opens: tuple[int, ...]
    closes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel, with the client's time (ms) and cost of a contact through it."""

    name: str
    client_time: int
    client_cost: float


@dataclass(frozen=True, slots=True)
class ClockInfo:
    """A clock: `limits` maps the value of attribute `by` (or an empty text) to a limit as a written time.

    `on_pass` names the node where a case goes on when the limit has passed; it is empty when nothing happens then.
    """

    name: str
    start: str
    to: tuple[str, ...]
    by: str
    limits: tuple[tuple[str, str], ...]
    calendar: int
    stops_while: tuple[str, ...]
    process: int
    on_pass: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The names, rates and calendars behind the numbers of a log, and where it comes from.

    `groups` names the attribute whose values are the client groups; `value_of_time` is the cost of an hour of the
    client's time by the value of attribute `value_by` (or an empty text). With `appointments` clients come to slots.
    `documents` come with each application.
    """

    process: str
    title: str
    digest: str
    version: str
    start: str
    length: int
    drain: int
    seed: int
    replication: int
    stopped: int
    nodes: tuple[NodeInfo, ...]
    roles: tuple[RoleInfo, ...]
    departments: tuple[DepartmentInfo, ...]
    calendars: tuple[CalendarInfo, ...]
    channels: tuple[ChannelInfo, ...]
    clocks: tuple[ClockInfo, ...]
    outcomes: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    priorities: bool
    processes: tuple[str, ...]
    groups: str
    value_by: str
    value_of_time: tuple[tuple[str, float], ...]
    appointments: bool
    documents: int

    def person_roles(self) -> NDArray[np.int32]:
        """Give the role of each person."""
        return np.repeat(np.arange(len(self.roles), dtype=np.int32), [role.staff for role in self.roles])

    def person_calendars(self) -> NDArray[np.int64]:
        """Give the calendar of each person: their own, or the role's."""
        return np.array(
            [
                calendar
                for role in self.roles
                for calendar in ([person.calendar for person in role.people] or [role.calendar] * role.staff)
            ],
            np.int64,
        )

    def person_costs(self) -> NDArray[np.float64]:
        """Give what an hour of each person costs: their own cost, or the role's."""
        return np.array(
            [
                cost
                for role in self.roles
                for cost in ([person.cost for person in role.people] or [role.cost] * role.staff)
            ],
            np.float64,
        )

    def as_json(self) -> str:
        """Write the settings as JSON."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """Read what as_json wrote."""
        data: dict[str, Any] = json.loads(text)
        parts: dict[str, type] = {
            "nodes": NodeInfo,
            "roles": RoleInfo,
            "departments": DepartmentInfo,
            "calendars": CalendarInfo,
            "channels": ChannelInfo,
            "clocks": ClockInfo,
        }
        for role in data["roles"]:
            role["people"] = tuple(PersonInfo(**person) for person in role["people"])
        for name, part in parts.items():
            data[name] = tuple(part(**{key: _tuples(value) for key, value in entry.items()}) for entry in data[name])
        plain = {key: _tuples(value) for key, value in data.items() if key not in parts}
        return cls(**{**data, **plain})


def written_value(value: object) -> str:
    """Write an attribute's value as a choice by an attribute names it: true, false, 2, 2.5, housing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(float(value)).removesuffix(".0") if isinstance(value, int | float) else str(value)


def _tuples(value: object) -> object:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, eq=False)
class EventLog:
    """The event log of one run.

    `items`: a row per work item (ITEM_COLUMNS; times in ms since the start, -1 for what has not happened), in the
    order of completion, open items last. `cases`: a row per case (CASE_COLUMNS). `attributes`: a value per case.
    `joins`: for firing k of a join the incoming `pred`s are `join_preds[join_starts[k]:join_starts[k + 1]]`, the last
    one critical. `batches` with members `batch_rows[batch_starts[k]:batch_starts[k + 1]]` (row numbers). `duties`:
    when people were away. `stints`: who worked when on the rows that are not one stretch of one person; `reserved`: who
    was held for a row; `contacts`: what clients did beside the tasks; `errors`: what was done wrong.
    """

    settings: Settings
    items: Mapping[str, Column]
    cases: Mapping[str, Column]
    attributes: Mapping[str, Column]
    join_starts: Column
    join_preds: Column
    batches: Mapping[str, Column]
    batch_starts: Column
    batch_rows: Column
    duties: Mapping[str, Column]
    stints: Mapping[str, Column]
    reserved: Mapping[str, Column]
    contacts: Mapping[str, Column]
    errors: Mapping[str, Column]

    def arrays(self) -> dict[str, Column]:
        """Give every column under one flat name, in a fixed order: what is saved and what is hashed."""
        tables = {"items": self.items, "cases": self.cases, "attributes": self.attributes}
        tables |= {"batches": self.batches, "duties": self.duties, "stints": self.stints, "reserved": self.reserved}
        tables |= {"contacts": self.contacts, "errors": self.errors}
        flat = {f"{table}.{name}": columns[name] for table, columns in tables.items() for name in columns}
        flat |= {"join_starts": self.join_starts, "join_preds": self.join_preds}
        return flat | {"batch_starts": self.batch_starts, "batch_rows": self.batch_rows}

    def digest(self) -> str:
        """Identify what happened: the SHA-256 of all columns (equal logs, equal digests)."""
        total = hashlib.sha256()
        for name, column in sorted(self.arrays().items()):
            total.update(name.encode())
            if column.dtype.kind in "iub":
                total.update(np.ascontiguousarray(column, dtype=np.int64).tobytes())
            elif column.dtype.kind == "f":
                total.update(np.ascontiguousarray(column, dtype=np.float64).tobytes())
            else:
                total.update("\x1f".join(map(str, column)).encode())
        return total.hexdigest()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the log to one file (npz with the settings as JSON inside); the file is whole or not there at all."""
        target = Path(path)
        partial = target.with_name(target.name + ".partial")
        memory = io.BytesIO()
        columns: dict[str, Any] = {name: _plain(column) for name, column in self.arrays().items()}
        np.savez_compressed(memory, **columns)
        with zipfile.ZipFile(memory, "a") as archive:
            archive.writestr("settings.json", self.settings.as_json())
            archive.writestr("format.json", json.dumps({"format": FORMAT}))
        try:
            partial.write_bytes(memory.getvalue())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "EventLog":
        """Read a saved log; ValueError when the file is no log of this format."""
        with zipfile.ZipFile(path) as archive:
            if json.loads(archive.read("format.json")) != {"format": FORMAT}:
                message = f"{path} is not an event log of format {FORMAT}"
                raise ValueError(message)
            settings = Settings.from_json(archive.read("settings.json").decode())
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files if not name.endswith(".json")}
        tables: dict[str, dict[str, Column]] = {}
        for name, column in arrays.items():
            table, _, key = name.partition(".")
            tables.setdefault(table, {})[key] = column
        return cls(
            settings=settings,
            items=tables["items"],
            cases=tables["cases"],
            attributes=tables.get("attributes", {}),
            batches=tables["batches"],
            duties=tables["duties"],
            stints=tables["stints"],
            reserved=tables["reserved"],
            contacts=tables["contacts"],
            errors=tables["errors"],
            join_starts=arrays["join_starts"],
            join_preds=arrays["join_preds"],
            batch_starts=arrays["batch_starts"],
            batch_rows=arrays["batch_rows"],
        )

    def __repr__(self) -> str:
        """Say in one line what the log holds."""
        cases, ended = len(self.cases["need"]), int(np.count_nonzero(self.cases["ended"] != NONE))
        name, replication = self.settings.process, self.settings.replication
        items = len(self.items["case"])
        return f"<EventLog of {name}, replication {replication}: {cases} cases, {ended} ended, {items} items>"

    def _repr_html_(self) -> str:
        counts = {
            "cases": len(self.cases["need"]),
            "cases that have ended": int(np.count_nonzero(self.cases["ended"] != NONE)),
            "work items": len(self.items["case"]),
            "runs of batches": len(self.batches["node"]),
            "contacts beside the tasks": len(self.contacts["case"]),
            "errors made": len(self.errors["case"]),
        }
        settings = self.settings
        caption = f"{settings.process}, seed {settings.seed}, replication {settings.replication}, from {settings.start}"
        return html_table(("what happened", "number"), [(name, f"{n:,}") for name, n in counts.items()], caption)


def _plain(column: Column) -> Column:
    """Give text columns a type that can be saved without pickling."""
    return column.astype(str) if column.dtype.kind == "O" else column
