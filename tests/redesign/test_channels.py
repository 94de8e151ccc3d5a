"""The ways of clients: new channels, who comes by which, clear letters, one window."""

from typing import Any

import pytest

from bpsim.model.client import ShareBy
from bpsim.model.process import Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.channels import Channel, shifted
from bpsim.redesign.operators import read_change
from tests.redesign.sketch import Written, applied, refused, shown, sketch, ways

CHANNELS: Written = {"counter": {"share": 0.5, "calendar": "office"}, "post": {"share": 0.2}, "web": {"share": 0.3}}
WORK = {"performer": "desk.senior", "duration": "5min"}
FLOW: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"introduces_error": "4%", "next": "ask"},
    "ask": {"performer": "client", "duration": "5d", "clarity": {"incomplete": "30%", "next": "ask"}, "next": "b"},
    "b": {"misrouting": {"share": "10%", "work": WORK, "referral": "client", "delay": "2d"}, "next": "which"},
    "which": {"type": "exclusive", "next": {"c": "20%", "d": "30%", "done": "else"}},
    "c": {"next": "halves", "detects_error": {"by": "kind", "of": {"x": "50%", "else": "10%"}}},
    "halves": {"type": "exclusive", "next": {"d": "50%", "done": "50%"}},
    "d": {"next": "done"},
    "done": {"type": "end"},
}


def service(channels: Written | None = None, **more: Any) -> Process:  # noqa: ANN401
    """Three channels, a letter that some misunderstand, a wrong desk."""
    flow = {name: node | more.get(name, {}) for name, node in FLOW.items()}
    return sketch(flow, {"attributes": {"kind": {"x": 0.5, "y": 0.5}}}, channels=channels or CHANNELS)


def row(process: Process, channel: str) -> list[tuple[str, float]]:
    """Give who comes by another channel instead."""
    return [(one.to, round(float(one.share), 9)) for one in process.channels[channel].shift]  # type: ignore[arg-type]


def test_a_new_channel() -> None:
    """Nobody comes by it but those who are shifted to it; the first draw keeps its borders."""
    entry = {"add": {"app": {"delay": "1h", "client_time": "5min"}}, "shift": {"counter": {"app": "40%", "web": "10%"}}}
    after = applied(service(), add_channel=entry)
    assert {name: channel.share for name, channel in after.channels.items()} == {
        "counter": 0.5,
        "post": 0.2,
        "web": 0.3,
        "app": 0.0,
    }
    assert row(after, "counter") == [("app", 0.4), ("web", 0.1)]
    assert (after.channels["app"].client_time, after.channels["app"].calendar) == (300_000, "always")
    assert after.flow == service().flow


def test_shifts_one_after_another() -> None:
    """Old borders stay: a piece is cut into those who go on and those who stay; equal neighbours are one piece."""
    once = applied(service(), channel={"shift": {"counter": {"web": 0.2}}})
    twice = applied(once, channel={"shift": {"counter": {"post": 0.1}}})
    assert row(twice, "counter") == [("web", 0.2), ("post", 0.08)]
    further = applied(twice, channel={"shift": {"web": {"post": 0.5}}})
    assert row(further, "counter") == [("post", 0.1), ("web", 0.1), ("post", 0.08)]
    assert row(further, "web") == [("post", 0.5)]
    assert row(applied(once, channel={"shift": {"counter": {"web": 0.25}}}), "counter") == [("web", 0.4)]
    assert row(applied(once, channel={"shift": {"web": {"counter": 1}}}), "counter") == [("counter", 0.2)]
    assert row(applied(once, channel={"shift": {"counter": {"web": 1, "post": 0}}}), "counter") == [("web", 1.0)]


def test_shifts_by_a_group() -> None:
    """A share that an attribute decides is cut for each of its values."""
    by_kind = ShareBy(by="kind", of={"x": 0.5, "else": 0.0})
    once = shifted(service().channels, {"counter": {"web": by_kind}})
    assert once["counter"].shift[0].share == by_kind
    twice = shifted(once, {"counter": {"post": 0.5}})["counter"].shift
    assert [(one.to, one.share) for one in twice] == [
        ("web", by_kind),
        ("post", ShareBy(by="kind", of={"x": 0.25, "else": 0.5})),
    ]
    assert shifted(once, {"counter": {"web": ShareBy(by="kind", of={"x": 0.0})}}) == once


def test_interface() -> None:
    """What a contact by a channel takes; what is not named stays."""
    after = applied(service(), channel={"interface": {"counter": {"client_cost": 2, "calendar": "late"}}})
    channel = after.channels["counter"]
    assert (channel.client_cost, channel.calendar, channel.share, channel.client_time) == (2, "late", 0.5, 0)


def test_clarity() -> None:
    """Shares, chances and times are others by a channel; `multiply` says how many times as much."""
    sets = {
        "flow.ask.clarity.incomplete": {"web": "5%", "post": {"multiply": 2}},
        "flow.b.misrouting.share": {"web": 0},
        "flow.a.introduces_error": {"web": {"multiply": 0.5}},
        "flow.ask.duration": {"web": {"multiply": 0.8}},
        "flow.b_referral.duration": {"counter": {"multiply": 0}},
    }
    after = applied(service(), clarify_language={"clarity": {"sets": sets}})
    assert after.flow["ask_complete"].next[0].share.text == (
        '(0.3) * 2.0 if channel == "post" else 0.05 if channel == "web" else 0.3'
    )
    assert after.flow["b_misrouted"].next[0].share.text == '0.0 if channel == "web" else 0.1'
    assert after.tasks()["a"].introduces_error.of == {"else": 0.04, "web": 0.02}
    assert after.tasks()["ask"].duration.factor.text == '(1) * 0.8 if channel == "web" else 1'
    less = {"flow.a.introduces_error": {"web": {"multiply": 0.5}, "post": 0}}
    again = applied(after, channel={"clarity": {"sets": less}})
    assert again.tasks()["a"].introduces_error.of == {"else": 0.04, "web": 0.01, "post": 0.0}
    further = applied(after, channel={"clarity": {"sets": {"flow.b.misrouting.share": {"post": 0}}}})
    assert further.flow["b_misrouted"].next[0].share.text == (
        '0.0 if channel == "post" else (0.0 if channel == "web" else 0.1)'
    )


def test_one_window() -> None:
    """Nobody is sent from desk to desk: the case goes there by itself; and the other way round."""
    process = service()
    after = applied(process, one_window={})
    assert "b_referral" not in after.flow
    assert ways(after)["b_wrong_desk"] == ["b"]
    back = applied(after, channel={"routing": "client"})
    assert ways(back)["b_wrong_desk"] == ["b_referral"]
    sent = back.tasks()["b_referral"]
    assert (sent.performer, sent.contact, ways(back)["b_referral"]) == (("client",), ("in", "out"), ["b"])
    timed = service(b={"misrouting": {"share": "10%", "work": WORK, "delay": "2d", "calendar": "office"}})
    sent = applied(timed, channel={"routing": "client"}).tasks()["b_referral"]
    assert (str(sent.duration.value), sent.calendar) == ("2d", "office")
    assert refused(process, channel={"routing": "client"}) == [
        "BP611 routing: nobody comes to a wrong desk. Only misrouting sends clients around."
    ]
    assert refused(after, one_window={}) == [
        (
            "BP611 routing: no client is sent from desk to desk. "
            "That is a task of the client with contact: both, between tasks of people."
        )
    ]


def test_an_errand_that_is_needed() -> None:
    """What a clock or the law needs does not go silently."""
    goes = {"performer": "client", "contact": "both", "legal": True, "duration": "1d", "next": "b"}
    flow = {"came": {"type": "start", "next": "a"}, "a": {"next": "goes"}, "goes": goes, "b": {"next": "done"}}
    process = sketch(flow | {"done": {"type": "end"}}, {"clocks": {"own": {"to": "goes", "limit": "5d"}}})
    assert refused(process, one_window={}) == [
        "BP606 routing: goes is required by law. Say which change of the law allows it: legal_change: ...",
        "BP607 routing: goes is needed elsewhere: the clock own needs it. Change that first.",
    ]


def levels(path: str, **of: object) -> list[str]:
    """Give what is wrong with numbers by a channel."""
    return refused(service(), channel={"clarity": {"sets": {path: of}}})


def test_what_cannot_depend_on_the_channel() -> None:
    """Paths that lead nowhere or to no number; shares that leave no rest, or sum to more than 1."""
    at = "clarity.sets."
    assert levels("flow.ask.clarity.incomplete", app="5%") == [
        f"BP603 {at}flow.ask.clarity.incomplete.app: there is no channel app. There are: counter, post, web."
    ]
    assert levels("flow.zz.duration", web={"multiply": 2}) == [
        f"BP640 {at}flow.zz.duration: there is no zz in flow. Write the path of a number of the flow."
    ]
    assert levels("cases", web=0) == [
        f"BP640 {at}cases: there is no cases in flow. Write the path of a number of the flow."
    ]
    assert levels("flow.which.next.a", web=0) == [
        f"BP640 {at}flow.which.next.a: no flows lead to a there. A path must mean one of them."
    ]
    assert levels("flow.which.next.done", web=0) == [
        f"BP641 {at}flow.which.next.done: flow.which.next.done has no share of its own. Name the flow that has one."
    ]
    assert levels("flow.halves.next.d", web=0) == [
        (
            f"BP689 {at}flow.halves.next.d: flow.halves.next.d cannot depend on the channel. "
            "Let another flow take the rest: else."
        )
    ]
    assert levels("flow.which.next.c", web="80%") == [
        f"BP688 {at}flow.which.next.c: the shares of flow.which.next sum to 1.1 for those who come by web. Write less."
    ]
    assert levels("flow.which.next.c", web={"multiply": 4}) == [
        f"BP688 {at}flow.which.next.c: the shares of flow.which.next sum to 1.1 for those who come by web. Write less."
    ]
    assert levels("flow.a.introduces_error", web={"multiply": 50}) == [
        f"BP688 {at}flow.a.introduces_error: flow.a.introduces_error would be 2 for those who come by web. Write less."
    ]
    assert levels("flow.c.detects_error", web=0) == [
        (
            f"BP689 {at}flow.c.detects_error: flow.c.detects_error depends on kind already. "
            "A chance depends on one attribute, or on the channel."
        )
    ]
    assert levels("flow.a.duration", web=0.5) == [
        (
            f"BP689 {at}flow.a.duration: flow.a.duration is no share. "
            "Write how many times as long it takes: {multiply: 0.8}."
        )
    ]
    assert levels("flow.a.contact", web=0.5) == [
        (
            f"BP689 {at}flow.a.contact: flow.a.contact cannot depend on the channel. "
            "Shares of a gateway, chances of errors and durations can."
        )
    ]


@pytest.mark.parametrize(
    ("level", "line"),
    [
        ({"add": 1}, "BP612 X: neither a share nor a factor. Write 5%, or {multiply: 0.5}."),
        ({"multiply": -1}, "BP502 X: -1 is negative. Write zero or more."),
        (True, "BP104 X: not a share. Write 5%, or {multiply: 0.5}."),
        ("130%", "BP231 X: the probability 130% is above 1. Did you mean 1.3 % = 0.013?"),
    ],
)
def test_values_that_are_no_shares(level: object, line: str) -> None:
    """Each is told at its place."""
    with pytest.raises(Mistakes) as caught:
        read_change({"channel": {"clarity": {"sets": {"flow.a.introduces_error": {"web": level}}}}})
    place = "channel.clarity.sets.flow.a.introduces_error.web"
    assert [shown(trouble) for trouble in caught.value.troubles] == [line.replace("X", place)]


def test_refused() -> None:
    """Nothing, names that are taken or not there, more than there are, what is so already."""
    assert refused(service(), channel={}) == [
        "BP612 : nothing is to change. Write add, shift, clarity, interface or routing."
    ]
    entry = {
        "add": {"web": {"calendar": "offic"}},
        "interface": {"wb": {}},
        "shift": {"counter": {"counter": 0.1, "post": 0.6, "web": 0.6}, "cuonter": {"wb": 0.1}},
    }
    assert refused(service(), channel=entry) == [
        "BP608 add.web: there is a channel web already. Choose another name.",
        "BP603 interface.wb: there is no channel wb. Did you mean 'web'?",
        "BP603 add.web.calendar: there is no calendar offic. Did you mean 'office'?",
        "BP688 shift.counter: 130% of those who came by counter are shifted. Let the shares sum to 100% at most.",
        "BP688 shift.counter.counter: who came by counter comes by counter anyway. Name another channel.",
        "BP603 shift.cuonter: there is no channel cuonter. Did you mean 'counter'?",
        "BP603 shift.cuonter.wb: there is no channel wb. Did you mean 'web'?",
    ]
    assert refused(service(), channel={"interface": {"web": {"client_time": "0min"}}}) == [
        "BP611 : the ways of clients are so already. Leave the change out."
    ]


def test_in_words_and_footprint() -> None:
    """One plain sentence; what it touches."""
    change = Channel(
        add={"app": {"calendar": "late"}},
        shift={"counter": {"app": 0.25}},
        clarity={"sets": {"flow.a.introduces_error": {"app": 0}}},
        interface={"post": {"delay": "1d"}},
        routing="front_office",
    )
    assert str(change) == (
        "there is a new channel app, 25% of those who came by counter come by app, "
        "flow.a.introduces_error is different by app, contacts by post take other hours, time or money "
        "and the front office passes a case from desk to desk"
    )
    two = Channel(
        clarity={"sets": {"flow.a.duration": {"web": {"multiply": 2}}, "flow.d.duration": {"web": {"multiply": 2}}}}
    )
    assert str(two) == "flow.a.duration and flow.d.duration are different by web"
    assert str(Channel(routing="client")) == "the client goes from desk to desk"
    foot = change.footprint(service())
    assert foot.reads == {"calendars.late", "channels", "flow", "cases.clocks"}
    assert {"channels", "flow.a", "flow.b_referral"} <= foot.writes
    assert two.footprint(service()).writes == {"flow.a", "flow.d"}
