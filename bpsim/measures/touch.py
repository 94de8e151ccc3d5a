"""The working time of people and machines on each row, beyond their hours too."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpsim.eventlog import NONE, EventLog
from bpsim.measures.staff import Presence
from bpsim.measures.steps import Times

Values = NDArray[np.float64]
HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Touch:
    """Who worked on what, and for how long (ms): an entry for each row, or for each stretch of a row.

    `time` is all working time, `beyond` the part of it after the end of the shift. The members of a batch served
    together have equal shares. The time of several people at once is added up.
    """

    row: Times
    person: Times
    time: Values
    beyond: Values

    @classmethod
    def of(cls, log: EventLog, presence: Presence) -> "Touch":
        """Gather it; what is under way at the stop ends there."""
        started, completed = (log.items[name].astype(np.int64) for name in ("started", "completed"))
        done = (log.items["person"] >= 0) & (started != NONE)
        done[log.stints["row"]] = False
        rows = np.flatnonzero(done)
        completed = np.where(completed == NONE, log.settings.stopped, completed)
        row = np.concatenate([rows, log.stints["row"]])
        person = np.concatenate([log.items["person"][rows].astype(np.int64), log.stints["person"]])
        start = np.concatenate([started[rows], log.stints["start"]])
        end = np.concatenate([completed[rows], log.stints["end"]])
        inside = _inside(presence, person, start, end)
        goes_on = np.array([role.overtime for role in log.settings.roles], np.bool_)[log.settings.person_roles()]
        beyond = np.where(goes_on[person], end - start - inside, 0)
        shared = _sharing(log)[row]
        return cls(row, person, (inside + beyond) / shared, beyond / shared)

    def by_row(self, log: EventLog) -> Values:
        """Add up the time on each row."""
        return np.bincount(self.row, self.time, len(log.items["case"])).astype(np.float64)

    def cost(self, log: EventLog) -> Values:
        """Give what each entry costs: the time at the hourly cost of the person, overtime at its own."""
        roles = log.settings.person_roles()
        late = np.array([role.overtime_cost for role in log.settings.roles], np.float64)
        hourly = log.settings.person_costs()
        if not len(self.person):
            return np.zeros(0, np.float64)
        usual = hourly[self.person] * ((self.time - self.beyond) / HOUR)
        return np.asarray(usual + late[roles[self.person]] * (self.beyond / HOUR), np.float64)


def _inside(presence: Presence, person: Times, start: Times, end: Times) -> Times:
    """Give the part of each stretch of time that lies in the hours of the person."""
    time = np.zeros(len(person), np.int64)
    calendars = presence.calendars[person]
    for calendar in np.unique(calendars).tolist():
        mine = np.flatnonzero(calendars == calendar)
        time[mine] = presence.opening(calendar).between(start[mine], end[mine])
    return time


def _sharing(log: EventLog) -> Times:
    """Say by how many members of a batch the time on each row is shared: by those who were there at its start."""
    number = np.ones(len(log.items["case"]), np.int64)
    run = np.repeat(np.arange(len(log.batch_starts) - 1), np.diff(log.batch_starts))
    together = ~np.array([node.one_by_one for node in log.settings.nodes], np.bool_)[log.batches["node"]][run]
    began = together & (log.items["started"][log.batch_rows] != NONE)
    number[log.batch_rows[began]] = np.bincount(run[began], minlength=len(log.batch_starts))[run[began]]
    return number
