"""Everything that can be wrong with a process whose single values are in order: a table of small checks."""

from dataclasses import replace

from bpsim.model import (
    choice_checks,
    client_checks,
    crew_checks,
    data_checks,
    demand_checks,
    event_checks,
    family_checks,
    flow_checks,
    people_checks,
    personnel_checks,
    staff_checks,
    work_checks,
)
from bpsim.model.findings import Check, Finding
from bpsim.model.process import Process

CHECKS: tuple[Check, ...] = (
    *flow_checks.CHECKS,
    *choice_checks.CHECKS,
    *event_checks.CHECKS,
    *data_checks.CHECKS,
    *people_checks.CHECKS,
    *staff_checks.CHECKS,
    *crew_checks.CHECKS,
    *personnel_checks.CHECKS,
    *demand_checks.CHECKS,
    *work_checks.CHECKS,
    *client_checks.CHECKS,
)


#: Where the parts of one process stand; everything else is common to all processes of a run.
OWN = ("flow", "cases", "items", "channels")


def check(process: Process) -> list[Finding]:
    """Give everything that is wrong with a process, errors and warnings, in the order of the table."""
    found = [finding for look in CHECKS for finding in look(process)]
    for name in sorted(process.others):
        one = process.of(name)
        own = OWN if one.channels != process.channels else OWN[:3]
        each = (finding for look in CHECKS for finding in look(one))
        found += [replace(f, path=("others", name, *f.path)) for f in each if f.path[:1] and f.path[0] in own]
    found += [finding for look in family_checks.CHECKS for finding in look(process)]
    return list(dict.fromkeys(found))


__all__ = ["CHECKS", "Finding", "check"]
