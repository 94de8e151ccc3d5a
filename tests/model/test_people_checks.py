"""Checks of the organisation: roles, calendars, batches, the same person, transfers, clocks and arrivals."""

from datetime import date, timedelta
from typing import Any

import pytest

from bpsim.model.checks import check
from bpsim.model.findings import Finding
from bpsim.model.people_checks import eligible
from bpsim.model.process import Process
from tests.model.drawing import drawn, only, said

LINE = "s > r1; r1 > r2; r2 > e; e"


def organised(roles: dict[str, Any] | None = None, **parts: Any) -> Process:  # noqa: ANN401 - parts of a process
    """Make a process of two tasks: desk.clerk does r1, back.handler does r2."""
    departments = {
        "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, **(roles or {}).get("clerk", {})}}},
        "back": {"calendar": "office", "roles": {"handler": {"staff": 1, **(roles or {}).get("handler", {})}}},
    }
    nodes = {"r1": {"performer": "desk.clerk"}, "r2": {"performer": "back.handler"}}
    for name, changes in parts.pop("nodes", {}).items():
        nodes[name] = {**nodes[name], **changes}
    return drawn(LINE, nodes=nodes, **{"departments": departments, **parts})


def told(found: Finding) -> tuple[str, str, str, str]:
    """Give what is said of one finding."""
    return found.code, ".".join(map(str, found.path)), found.what, found.hint


def test_an_organisation_in_order_is_silent() -> None:
    """Nothing is said of it."""
    assert said(organised()) == []


# Performers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("performer", "what", "hint"),
    [
        ("desk.clark", "desk has no role clark", "Did you mean 'desk.clerk'?"),
        ("desk.zz", "desk has no role zz", "Roles of desk are: clerk."),
        ("clerk", "clerk is not a department.role", "Write desk.clerk."),
        ("dosk.clerk", "there is no role dosk.clerk", "Did you mean 'desk.clerk'?"),
        ("klient", "there is no role klient", "Did you mean 'client'?"),
        ("back.handler", "back has no role handler", "Define it under departments.back.roles."),
    ],
)
def test_undefined_roles(performer: str, what: str, hint: str) -> None:
    """A role that does not exist, with the one that may be meant."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}}}, "back": {}}
    process = drawn(LINE, nodes={"r2": {"performer": performer}}, departments=departments)
    assert told(only(process)) == ("BP401", "flow.r2.performer.0", what, hint)


def test_a_second_performer_is_pointed_at() -> None:
    """Each of several performers is looked at."""
    assert said(organised(nodes={"r2": {"performer": ["back.handler", "desk.zz"]}})) == [
        ("BP401", "flow.r2.performer.1")
    ]


def test_performers_that_do_not_go_together() -> None:
    """The client does not share a task; people and machines neither; nobody is named twice."""
    found = only(organised(nodes={"r2": {"performer": ["back.handler", "client"]}}))
    assert told(found) == (
        "BP421",
        "flow.r2.performer",
        "client cannot share a task with other performers",
        "Make it a task of its own behind a gateway.",
    )
    found = only(
        organised({"handler": {"kind": "system"}}, nodes={"r1": {"performer": ["desk.clerk", "back.handler"]}})
    )
    assert found.what == "people and machines cannot be performers of one task"
    found = only(organised(nodes={"r1": {"performer": ["desk.clerk", "desk.clerk"]}}))
    assert found.what == "one performer is named twice"


def test_somebody_is_there() -> None:
    """A role without staff is told only where nobody else can do its work."""
    assert told(only(organised({"handler": {"staff": 0}}))) == (
        "BP404",
        "departments.back.roles.handler.staff",
        "nobody works as back.handler, whom the task r2 needs",
        "Write staff: 1 or more.",
    )
    assert said(organised({"handler": {"staff": 0}, "clerk": {"also": ["back.handler"]}})) == []
    assert said(organised({"handler": {"staff": 0}}, nodes={"r2": {"performer": ["back.handler", "desk.clerk"]}})) == []


def test_unused_roles() -> None:
    """A role is used by a task, or by `also`; nothing is said while a performer is misspelt."""
    assert said(organised(nodes={"r2": {"performer": "back.handlr"}})) == [("BP401", "flow.r2.performer.0")]
    assert told(only(organised(nodes={"r2": {"performer": "desk.clerk"}}))) == (
        "BP405",
        "departments.back.roles.handler",
        "no task needs the role back.handler",
        "Name it as a performer, or take it out.",
    )
    process = organised({"handler": {"also": ["desk.clerk"]}}, nodes={"r2": {"performer": "desk.clerk"}})
    assert said(process) == []
    assert eligible(process, process.tasks()["r2"]) == ["desk.clerk", "back.handler"]


def test_also() -> None:
    """Other work is that of another role that exists, of the same kind."""
    assert told(only(organised({"clerk": {"also": ["back.handlr"]}}))) == (
        "BP401",
        "departments.desk.roles.clerk.also.0",
        "back has no role handlr",
        "Did you mean 'back.handler'?",
    )
    assert told(only(organised({"clerk": {"also": ["clerk"]}}))) == (
        "BP410",
        "departments.desk.roles.clerk.also.0",
        "desk.clerk can do its own work anyway",
        "Name another role, or leave `also` out.",
    )
    found = only(organised({"clerk": {"also": ["back.handler"]}, "handler": {"kind": "system"}}))
    assert found.what == "desk.clerk and back.handler are not both people or both machines"


def test_other_duties() -> None:
    """They leave some time, and come in blocks of some length."""
    assert said(organised({"clerk": {"other_duties": {"share": "70%", "block": "2h"}}})) == []
    assert said(organised({"clerk": {"other_duties": {"share": 0, "block": 0}}})) == []
    assert told(only(organised({"clerk": {"other_duties": {"share": 1, "block": "2h"}}}))) == (
        "BP419",
        "departments.desk.roles.clerk.other_duties.share",
        "all of the time of desk.clerk goes to other duties",
        "Leave some of it: a share below 100 %.",
    )
    assert told(only(organised({"clerk": {"other_duties": {"share": "20%", "block": 0}}}))) == (
        "BP419",
        "departments.desk.roles.clerk.other_duties.block",
        "other duties in blocks of no time",
        "Write how long a block is, such as 2h.",
    )


# Calendars ------------------------------------------------------------------------------------------------------------


def everywhere(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Name a calendar in each place where one can be named."""
    cases: dict[str, Any] = {"arrivals": "2h"}
    departments = {
        "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}}},
        "back": {"calendar": "office", "roles": {"handler": {"staff": 1}}},
    }
    with_role = {**departments, "desk": {"calendar": "office", "roles": {"clerk": {"staff": 2, "calendar": name}}}}
    return [
        ("cases.calendar", {"cases": {**cases, "calendar": name}}),
        (
            "departments.desk.calendar",
            {"departments": {**departments, "desk": {**departments["desk"], "calendar": name}}},
        ),
        ("departments.desk.roles.clerk.calendar", {"departments": with_role}),
        ("channels.web.calendar", {"channels": {"web": {"share": 1, "calendar": name}}}),
        ("transfers.default.calendar", {"transfers": {"default": {"delay": "1h", "calendar": name}}}),
        ("transfers.within.calendar", {"transfers": {"within": {"delay": "1h", "calendar": name}}}),
        ("transfers.between_bodies.calendar", {"transfers": {"between_bodies": {"delay": "1h", "calendar": name}}}),
        ("transfers.pairs.desk -> back.calendar", {"transfers": {"desk -> back": {"delay": "1h", "calendar": name}}}),
        ("cases.clocks.law.calendar", {"cases": {**cases, "clocks": {"law": {"limit": "5d", "calendar": name}}}}),
        ("flow.r1.calendar", {"nodes": {"r1": {"performer": "client", "calendar": name}}}),
    ]


@pytest.mark.parametrize("place", range(10))
def test_undefined_calendars(place: int) -> None:
    """A calendar that is named anywhere exists."""
    path, parts = everywhere("ofice")[place]
    found = [finding for finding in check(organised(**parts)) if finding.code != "BP405"]
    assert [told(finding) for finding in found] == [
        ("BP402", path, "there is no calendar ofice", "Did you mean 'office'?")
    ]
    _, parts = everywhere("office")[place]
    assert [code for code, _ in said(organised(**parts)) if code != "BP405"] == []


def test_timers_have_calendars_too() -> None:
    """The calendar of a timer is looked at like others."""
    assert said(drawn("s > w; w > e; e", nodes={"w": {"calendar": "nowhere"}})) == [("BP402", "flow.w.calendar")]


def test_calendars_open() -> None:
    """A calendar has hours, and not on holidays only."""
    hours: dict[str, Any] = {"office": {"mon-fri": "09:00-17:00"}, "never": {"holidays": ["2025-12-25"]}}
    assert told(only(organised(calendars=hours))) == (
        "BP403",
        "calendars.never",
        "the calendar never never opens",
        'Give it hours, such as mon-fri: "09:00-17:00".',
    )
    mondays = [(date(2025, 1, 6) + timedelta(weeks=week)).isoformat() for week in range(52)]
    hours["never"] = {"mon": "10:00-12:00", "holidays": ["NL", "2024-12-30", *mondays]}
    assert told(only(organised(calendars=hours))) == (
        "BP403",
        "calendars.never.holidays",
        "the calendar never never opens in 2025: all its hours fall on holidays",
        "Take some out, or open on other days.",
    )
    hours["never"] = {"mon": "10:00-12:00", "holidays": mondays[1:]}
    assert said(organised(calendars=hours)) == []


def test_people_work_in_their_own_hours() -> None:
    """A calendar at a task of people does nothing."""
    assert told(only(organised(nodes={"r1": {"calendar": "office"}}))) == (
        "BP423",
        "flow.r1.calendar",
        "people work in the hours of their role: a calendar of the task does nothing",
        "Leave it out, or give the role this calendar.",
    )


# The same person ------------------------------------------------------------------------------------------------------


def same(rule: dict[str, Any], performer: str = "desk.clerk", drawing: str = LINE) -> list[tuple[str, str, str, str]]:
    """Give what is said of a rule at r2."""
    departments = {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 2}, "aide": {"staff": 1}}}}
    nodes = {"r1": {"performer": "desk.clerk"}, "r2": {"performer": performer, **rule}}
    found = check(drawn(drawing, nodes=nodes, departments=departments))
    return [told(finding) for finding in found if finding.code != "BP405"]


def test_same_person() -> None:
    """A rule that can hold is silent."""
    assert same({"same_person_as": "r1", "keeps_for": "1d"}) == []


@pytest.mark.parametrize(
    ("rule", "performer", "expected"),
    [
        (
            {"same_person_as": "r33"},
            "desk.clerk",
            ("BP411", "flow.r2.same_person_as", "there is no task r33", "Defined are: c, r1, r2."),
        ),
        (
            {"same_person_as": "c"},
            "desk.clerk",
            (
                "BP411",
                "flow.r2.same_person_as",
                "c is not done by people: there is no same person",
                "Leave same_person_as out.",
            ),
        ),
        (
            {"same_person_as": "r1"},
            "client",
            (
                "BP411",
                "flow.r2.same_person_as",
                "r2 is not done by people: there is no same person",
                "Leave same_person_as out.",
            ),
        ),
        (
            {"same_person_as": "r1"},
            "desk.aide",
            (
                "BP412",
                "flow.r2.same_person_as",
                "nobody can do both r1 and r2",
                "Give them a role in common, or let a role do the other's work with `also`.",
            ),
        ),
        (
            {"same_person_as": "r1", "batch": {"size": 2}},
            "desk.clerk",
            (
                "BP413",
                "flow.r2.same_person_as",
                "a batch has no same person: its items are done together",
                "Leave out same_person_as, or the batch.",
            ),
        ),
        (
            {"same_person_as": "r2"},
            "desk.clerk",
            (
                "BP414",
                "flow.r2.same_person_as",
                "r2 never comes before r2: nobody is kept",
                "Name a task that comes before, or leave it out.",
            ),
        ),
        (
            {"keeps_for": "1d"},
            "desk.clerk",
            (
                "BP423",
                "flow.r2.keeps_for",
                "keeps_for does nothing without same_person_as",
                "Add same_person_as: TASK.",
            ),
        ),
    ],
)
def test_same_person_slips(rule: dict[str, Any], performer: str, expected: tuple[str, str, str, str]) -> None:
    """Each rule that cannot hold is told."""
    assert same(rule, performer, "s > c; c > r1; r1 > r2; r2 > e; e") == [expected]


def test_a_task_may_follow_itself_in_a_loop() -> None:
    """In rework the same person does the task again."""
    drawing = "s > x1; x1 > r1; r1 > r2; r2 > x; x > x1 10%, e else; e"
    assert same({"same_person_as": "r2"}, drawing=drawing) == []


# Batches --------------------------------------------------------------------------------------------------------------


def batch(rule: dict[str, Any], **parts: Any) -> list[tuple[str, str, str, str]]:  # noqa: ANN401 - parts of a process
    """Give what is said of a batch at r2."""
    return [told(finding) for finding in check(organised(nodes={"r2": {"batch": rule}}, **parts))]


@pytest.mark.parametrize(
    "rule",
    [
        {"size": 5},
        {"size": 5, "max": 5},
        {"max_wait": "1d", "max": 3},
        {"schedule": "tue, thu 10:00", "cutoff": "1d"},
        {"schedule": "sat 10:00"},
        {"schedule": "mon-sun 10:00", "on_closed": "skip"},
        {"schedule": "sat 10:00", "on_closed": "run"},
    ],
)
def test_sound_batches(rule: dict[str, Any]) -> None:
    """What fires is silent."""
    assert batch(rule) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"size": 0}, ("BP415", "flow.r2.batch.size", "a batch of none", "Write 1 or more.")),
        ({"size": 2, "max": 0}, ("BP415", "flow.r2.batch.max", "a batch of none", "Write 1 or more.")),
        (
            {"size": 5, "max": 3},
            (
                "BP415",
                "flow.r2.batch.max",
                "a run takes at most 3, but fires only at 5",
                "Write 5 or more, or a smaller size.",
            ),
        ),
        ({"max": 3}, ("BP416", "flow.r2.batch", "nothing makes this batch fire", "Add size, max_wait or schedule.")),
        (
            {"schedule": "sat 10:00", "on_closed": "skip"},
            (
                "BP416",
                "flow.r2.batch.schedule",
                'no run at "sat 10:00" falls into the hours of back.handler',
                "Move it into the hours, or write on_closed: next_opening.",
            ),
        ),
        (
            {"schedule": "sat 10:00", "on_closed": "skip", "size": 4},
            (
                "BP417",
                "flow.r2.batch.schedule",
                'no run at "sat 10:00" falls into the hours of back.handler',
                "Move it into the hours, or write on_closed: next_opening.",
            ),
        ),
        (
            {"size": 3, "cutoff": "1h"},
            (
                "BP423",
                "flow.r2.batch.cutoff",
                "a cut-off does nothing without a schedule",
                "Add a schedule, or leave it out.",
            ),
        ),
    ],
)
def test_batch_slips(rule: dict[str, Any], expected: tuple[str, str, str, str]) -> None:
    """Each batch that cannot be, or never fires, is told."""
    assert batch(rule) == [expected]


def test_a_batch_that_is_never_full() -> None:
    """Fewer cases than the batch waits for."""
    cases = {"arrivals": {"every": "1h", "at_most": 3}}
    assert batch({"size": 3}, cases=cases) == []
    assert batch({"size": 4, "max_wait": "1d"}, cases=cases) == []
    assert batch({"size": 4}, cases=cases) == [
        (
            "BP417",
            "flow.r2.batch.size",
            "it waits for 4, but only 3 cases come: it never fires",
            "Take a smaller size, or add max_wait.",
        )
    ]


def test_a_batch_needs_people() -> None:
    """Nobody queues for the client: there is no batch."""
    found = only(drawn("s > c; c > e; e", nodes={"c": {"batch": {"size": 2}}}))
    assert told(found) == (
        "BP418",
        "flow.c.batch",
        "a batch on a task of client",
        "Batches are for work of a role; let a role of kind: system do it.",
    )


def test_a_schedule_needs_hours() -> None:
    """Where the role or its hours are in doubt, the schedule is not blamed."""
    rule = {"schedule": "sat 10:00", "on_closed": "skip"}
    assert [code for code, *_ in batch(rule, calendars={"office": {}})] == ["BP403"]
    found = check(organised(nodes={"r2": {"batch": rule, "performer": "back.nobody"}}))
    assert [finding.code for finding in found] == ["BP401"]


# Transfers, clocks, arrivals ------------------------------------------------------------------------------------------


def test_transfers() -> None:
    """Pairs are of departments that exist, and of two."""
    assert said(organised(transfers={"desk -> back": "1h", "back->desk": "2h"})) == []
    assert told(only(organised(transfers={"desk -> bakc": "1h"}))) == (
        "BP420",
        "transfers.pairs.desk -> bakc",
        "there is no department bakc",
        "Did you mean 'back'?",
    )
    assert told(only(organised(transfers={"desk -> desk": "1h"}))) == (
        "BP420",
        "transfers.pairs.desk -> desk",
        "a transfer from desk to itself",
        "Write `within` for transfers inside departments.",
    )
    assert only(organised(transfers={"desk -> back -> desk": "1h"})).what == "not one department and another"


def clock(rule: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Give what is said of a clock."""
    process = organised(cases={"arrivals": "2h", "clocks": {"law": {"limit": "8 weeks", **rule}}})
    return [told(finding) for finding in check(process)]


def test_clocks() -> None:
    """Clocks know their nodes; `arrival`, `need` and `end` are words of their own."""
    for rule in (
        {},
        {"from": "need", "to": "end", "stops_while": "client"},
        {"from": "r1", "to": ["r2", "e"], "stops_while": ["external", "r2"]},
    ):
        assert clock(rule) == []
    assert clock({"from": "arival"}) == [
        ("BP422", "cases.clocks.law.from", "there is no node arival", "Did you mean 'arrival'?")
    ]
    assert clock({"to": ["e", "r22"]}) == [
        ("BP422", "cases.clocks.law.to.1", "there is no node r22", "Did you mean 'r2'?")
    ]
    assert clock({"stops_while": ["clint"]}) == [
        ("BP422", "cases.clocks.law.stops_while.0", "there is no task clint", "Did you mean 'client'?")
    ]
    assert clock({"stops_while": ["e"]}) == [
        (
            "BP422",
            "cases.clocks.law.stops_while.0",
            "e takes no time: a clock cannot stop while it is open",
            "Name a task or a timer.",
        )
    ]


def arrivals(rule: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Give what is said of arrivals."""
    process = organised(cases={"arrivals": {"every": "2h", **rule}})
    return [told(finding) for finding in check(process)]


def test_arrivals() -> None:
    """Cases come, one after another."""
    assert arrivals({"profile": {"mon": 1.5, "sun": 0, "jan": 0.5}}) == []
    assert arrivals({"every": 0}) == [
        ("BP424", "cases.arrivals.every", "no time between two cases", "Write it with a unit, such as every: 2h.")
    ]
    assert arrivals({"at_most": 0}) == [("BP424", "cases.arrivals.at_most", "no cases at all", "Write 1 or more.")]
    assert arrivals({"profile": {"mond": 1}}) == [
        (
            "BP425",
            "cases.arrivals.profile.mond",
            "mond is no weekday, month or part of a day",
            "Did you mean 'mon'?",
        )
    ]
    assert arrivals({"profile": {"easter": 1}})[0][3].startswith("Write mon ... sun, jan ... dec, or hours")
    assert arrivals({"profile": {"jan": -1}}) == [
        ("BP425", "cases.arrivals.profile.jan", "the factor -1 is negative", "Write zero or more.")
    ]
    nothing = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 0)
    assert arrivals({"profile": nothing}) == [
        (
            "BP424",
            "cases.arrivals.profile",
            "the profile is zero for mon to sun: no cases at all",
            "Give some days a factor above zero.",
        )
    ]
