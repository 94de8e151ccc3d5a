"""Everything that can be wrong with a process whose single values are in order: a table of small checks."""

from bpsim.model import (
    choice_checks,
    client_checks,
    data_checks,
    demand_checks,
    event_checks,
    flow_checks,
    people_checks,
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
    *demand_checks.CHECKS,
    *work_checks.CHECKS,
    *client_checks.CHECKS,
)


def check(process: Process) -> list[Finding]:
    """Give everything that is wrong with a process, errors and warnings, in the order of the table."""
    return [finding for look in CHECKS for finding in look(process)]


__all__ = ["CHECKS", "Finding", "check"]
