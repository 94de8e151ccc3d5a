"""Taking a task away, wholly or for a share of the cases."""

from bpsim.model import flow
from bpsim.redesign.operators import Remove
from tests.redesign.sketch import applied, line, refused, sketch, ways


def test_what_led_to_it_leads_on() -> None:
    """The node is gone; everything else is untouched."""
    process = line("a", "b", "c")
    after = applied(process, remove={"task": "b"})
    assert ways(after) == {"came": ["a"], "done": [], "a": ["c"], "c": ["done"]}
    assert after.flow["c"] == process.flow["c"]


def test_a_timer_can_be_removed() -> None:
    """A put-aside time is work as well."""
    process = sketch(
        {
            "came": {"type": "start", "next": "rest"},
            "rest": {"type": "timer", "delay": "1d", "next": "a"},
            "a": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert ways(applied(process, remove={"task": "rest"})) == {"came": ["a"], "a": ["done"], "done": []}


def test_a_choice_keeps_its_borders() -> None:
    """A flow of a gateway is bent in its place: its share, its order and the gateway's luck stay."""
    process = sketch(
        {
            "came": {"type": "start", "next": "which"},
            "which": {"type": "exclusive", "next": {"a": "30%", "b": "else"}},
            "a": {"next": "b"},
            "b": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    after = applied(process, remove={"task": "a"})
    assert [(b.to, b.kind, b.share.text) for b in after.flow["which"].next] == [
        ("b", "share", "30%"),
        ("b", "else", "1"),
    ]


def test_several_flows_meet_before_a_join() -> None:
    """When several flows led to the task and a join follows, a merge takes its place: the join counts one flow."""
    process = sketch(
        {
            "came": {"type": "start", "next": "split"},
            "split": {"type": "parallel", "next": ["which", "c"]},
            "which": {"type": "exclusive", "next": {"a": "30%", "b": "else"}},
            "a": {"next": "b"},
            "b": {"next": "join"},
            "c": {"next": "join"},
            "join": {"type": "parallel", "next": "done"},
            "done": {"type": "end"},
        }
    )
    after = applied(process, remove={"task": "b"})
    assert ways(after)["which"] == ["a", "after_b"]
    assert ways(after)["a"] == ["after_b"]
    assert ways(after)["after_b"] == ["join"]
    assert isinstance(after.flow["after_b"], flow.Exclusive)


def timed(**more: object) -> dict[str, dict[str, object]]:
    """A client who may not answer; then a reminder is written."""
    return {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "ask"},
        "ask": {
            "performer": "client",
            "duration": "2d",
            "timeout": {"after": "5d", "next": "remind"},
            "next": "b",
        },
        "remind": {"next": "b", **more},
        "b": {"next": "done"},
        "done": {"type": "end"},
    }


def test_what_only_its_timeout_led_to_goes_with_it() -> None:
    """The reminder of a question that is no longer asked is no longer written."""
    after = applied(sketch(timed()), remove={"task": "ask"})
    assert ways(after) == {"came": ["a"], "a": ["b"], "b": ["done"], "done": []}
    after = applied(sketch(timed()), remove={"task": "remind"})
    assert ways(after)["ask"] == ["b", "(timeout) b"]


def test_a_share_of_the_cases_passes_it_by() -> None:
    """A gateway of its own draws who passes; nothing else changes."""
    process = line("a", "b", "c", b={"title": "Think", "legal": False})
    after = applied(process, remove={"task": "b", "share": "25%"})
    assert ways(after)["a"] == ["b_or_not"]
    assert ways(after)["b_or_not"] == ["c", "b"]
    gate = after.flow["b_or_not"]
    assert gate.title == "Think, or not"
    assert [(b.kind, b.share.text) for b in gate.next] == [("share", "0.25"), ("else", "1")]
    assert after.flow["b"] == process.flow["b"]
    again = applied(after, remove={"task": "b", "share": "50%"})
    assert ways(again)["b_or_not_2"] == ["c", "b"]


def test_a_share_before_a_join() -> None:
    """Both ways meet before a join."""
    process = sketch(
        {
            "came": {"type": "start", "next": "split"},
            "split": {"type": "parallel", "next": ["a", "b"]},
            "a": {"next": "join"},
            "b": {"next": "join"},
            "join": {"type": "parallel", "next": "done"},
            "done": {"type": "end"},
        }
    )
    after = applied(process, remove={"task": "a", "share": 0.5})
    assert ways(after) == {
        "came": ["split"],
        "split": ["a_or_not", "b"],
        "a": ["after_a"],
        "b": ["join"],
        "join": ["done"],
        "done": [],
        "after_a": ["join"],
        "a_or_not": ["after_a", "a"],
    }


def test_what_is_said_of_its_numbers_goes_too() -> None:
    """Evidence for what is not there is no evidence."""
    said = {"grade": "assumption"}
    process = line("a", "b").model_copy(update={"evidence": {}})
    process = type(process).model_validate(
        process.as_written() | {"evidence": {"flow.a.duration": said, "flow.b.duration": said}}
    )
    assert list(applied(process, remove={"task": "a"}).evidence) == ["flow.b.duration"]


def test_names_that_are_no_tasks() -> None:
    """An unknown name, a gateway, an end."""
    process = line("check", "decide")
    assert refused(process, remove={"task": "chek"}) == ["BP603 task: there is no node chek. Did you mean 'check'?"]
    assert refused(process, remove={"task": "xx"}) == [
        "BP603 task: there is no node xx. There are: came, check, decide, done."
    ]
    assert refused(process, remove={"task": "done"}) == [
        "BP605 task: done is an end, not a task. Name a task or a timer."
    ]
    assert refused(process, remove={"task": "check", "share": 0}) == [
        "BP611 share: no case is to pass it by. Write a share above 0%."
    ]


def test_a_legal_task() -> None:
    """What the law requires goes only with a change of the law; also when it is only the way of a timeout."""
    process = line("a", "b", b={"legal": True})
    hint = "Say which change of the law allows it: legal_change: ..."
    assert refused(process, remove={"task": "b"}) == [f"BP606 task: b is required by law. {hint}"]
    assert refused(process, remove={"task": "b", "share": 0.5}) == [f"BP606 task: b is required by law. {hint}"]
    assert refused(process, remove={"task": "b", "legal_change": "Act of 2026, section 4"}) == []
    assert refused(sketch(timed(legal=True)), remove={"task": "ask"}) == [
        f"BP606 task: remind is required by law. {hint}"
    ]


def test_what_is_needed_elsewhere() -> None:
    """The same person, counted visits, clocks and attributes need the task."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b", "assign": {"size": "size + 1"}},
            "b": {"next": "which", "same_person_as": "a"},
            "which": {"type": "exclusive", "next": {"a": "visits(a) < 2 and size > 2", "done": "else"}},
            "done": {"type": "end"},
        },
        {
            "attributes": {"size": "empirical([1, 2])"},
            "clocks": {"own": {"from": "a", "to": "done", "limit": "5d"}},
        },
    )
    hint = "Change that first, or keep the task."
    assert refused(process, remove={"task": "a"}) == [
        f"BP607 task: a is needed elsewhere: b is done by the same person. {hint}",
        f"BP607 task: a is needed elsewhere: `visits(a) < 2 and size > 2` counts its visits. {hint}",
        f"BP607 task: a is needed elsewhere: the clock own needs it. {hint}",
        f"BP607 task: a sets size, and `visits(a) < 2 and size > 2` reads it. {hint}",
    ]
    assert refused(process, remove={"task": "a", "share": 0.5}) == [
        f"BP607 task: a sets size, and `visits(a) < 2 and size > 2` reads it. {hint}"
    ]


def test_attributes_that_decide_times_and_limits() -> None:
    """A choice by an attribute reads it: of a duration, a patience, a limit."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b", "assign": {"kind": "1"}},
            "b": {
                "next": "c",
                "duration": {"by": "kind", "of": {"1": "1h", "else": "2h"}},
                "same_person_as": "c",
                "keeps_for": {"by": "kind", "of": {"1": "1h", "else": "2h"}},
            },
            "c": {"next": "done"},
            "done": {"type": "end"},
        },
        {
            "attributes": {"kind": "empirical([1, 2])"},
            "clocks": {"own": {"limit": {"by": "kind", "of": {"1": "5d", "else": "9d"}}}},
        },
    )
    hint = "Change that first, or keep the task."
    assert refused(process, remove={"task": "a"}) == [
        f"BP607 task: a sets kind, and b depends on it. {hint}",
        f"BP607 task: a sets kind, and b depends on it. {hint}",
        f"BP607 task: a sets kind, and the clock own depends on it. {hint}",
    ]


def test_in_words() -> None:
    """One plain sentence."""
    assert str(Remove(task="b")) == "b is left out"
    assert str(Remove(task="b", share=0.25)) == "b is left out in 25% of the cases"
    assert repr(Remove(task="b", share=0.25, id="R1")) == "Remove(id='R1', task='b', share=0.25)"


def test_footprint() -> None:
    """It writes itself and what leads to it; with more than itself it concerns the whole flow."""
    process = sketch(timed())
    assert Remove(task="b").footprint(process).writes == {"flow.b", "flow.ask", "flow.remind"}
    assert Remove(task="b").footprint(process).reads == set()
    assert Remove(task="ask").footprint(process).writes == {"flow.a", "flow.ask", "flow.remind"}
    assert Remove(task="ask").footprint(process).reads == {"flow"}
    skip = Remove(task="ask", share=0.5).footprint(process)
    assert (skip.reads, skip.writes) == (set(), {"flow.a", "flow.ask", "flow.ask_or_not"})
