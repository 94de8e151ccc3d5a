"""Checks of several people at once, of four eyes, and of those for whom work is kept: every slip with its words."""

from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.process import Process
from tests.model.drawing import drawn, only

Said = tuple[str, str, str, str]
CLERKS_AND_BOSS = {
    "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}, "boss": {"staff": 1}}},
}


def told(process: Process) -> Said:
    """Give the whole of the one thing that is found: code, path, what and hint."""
    found = only(process)
    return found.code, ".".join(map(str, found.path)), found.what, found.hint


# Several at once ------------------------------------------------------------------------------------------------------


def test_settings_of_several_people_on_the_work_of_one() -> None:
    """Only several people are held for each other, and work of several interrupts nobody."""
    assert told(drawn(nodes={"r": {"hold_after": "2h"}})) == (
        "BP423",
        "flow.r.hold_after",
        "hold_after does nothing for one person",
        "Name several: {all: [...]}.",
    )
    together = {"performer": {"all": ["desk.clerk", "desk.boss"]}}
    assert told(drawn(nodes={"r": {**together, "preempts": True}}, departments=CLERKS_AND_BOSS)) == (
        "BP423",
        "flow.r.preempts",
        "work of several people breaks into nothing",
        "Leave it out.",
    )
    assert check(drawn(nodes={"r": {**together, "hold_after": "2h"}}, departments=CLERKS_AND_BOSS)) == []


def test_several_of_whom_one_does_not_exist() -> None:
    """A role that is not there is said once; whether there are enough people is not asked then."""
    found = told(drawn(nodes={"r": {"performer": {"all": ["desk.clerk", "desk.bos"]}}}))
    assert found == ("BP401", "flow.r.performer.1", "desk has no role bos", "Roles of desk are: clerk.")


@pytest.mark.parametrize(("each", "seen"), [(14, True), (15, False)])
def test_so_many_combinations_of_hours_are_looked_at(each: int, seen: bool) -> None:  # noqa: FBT001 - what is expected
    """14 * 14 = 196 pairs of calendars are compared, and none meet; 15 * 15 = 225 are too many to look at."""
    hours = {"clerk": "09", "boss": "10"}
    calendars = {
        f"{role}{i}": {"mon-fri": f"{hour}:{2 * i:02}-{hour}:{2 * i + 1:02}"}
        for role, hour in hours.items()
        for i in range(each)
    }
    roles = {role: {"staff": [{"calendar": f"{role}{i}"} for i in range(each)]} for role in hours}
    process = drawn(
        nodes={"r": {"performer": {"all": ["desk.clerk", "desk.boss"]}}},
        calendars=calendars,
        departments={"desk": {"roles": roles}},
    )
    what = "desk.clerk and desk.boss are never on shift at the same time"
    never = ("BP531", ("flow", "r", "performer"), what, "Give them hours in common.")
    found = [(one.code, one.path, one.what, one.hint) for one in check(process) if one.code == "BP531"]
    assert found == ([never] if seen else [])


# Four eyes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawing", "task", "rule", "expected"),
    [
        (
            "s > c; c > r; r > e; e",
            "r",
            {"never_same_person_as": "c"},
            ("BP533", "never_same_person_as.0", "c is not done by people: there are no eyes", "Leave it out."),
        ),
        (
            "s > r; r > t; t > e; e",
            "t",
            {"never_same_person_as": "r"},
            ("BP533", "never_same_person_as.0", "t is not done by people: there are no eyes", "Leave it out."),
        ),
        (
            "s > r1; r1 > r2; r2 > e; e",
            "r2",
            {"never_same_person_as": "r1", "same_person_as": "r1", "keeps_for": "1d"},
            (
                "BP537",
                "never_same_person_as.0",
                "the same person as r1, and never the same",
                "Leave one of the two out.",
            ),
        ),
    ],
)
def test_four_eyes(drawing: str, task: str, rule: dict[str, Any], expected: Said) -> None:
    """Eyes are those of people, and nobody is the same and another."""
    code, place, what, hint = expected
    assert told(drawn(drawing, nodes={task: rule})) == (code, f"flow.{task}.{place}", what, hint)


# Wishes ---------------------------------------------------------------------------------------------------------------

KEPT = {"case_owner": True}


@pytest.mark.parametrize(
    ("drawing", "nodes", "expected"),
    [
        (
            "s > c; c > r; r > e; e",
            {"c": KEPT},
            (
                "BP411",
                "flow.c.case_owner",
                "c is not done by people: there is nobody to keep it for",
                "Leave case_owner out.",
            ),
        ),
        (
            "s > r1; r1 > r2; r2 > e; e",
            {"r1": KEPT, "r2": {**KEPT, "batch": {"size": 2, "max_wait": "1d"}}},
            (
                "BP413",
                "flow.r2.case_owner",
                "a batch is kept for nobody and closed to nobody: its items are done together",
                "Leave out case_owner, or the batch.",
            ),
        ),
        (
            "s > c; c > r; r > e; e",
            {"c": {"familiarity": "80%"}},
            (
                "BP423",
                "flow.c.familiarity",
                "nobody knows the case: it is not done by people",
                "Leave familiarity out.",
            ),
        ),
        (
            "s > r1; r1 > r2; r2 > e; e",
            {"r1": KEPT, "r2": {**KEPT, "familiarity": 0}},
            (
                "BP540",
                "flow.r2.familiarity",
                "who knows the case would take no time at all",
                "Write a part above zero, such as 80%.",
            ),
        ),
    ],
)
def test_wishes(drawing: str, nodes: dict[str, Any], expected: Said) -> None:
    """Only what people do one by one is kept for somebody, and some of the work remains."""
    assert told(drawn(drawing, nodes=nodes)) == expected


@pytest.mark.parametrize(("key", "word"), [("case_owner", "an owner"), ("case_team", "a team")])
def test_one_task_alone_needs_no_owner(key: str, word: str) -> None:
    """An owner matters where a case comes back: to another task, or to this one again."""
    assert told(drawn(nodes={"r": {key: True}})) == (
        "BP423",
        f"flow.r.{key}",
        f"r is the only task with {key}, and is done once: {word} does nothing more",
        f"Give other tasks {key}: true too.",
    )
    assert check(drawn("s > r; r > x; x > r 30%, e else; e", nodes={"r": {key: True}})) == []


# The person whom a case names --------------------------------------------------------------------------------------


def named(attributes: dict[str, Any], person: dict[str, Any], **nodes: Any) -> Process:  # noqa: ANN401 - parts of nodes
    """Make a process in which a case names the person of its second task."""
    cases = {"arrivals": "exponential(mean=2h)", "attributes": attributes}
    rules = {"r2": {"person": person, "keeps_for": "1d"}, **nodes}
    return drawn("s > r1; r1 > r2; r2 > e; e", nodes=rules, cases=cases)


def test_a_person_by_the_value_itself() -> None:
    """Each value that can be is a person of the role; the first that is not is named."""
    assert check(named({"desk": {"1": "50%", "2": "50%"}}, {"by": "desk"})) == []
    assert told(named({"desk": {"1": "50%", "3": "25%", "4": "25%"}}, {"by": "desk"})) == (
        "BP538",
        "flow.r2.person",
        "desk can be 3, and desk.clerk has no such person",
        "Write a number from 1 to 2; or say who it is: of: {...}.",
    )


def test_a_person_by_what_a_task_changes() -> None:
    """Who does the work is settled when the case begins."""
    attributes = {"desk": {"1": "50%", "2": "50%"}}
    assert told(named(attributes, {"by": "desk"}, r1={"assign": {"desk": '"2"'}})) == (
        "BP357",
        "flow.r2.person",
        "the person depends on desk, which r1 assigns",
        "Use an attribute that no task changes.",
    )


def test_a_person_by_what_is_not_defined() -> None:
    """With `of` the choice is refused as any other is; without, the hint tells both ways."""
    assert told(named({}, {"by": "desk"})) == (
        "BP354",
        "flow.r2.person",
        "undefined attribute desk",
        "Define it under cases.attributes, or write {by: ATTRIBUTE}.",
    )
    found = only(named({}, {"by": "desk", "of": {"else": 1}}))
    assert (found.code, found.what) == ("BP354", "undefined attribute desk")
