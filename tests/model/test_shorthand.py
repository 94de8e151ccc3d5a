"""Short forms: the nodes that they stand for, and where these come from in the file."""

from typing import Any

import pytest

from bpsim.model.shorthand import source_of, written_out
from bpsim.reading.load import check_text, load_process_text
from tests.model.drawing import drawn

WORK = {"performer": "desk.clerk", "duration": "5min"}


def ways(process: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401 - a process
    """Give every flow, with its rule."""
    return {
        name: {
            branch.to: {"always": "", "share": branch.share.text, "else": "else"}[branch.kind] for branch in node.next
        }
        for name, node in process.flow.items()
    }


def test_a_wrong_desk() -> None:
    """All flows into the task lead to the gateway, that of a timeout too; the way from the wrong desk does not."""
    process = drawn(
        "s > c; c > r; r > x; x > r 10%, e else; e",
        nodes={
            "c": {"timeout": {"after": "2d", "next": "r"}},
            "r": {"misrouting": {"share": "20%", "work": WORK, "delay": "1d"}},
        },
    )
    assert ways(process) == {
        "s": {"c": ""},
        "c": {"r_misrouted": ""},
        "r_misrouted": {"r_wrong_desk": "0.2", "r": "else"},
        "r_wrong_desk": {"r_referral": ""},
        "r_referral": {"r": ""},
        "r": {"x": ""},
        "x": {"r_misrouted": "10%", "e": "else"},
        "e": {},
    }
    assert process.tasks()["c"].timeout.next == "r_misrouted"  # type: ignore[union-attr]
    assert process.flow["r_referral"].type == "timer"
    assert process.tasks()["r"].misrouting is None


def test_who_refers() -> None:
    """The client is told to go elsewhere, which is a contact; or the desk passes the case on at once."""
    told = {"share": "20%", "work": WORK, "referral": "client", "delay": "1d"}
    referral = drawn(nodes={"r": {"misrouting": told}}).tasks()["r_referral"]
    assert (referral.performer, referral.contact) == (("client",), ("in", "out"))
    at_once = drawn(nodes={"r": {"misrouting": {"share": "20%", "work": WORK}}})
    assert ways(at_once)["r_wrong_desk"] == {"r": ""}
    assert "r_referral" not in at_once.flow


def test_names_that_are_taken() -> None:
    """A new node gives way to one that is there."""
    process = drawn(
        "s > r; r > r_misrouted; r_misrouted > e; e", nodes={"r": {"misrouting": {"share": "20%", "work": WORK}}}
    )
    assert ways(process)["s"] == {"r_misrouted_2": ""}


def test_incomplete_answers() -> None:
    """The share of each pass is that of the one before times a factor: 0.4, 0.2, 0.1 ..."""
    process = drawn("s > c; c > e; e", nodes={"c": {"clarity": {"incomplete": "40%", "each_pass": "50%", "next": "c"}}})
    assert set(ways(process)["c_complete"]) == {"c", "e"}
    share = process.flow["c_complete"].next[0].share
    passes = [share.bind(lambda _, n=n: lambda _case: n)(None) for n in (1, 2, 3, 10, 30)]  # type: ignore[misc,arg-type]
    assert passes == [0.4, 0.2, 0.1, 0.4 / 2**9, 0.4 / 2**9]
    plain = drawn("s > c; c > e; e", nodes={"c": {"clarity": {"incomplete": "40%", "next": "c"}}})
    assert ways(plain)["c_complete"] == {"c": "0.4", "e": "else"}


@pytest.mark.parametrize("following", ["e", ["e"], [{"to": "e"}]])
def test_the_one_flow_may_be_written_as_a_list(following: object) -> None:
    """However the flow out is written, some answers are incomplete."""
    clarity = {"incomplete": "40%", "next": "c"}
    process = drawn("s > c; c > e; e", nodes={"c": {"clarity": clarity, "next": following}})
    assert ways(process)["c_complete"] == {"c": "0.4", "e": "else"}


@pytest.mark.parametrize("following", [{"e": "30%", "s": "else"}, ["e", "s"], 5])
def test_a_flow_that_is_wrong_in_itself_stays(following: object) -> None:
    """What leads nowhere, or to several nodes, is left as it was written and told of there."""
    written = {"flow": {"s": {"type": "start", "next": "c"}, "e": {"type": "end"}, "x": {"next": following}}}
    written["flow"]["c"] = {"performer": "client", "clarity": {"incomplete": "40%", "next": "c"}, "next": following}
    assert written_out(written) == (written["flow"], {})
    written["flow"]["r"] = {**WORK, "misrouting": {"share": 0.2, "work": WORK}, "next": following}
    assert written_out(written)[0]["r"] == {**WORK, "next": following}


@pytest.mark.parametrize(
    ("attribute", "share", "text"),
    [
        ({"yes": "bernoulli(50%)"}, {"by": "yes", "of": {"true": "10%", "false": "20%"}}, "0.2 if not yes else 0.1"),
        ({"n": "empirical([1, 2])"}, {"by": "n", "of": {"1": "10%", "else": 0}}, "0.1 if n == 1 else 0.0"),
        ({"k": {"a": "50%", "b": "50%"}}, {"by": "k", "of": {"b": 1, "a": "5%"}}, '0.05 if k == "a" else 1.0'),
        ({}, {"by": "channel", "of": {"direct": "10%"}}, ""),
    ],
    ids=["truth", "number", "word", "channel"],
)
def test_shares_by_an_attribute(attribute: dict[str, Any], share: dict[str, Any], text: str) -> None:
    """A choice becomes an expression; without `else` it has to name every value."""
    process = drawn(
        nodes={"r": {"misrouting": {"share": share, "work": WORK}}},
        cases={"arrivals": "1h", "attributes": attribute},
        channels={"direct": {"share": 1}},
    )
    assert list(ways(process)["r_misrouted"]) == ["r_wrong_desk", "r"]
    written = process.flow["r_misrouted"].next[0].share.text
    assert written == text if text else float(written) == 0.1


def test_where_things_stand() -> None:
    """What is said of a new node leads to the short form, of a flow into it to the task."""
    flow = {
        "s": {"type": "start", "next": "r"},
        "r": {**WORK, "misrouting": {"share": 0.2, "work": WORK, "delay": "1d"}, "next": "c"},
        "c": {"performer": "client", "duration": "1d", "clarity": {"incomplete": 0.3, "next": "r"}, "next": "e"},
        "e": {"type": "end"},
    }
    data = {"flow": flow}
    assert set(written_out(data)[1]) == {"r_misrouted", "r_wrong_desk", "r_referral", "c_complete"}
    places = {
        ("r_misrouted", "next", "r"): ("r", "misrouting", "share"),
        ("r_wrong_desk", "performer", 0): ("r", "misrouting", "work", "performer", 0),
        ("r_wrong_desk",): ("r", "misrouting", "work"),
        ("r_referral", "delay", "value"): ("r", "misrouting", "delay", "value"),
        ("r_referral",): ("r", "misrouting"),
        ("c_complete", "next", "r"): ("c", "clarity", "incomplete"),
        ("c_complete", "next", "e"): ("c", "next"),
        ("s", "next", "r_misrouted"): ("s", "next", "r"),
        ("r", "duration"): ("r", "duration"),
    }
    assert {loc: source_of(data, ("flow", *loc))[1:] for loc in places} == places


TEXT = """
process: desk
departments: {desk: {roles: {clerk: {staff: 2}}}}
cases: {arrivals: exponential(mean=1h)}
flow:
  begin: {type: start, next: work}
  work: {performer: desk.clerk, duration: 5min, misrouting: SHORT, next: done}
  done: {type: end}
"""


@pytest.mark.parametrize(
    ("short", "found"),
    [
        ("5", "BP104 error: flow.work.misrouting"),
        ("{share: 10%}", "BP103 error: flow.work.misrouting"),
        ("{share: 80, work: {performer: desk.clerk, duration: 5min}}", "BP231 error: flow.work.misrouting.share"),
        ("{share: 10%, work: {performer: desk.clerk, duration: 5}}", "BP201 error: flow.work.misrouting.work.duration"),
    ],
)
def test_mistakes_stay_where_they_are(short: str, found: str) -> None:
    """What cannot be written out is reported in the file's own words."""
    (problem,) = check_text(TEXT.replace("SHORT", short), "f")
    assert found in str(problem)


def test_it_reads_back() -> None:
    """The resolved form, written and read again, is the same process."""
    short = "{share: 10%, work: {performer: desk.clerk, duration: 5min}}"
    from bpsim.reading.write import to_yaml, written_form

    process = load_process_text(TEXT.replace("SHORT", short))
    assert load_process_text(to_yaml(written_form(process))).digest() == process.digest()
