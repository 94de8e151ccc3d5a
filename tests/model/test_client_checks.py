"""Checks of clients and documents: patience, channels by group, short forms, what is there at which task, the order."""

import pytest

from bpsim.model.documents import brought, there_before, with_application
from tests.model.drawing import drawn, only, said

ITEMS = {"form": {"from": "client"}, "record": {"from": "registry"}, "report": {"from": "a"}}


def test_what_is_there() -> None:
    """With the application, in a registry anyway, or after a task; a join has what each branch has."""
    process = drawn(
        "s > p1; p1 > a, b; a > p2; b > p2; p2 > d; d > e; e",
        nodes={"b": {"produces": "letter", "needs": ["form", "record"]}, "d": {"needs": ["report", "letter"]}},
        items={**ITEMS, "letter": {"from": "b"}},
    )
    assert said(process) == []
    assert there_before(process)["b"] == {"form", "record"}
    assert there_before(process)["d"] == {"form", "record", "report", "letter"}
    assert with_application(process) == 1


def test_a_way_round_it() -> None:
    """What only one of two ways brings is not there; nor what a sibling branch brings."""
    process = drawn("s > x; x > a 30%, b else; a > b; b > e; e", nodes={"b": {"needs": "report"}}, items=ITEMS)
    assert [code for code, _ in said(process) if code != "BP466"] == ["BP463"]
    found = next(one for one in _found(process) if one.code == "BP463")
    assert found.what == "report is not there on every way to b"
    assert found.hint == "It comes from a: lead every way through it."
    beside = drawn("s > p1; p1 > a, b; a > p2; b > p2; p2 > e; e", nodes={"b": {"needs": "report"}}, items=ITEMS)
    assert ("BP463", "flow.b.needs.0") in said(beside)


def _found(process: object) -> list:  # type: ignore[type-arg]
    from bpsim.model.checks import check

    return check(process)  # type: ignore[arg-type]


def test_nothing_after_a_timeout() -> None:
    """Who lets the time pass has brought nothing; after a loop that came through it, it is there."""
    ask = {"timeout": {"after": "2d", "next": "b"}, "produces": "form"}
    process = drawn("s > c; c > b; b > e; e", nodes={"c": ask, "b": {"needs": "form"}}, items={"form": {}})
    assert said(process) == [("BP463", "flow.b.needs.0")]
    nodes = {"c": {"produces": "form"}, "b": {"needs": "form"}}
    again = drawn("s > c; c > b; b > x; x > c 30%, e else; e", nodes=nodes, items={"form": {}})
    assert said(again) == []
    assert with_application(again) == 0


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        ("s > a; a > b; b > e; e", ""),
        ("s > b; b > a; a > e; e", "BP464"),
        ("s > x; x > a 30%, b else; a > b; b > e; e", ""),
        ("s > x; x > b 30%, a else; a > e; b > a; e", "BP464"),
        ("s > a; a > b; b > x; x > a 30%, e else; e", ""),
        ("s > p1; p1 > a, b; a > p2; b > p2; p2 > e; e", "BP464"),
    ],
    ids=["before", "after", "or not at all", "sometimes after", "again", "beside"],
)
def test_order(drawing: str, code: str) -> None:
    """A task that must precede another is not passed for the first time after it, nor beside it."""
    process = drawn(drawing, nodes={"a": {"must_precede": "b"}})
    assert [found for found, _ in said(process)] == ([code] if code else [])


def test_channels_by_a_group() -> None:
    """The shares make 1 for every value; one attribute decides, and does not depend on the channel."""
    kinds = {"kind": {"firm": "30%", "citizen": "70%"}}
    cases = {"arrivals": "1h", "attributes": kinds}
    shares = {"web": {"share": {"by": "kind", "of": {"firm": 1, "else": "40%"}}},
              "desk": {"share": {"by": "kind", "of": {"firm": 0, "citizen": "60%"}}}}  # fmt: skip
    assert said(drawn(cases=cases, channels=shares)) == []
    fixed = {**shares, "desk": {"share": "60%"}}
    assert only(drawn(cases=cases, channels=fixed)).what == (
        "the shares of the channels for kind = firm add up to 160 %"
    )
    unknown = {name: {"share": {"by": "size", "of": {"else": "50%"}}} for name in shares}
    assert [code for code, _ in said(drawn(cases=cases, channels=unknown))] == ["BP354", "BP354"]


def test_who_comes_by_another_channel_depends_on_no_channel() -> None:
    """A shift by an attribute that depends on the channel goes round in a circle; every value has a share."""
    shift: list[dict[str, object]] = [{"to": "desk", "share": {"by": "kind", "of": {"firm": "10%", "citizen": "20%"}}}]
    channels = {"web": {"share": "60%", "shift": shift}, "desk": {"share": "40%"}}
    words = {"firm": "30%", "citizen": "70%"}
    fine = drawn(cases={"arrivals": "1h", "attributes": {"kind": words}}, channels=channels)
    assert said(fine) == []
    shift[0]["share"] = {"by": "kind", "of": {"1": "10%", "else": "20%"}}
    by_channel = {"by": "channel", "of": {"web": 1, "desk": 2}}
    found = _found(drawn(cases={"arrivals": "1h", "attributes": {"kind": by_channel}}, channels=channels))
    assert [(one.code, one.path, one.what, one.hint) for one in found] == [
        (
            "BP472",
            ("channels", "web", "shift", 0, "share", "by"),
            "the channel depends on kind, which depends on the channel: channel -> kind -> channel",
            "Draw one of them by itself.",
        )
    ]


def test_patience() -> None:
    """Clients do not ask every second, and never is a patience."""

    def asked(every: object) -> list[tuple[str, str]]:
        return said(drawn(cases={"arrivals": "1h", "client": {"chases": {"every": every}}}))

    assert asked("1h") == asked("never") == []
    assert asked("exponential(mean=1s)") == [("BP473", "cases.client.chases.every")]
    assert said(drawn(nodes={"r": {"reneges_after": {"after": "never", "next": "e"}}})) == []


@pytest.mark.parametrize("who", ["client", "external"])
def test_who_answers_questions_about_the_state(who: str) -> None:
    """The authority does, not who asks."""
    chases = {"every": "10d", "work": {"performer": [who], "duration": "5min"}}
    found = only(drawn(cases={"arrivals": "2h", "client": {"chases": chases}}))
    assert (found.code, ".".join(map(str, found.path)), found.what, found.hint) == (
        "BP421",
        "cases.client.chases.work.performer.0",
        f"the {who} does not answer questions about the state",
        "Name a department.role, or system.",
    )


@pytest.mark.parametrize(
    ("visit", "what", "hint"),
    [
        ("r1", "", ""),
        ("rr", "there is no task rr", "Defined are: r1, r2, r3."),
        ("r2", "a visit with itself", "Name another task, or leave it out."),
        ("r3", "r3 has no contact with the client: there is no trip", "Give r3 a contact, or leave `visit` out."),
    ],
)
def test_visits(visit: str, what: str, hint: str) -> None:
    """A trip is shared with another task that has a contact."""
    nodes = {"r1": {"contact": "in"}, "r2": {"contact": "out", "visit": f"with {visit}"}}
    process = drawn("s > r1; r1 > r2; r2 > r3; r3 > e; e", nodes=nodes)
    expected = [("BP470", ("flow", "r2", "visit"), what, hint)] if what else []
    assert [(one.code, one.path, one.what, one.hint) for one in _found(process)] == expected


@pytest.mark.parametrize(
    ("of", "attributes", "what"),
    [
        ({"a": "10%", "b": "20%"}, {"kind": {"a": "50%", "b": "50%"}}, ""),
        ({"a": "10%", "else": "20%"}, {"kind": {"a": "50%", "b": "50%"}}, ""),
        ({"a": "10%"}, {"kind": {"a": "50%", "b": "25%", "c": "25%"}}, "nothing is said for kind = b or c"),
        ({"1": "10%"}, {"kind": "uniform(0, 10)"}, "nothing is said for other values of kind"),
        ({"a": "10%"}, {}, "nothing is said for other values of kind"),
    ],
)
def test_every_value_has_a_share(of: dict[str, str], attributes: dict[str, object], what: str) -> None:
    """A share of wrong desks by an attribute leaves no value out."""
    misrouting = {"share": {"by": "kind", "of": of}, "work": {"performer": "desk.clerk", "duration": "5min"}}
    cases = {"arrivals": "2h", "attributes": attributes}
    process = drawn(nodes={"r": {"misrouting": misrouting}}, cases=cases)
    found = [(one.path, one.what, one.hint) for one in _found(process) if one.code == "BP356"]
    expected = [(("flow", "r", "misrouting", "share", "of"), what, "Add `else`.")] if what else []
    assert found == expected


@pytest.mark.parametrize("incomplete", ["40%", {"by": "kind", "of": {"a": "10%", "b": "20%"}}])
def test_a_letter_whose_answer_leads_to_several_nodes(incomplete: object) -> None:
    """The short form cannot be written out; what is told is the flow, not the share that names every value."""
    nodes = {"c": {"clarity": {"incomplete": incomplete, "next": "c"}}}
    cases = {"arrivals": "2h", "attributes": {"kind": {"a": "50%", "b": "50%"}}}
    process = drawn("s > c; c > t, u; t > e; u > e; e", nodes=nodes, cases=cases)
    assert said(process) == [("BP321", "flow.c.next")]


def test_what_the_client_brings() -> None:
    """Documents that a task of the client produces come then, and not with the application."""
    nodes = {"c": {"produces": ["form", "report"]}, "r": {"produces": "form"}}
    items = {"form": {"from": "client"}, "report": {"from": "r"}, "record": {"from": "client"}}
    process = drawn("s > r; r > c; c > e; e", nodes=nodes, items=items)
    assert [brought(process, process.tasks()[name]) for name in ("c", "r")] == [1, 0]
    assert with_application(process) == 1
