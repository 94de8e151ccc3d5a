"""What begins a case: an application, an event that a register knows, one application for several services."""

from datetime import date
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.model.client import ShareBy
from bpsim.model.process import Process
from bpsim.redesign.operators import read_change
from bpsim.redesign.triggering import Trigger
from bpsim.values.durations import DAY
from tests.redesign.sketch import Written, applied, refused, sketch, ways

FLOW: Written = {
    "came": {"type": "start", "next": "apply"},
    "apply": {"performer": "client", "duration": "20d", "next": "look"},
    "look": {"legal": True, "next": "b"},
    "b": {"next": "done"},
    "done": {"type": "end"},
}
ATTRIBUTES = {
    "poor": "bernoulli(40%)",
    "kind": {"x": "50%", "y": "50%"},
    "size": "empirical([1, 2])",
    "area": "exponential(mean=1)",
}
CHANNELS = {"counter": {"share": 0.4, "calendar": "office"}, "post": {"share": 0.6, "delay": "2d"}}
ITEMS = {"birth": {"from": "registry"}, "form": {"from": "client"}}


def service(clocks: Written | None = None, **parts: Any) -> Process:  # noqa: ANN401
    """A service that clients apply for."""
    cases = {"attributes": ATTRIBUTES, "clocks": clocks or {}}
    return sketch(FLOW, cases, **{"channels": CHANNELS, "items": ITEMS, **parts})


def shares(process: Process) -> list[Any]:
    """Give how many of each channel come by that of the event."""
    return [one.share for channel in process.channels.values() for one in channel.shift if one.to == "birth"]


def test_by_an_event() -> None:
    """Everybody is known: they come at once, and what vanishes is gone; the need arises when it did."""
    process = service()
    after = applied(process, proactive={"event": "birth", "vanish": ["apply"]})
    assert ways(after) == {"came": ["look"], "look": ["b"], "b": ["done"], "done": []}
    assert (shares(after), after.channels["birth"].share) == ([1.0, 1.0], 0.0)
    plans = [compile_plan(one, start=date(2025, 1, 6), length=3 * DAY, drain=60 * DAY) for one in (process, after)]
    before, now = (replicate(plan, seed=1, replication=0).cases for plan in plans)
    assert before["need"].tolist() == now["need"].tolist() == now["arrived"].tolist()
    assert (before["arrived"] > before["need"]).any()
    back = applied(after, trigger={"kind": "application", "event": "birth"})
    assert {name: back.channels[name] for name in CHANNELS} == process.channels


def test_for_some() -> None:
    """A rule and a consent: the others apply as before, by a draw of its own."""
    entry = {"event": "birth", "vanish": ["apply"], "rule": "poor", "consent": 0.5}
    after = applied(service(), proactive=entry)
    assert ways(after)["came"] == ["apply_or_known"]
    assert ways(after)["apply_or_known"] == ["look", "apply"]
    assert [branch.when.text for branch in after.flow["apply_or_known"].next] == ['channel == "birth"', "true"]
    assert shares(after) == [ShareBy(by="poor", of={"true": 0.5, "false": 0.0})] * 2
    by_kind = applied(service(), proactive={"event": "birth", "rule": 'kind == "x"'})
    assert shares(by_kind)[0] == ShareBy(by="kind", of={"x": 1.0, "y": 0.0})
    by_size = applied(service(), proactive={"event": "birth", "rule": "size > 1"})
    assert shares(by_size)[0] == ShareBy(by="size", of={"1": 0.0, "2": 1.0})


def events(**second: Any) -> Process:  # noqa: ANN401
    """A life event that calls for two services and one more."""

    def called() -> Written:
        work = {"performer": "desk.clerk", "duration": "1h", "next": "done"}
        nodes = {"begin": {"type": "start", "next": "work"}, "work": work, "done": {"type": "end"}}
        return {"cases": {"entry": "called"}, "flow": nodes}

    names = ("benefit", "card", "place")
    calls = {name: {"type": "call", "process": name, "applies_after": "10d", "next": "all"} for name in names}
    calls["card"] |= second
    flow = {
        "born": {"type": "start", "next": "need"},
        "need": {"type": "parallel", "next": list(names)},
        **calls,
        "all": {"type": "parallel", "next": "done"},
        "done": {"type": "end"},
    }
    others = {name: called() for name in names}
    return sketch(flow, {"attributes": ATTRIBUTES}, items=ITEMS, others=others)


def test_one_application() -> None:
    """The client applies once; the services begin with it."""
    after = applied(events(), life_event={"services": ["benefit", "card", "place"]})
    assert ways(after)["born"] == ["application"]
    assert ways(after)["application"] == ["need"]
    task = after.tasks()["application"]
    assert (task.performer, task.contact, str(task.duration.value)) == (("client",), ("in",), "10d")
    assert [node.applies_after for node in after.flow.values() if node.type == "call"] == [None] * 3
    some = applied(events(), bundle={"services": ["benefit", "place"]})
    assert ways(some) == {
        "born": ["need"],
        "need": ["card", "application"],
        "application": ["application_services"],
        "application_services": ["benefit", "place"],
        "benefit": ["application_done"],
        "place": ["application_done"],
        "application_done": ["all"],
        "card": ["all"],
        "all": ["done"],
        "done": [],
    }


def test_services_by_an_event() -> None:
    """They begin at once, all or for those whom the register knows."""
    after = applied(events(), proactive={"event": "birth", "services": ["card"]})
    assert after.flow["card"].applies_after is None  # type: ignore[union-attr]
    assert ways(after) == ways(events())
    after = applied(
        events(), proactive={"event": "birth", "services": ["card"], "consent": 0.5, "rule": "poor and size > 1"}
    )
    found = ways(after)
    assert found["need"] == ["benefit", "card_known", "place"]
    assert found["card_known"] == ["card_by_event", "card"]
    assert found["card_by_event"] == found["card"] == ["after_card"]
    assert after.flow["card_known"].next[0].share.text == "0.5 if poor and size > 1 else 0"
    assert (after.flow["card_by_event"].was, after.flow["card"]) == ("card", after.flow["card"])
    assert "birth" not in after.channels


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            {"kind": "bundle", "services": ["card", "place"], "consent": 0.5},
            "BP612 consent: consent beside kind: bundle. bundle takes services.",
        ),
        (
            {"kind": "register_event", "event": "birth", "services": ["card"], "vanish": ["x"]},
            "BP612 vanish: vanish beside kind: register_event. register_event takes consent, event, rule and services.",
        ),
        (
            {"kind": "bundle", "services": ["card"]},
            "BP612 services: one application for several services. Name two of them, or more.",
        ),
        (
            {"kind": "bundle", "services": ["card", "xx"]},
            "BP691 services.1: nothing calls xx. Name a service that is called.",
        ),
        (
            {"kind": "bundle", "services": ["xx", "yy"]},
            "BP691 services.0: nothing calls xx. Name a service that is called.",
        ),
    ],
)
def test_refused_services(entry: Written, line: str) -> None:
    """What does not go together, what is not called."""
    assert refused(events(), trigger=entry)[0] == line


def test_services_that_cannot_be_bundled() -> None:
    """They must be called side by side, and applied for."""
    later = events(next="pause")
    flow = {**later.as_written()["flow"], "pause": {"type": "timer", "delay": "1h", "next": "all"}}
    later = Process.model_validate({**later.as_written(), "flow": flow})
    assert refused(later, bundle={"services": ["card", "place"]}) == [
        "BP692 services: card and place are not called side by side. They must be branches of one parallel block."
    ]
    assert refused(events(applies_after=None), bundle={"services": ["card", "place"]}) == [
        "BP611 services.0: nobody applies for card. Leave it out."
    ]


def test_refused() -> None:
    """Events that no register knows, rules on more than an attribute, what the law or a clock needs."""
    clocked = service({"own": {"from": "apply", "limit": "8 weeks"}})
    assert refused(clocked, trigger={"kind": "register_event"}) == [
        "BP690 event: no event. Say so: items: {birth: {from: registry}}."
    ]
    assert refused(clocked, trigger={"kind": "register_event", "event": "form"}) == [
        "BP690 event: no register knows form. Say so: items: {form: {from: registry}}."
    ]
    assert refused(clocked, proactive={"event": "birth", "vanish": ["apply", "look"]}) == [
        "BP606 vanish: look is required by law. Say which change of the law allows it: legal_change: ...",
        "BP607 vanish: apply is needed elsewhere: the clock own needs it. Change that first, or keep it.",
    ]
    assert refused(clocked, proactive={"event": "birth", "vanish": ["aply", "done"], "consent": 0}) == [
        "BP611 consent: nobody agrees. Write a share above 0%.",
        "BP603 vanish.0: there is no node aply. Did you mean 'apply'?",
        "BP605 vanish.1: done is an end, not a task. Name a task or a timer.",
    ]
    hint = "Write a condition on one attribute of words, of few numbers, or of true and false."
    for rule in ("poor and size > 1", "area > 1", "age > 1d", "visits(b) > 0"):
        assert refused(clocked, proactive={"event": "birth", "rule": rule}) == [
            f"BP693 rule: `{rule}` is no condition on one attribute. {hint}"
        ]
    assert refused(clocked, proactive={"event": "birth", "rule": "pour"}) == [
        "BP603 rule: there is no attribute pour. Did you mean 'poor'?"
    ]
    once = applied(service(), proactive={"event": "birth", "rule": "poor"})
    assert refused(once, proactive={"event": "birth"}) == [
        "BP608 event: there is a channel birth already. Let the event have another name."
    ]
    again = once.model_copy(update={"items": {**once.items, "move": once.items["birth"]}})
    assert refused(again, proactive={"event": "move", "rule": 'kind == "x"'}) == [
        "BP693 rule: who comes by which channel depends on poor already. Let one attribute decide it."
    ]
    assert refused(again, proactive={"event": "move", "rule": "not poor"}) == []
    assert refused(service(), trigger={"kind": "application", "event": "birth"}) == [
        "BP611 event: nobody comes by birth instead. Leave the change out."
    ]


def test_in_words_and_footprint() -> None:
    """One plain sentence; what it touches."""
    some = Trigger(kind="register_event", event="birth", vanish=("apply",), rule="poor", consent=0.5)
    assert str(some) == "birth begins the case for 50% of the cases where poor"
    assert str(Trigger(kind="register_event", event="birth", services=("card",))) == "birth begins card"
    assert str(Trigger(kind="application", event="birth")) == "nobody comes by birth any more: clients apply"
    one = read_change({"bundle": {"services": ["card", "place"]}})
    assert str(one) == "one application is enough for card and place"
    assert (one.makes(), some.makes()) == (("application",), ())
    assert some.footprint(service()).writes == {"channels", "flow.came", "flow.apply_or_known"}
    assert one.footprint(events()).writes >= {"flow.card", "flow.application"}
