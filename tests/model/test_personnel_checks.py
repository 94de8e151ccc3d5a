"""Checks of how people change, and of the order in which they work: every slip with its words."""

from typing import Any

import pytest

from bpsim.model.process import Process
from tests.model.drawing import drawn, only

Said = tuple[str, str, str, str]
LEAVING = {"leaving": {"rate": "40% per year"}}


def staffed(clerk: dict[str, Any] | None = None, **parts: Any) -> Process:  # noqa: ANN401 - parts of a process
    """Make a process whose only role is as it is said; its end hires when people leave."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, **(clerk or {})}}}}
    nodes = {"e": {"effect": {"hire": "desk.clerk"}}} if "leaving" in (clerk or {}) else {}
    return drawn(nodes={**nodes, **parts.pop("nodes", {})}, departments=departments, **parts)


def told(process: Process) -> Said:
    """Give the whole of the one thing that is found: code, path, what and hint."""
    found = only(process)
    return found.code, ".".join(map(str, found.path)), found.what, found.hint


@pytest.mark.parametrize(
    ("clerk", "expected"),
    [
        (
            {**LEAVING, "onboarding": {"lasts": "90d", "start": 0}},
            (
                "BP540",
                "departments.desk.roles.clerk.onboarding.start",
                "a new person who does nothing never gets up to speed",
                "Write a part above zero, such as 50%.",
            ),
        ),
        (
            {"onboarding": {"lasts": "90d", "start": "50%"}},
            (
                "BP423",
                "departments.desk.roles.clerk.onboarding",
                "nobody leaves, so nobody is new",
                "Add leaving: {rate: 12% per year}.",
            ),
        ),
        (
            {"proficiency": 0},
            (
                "BP512",
                "departments.desk.roles.clerk.proficiency",
                "a proficiency of 0: the work would never be done",
                "Write 1 for usual, 0.8 for slower, 1.2 for faster.",
            ),
        ),
    ],
)
def test_how_people_change(clerk: dict[str, Any], expected: Said) -> None:
    """Everybody gets something done, and only who is new has to get up to speed."""
    assert told(staffed(clerk)) == expected


def test_who_is_hired_exists() -> None:
    """The role of a vacancy that is filled, or that makes a case, is looked up like any other."""
    hint = "Did you mean 'desk.clerk'?"
    assert told(staffed(nodes={"e": {"effect": {"hire": "desk.clark"}}})) == (
        "BP401",
        "flow.e.effect.hire",
        "desk has no role clark",
        hint,
    )
    assert told(staffed(cases={"trigger": {"vacancy": "desk.clark"}})) == (
        "BP401",
        "cases.trigger.vacancy",
        "desk has no role clark",
        hint,
    )
