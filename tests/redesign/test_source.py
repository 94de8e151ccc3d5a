"""Data from a registry, a buffer or a trusted party instead of from the client."""

from typing import Any

from bpsim.model.process import Process
from bpsim.redesign.operators import Source, read_change
from bpsim.redesign.resolving import resolve
from tests.redesign.sketch import Written, applied, refused, sketch, ways

ITEMS = {"paper": {"from": "client"}, "card": {"title": "Card", "from": "client"}, "note": {"from": "a"}}
ASK = {
    "title": "Ask",
    "performer": "client",
    "duration": "5d",
    "contact": "both",
    "documents": 1,
    "produces": "paper",
    "assign": {"rounds": "rounds + 1"},
}
FLOW: Written = {
    "came": {"type": "start", "next": "a"},
    "a": {"needs": "card", "next": "ask"},
    "ask": ASK | {"timeout": {"after": "30d", "next": "late"}, "next": "b"},
    "b": {"needs": ["paper", "note"], "next": "done"},
    "late": {"type": "end"},
    "done": {"type": "end"},
}


def service(clocks: Written | None = None, items: Written | None = None, **more: Any) -> Process:  # noqa: ANN401
    """A client who brings a card with the application and a paper later; `more` says more of some nodes."""
    flow = {name: node | more.get(name, {}) for name, node in FLOW.items()}
    flow |= {name: node for name, node in more.items() if name not in flow}
    cases = {"attributes": {"rounds": 0}, "clocks": clocks or {}}
    return sketch(flow, cases, items=ITEMS | (items or {}))


def test_a_task_wholly() -> None:
    """The look-up stands where the client's task stood: no contact, no documents, no timeout; the clock runs on."""
    process = service({"own": {"limit": "8 weeks", "stops_while": ["ask", "client"]}})
    said = {"evidence": {"flow.ask.duration": {"grade": "log"}}}
    process = Process.model_validate(process.as_written() | said)
    after = applied(process, registry_lookup={"replaces": "ask", "latency": "1min", "stale": "2%"})
    assert ways(after) == {"came": ["a"], "a": ["ask"], "ask": ["b"], "b": ["done"], "done": []}
    task = after.tasks()["ask"]
    assert (task.performer, str(task.duration.value), task.introduces_error) == (("system",), "1min", 0.02)
    assert (task.contact, task.documents, task.timeout, task.title) == ((), 0, None, "Ask: looked up in a registry")
    assert task.assign == process.flow["ask"].assign
    assert (after.items["paper"].source, task.produces) == ("ask", ())
    assert after.cases.clocks["own"].stops_while == ("client",)
    assert after.evidence == {}
    assert applied(process, once_only={"replaces": "paper", "latency": "1min", "stale": "2%"}).flow == after.flow


def test_a_task_in_a_share_of_the_cases() -> None:
    """The question comes first; what is found skips the client, the rest comes as before, with its luck."""
    process = service({"own": {"to": "ask", "limit": "8 weeks"}})
    after = applied(process, source={"replaces": "ask", "from": "buffer", "hit": "80%", "stale": "5%"})
    assert ways(after) == {
        "came": ["a"],
        "a": ["ask_lookup"],
        "ask_lookup": ["ask_found"],
        "ask_found": ["ask_filled", "ask"],
        "ask_filled": ["b"],
        "ask": ["b", "(timeout) late"],
        "b": ["done"],
        "late": [],
        "done": [],
    }
    assert after.flow["ask"] == process.flow["ask"]
    assert [(b.kind, b.share.text) for b in after.flow["ask_found"].next] == [("share", "0.8"), ("else", "1")]
    lookup, filled = after.tasks()["ask_lookup"], after.tasks()["ask_filled"]
    assert (lookup.was, lookup.performer, lookup.contact, lookup.assign) == ("", ("system",), (), {})
    assert (filled.was, filled.produces, filled.introduces_error) == ("ask", ("paper",), 0.05)
    assert filled.assign == process.flow["ask"].assign
    assert after.items == process.items
    assert after.cases.clocks["own"].to == ("ask", "ask_filled")


def test_what_is_found_is_complete() -> None:
    """Only clients misunderstand what is asked: what was found need not be asked whether it is complete."""
    unclear = {"clarity": {"incomplete": "30%", "next": "ask"}}
    after = applied(service(ask=unclear), source={"replaces": "ask", "from": "registry", "hit": 0.8})
    found = ways(after)
    assert found["ask_filled"] == ["b"]
    assert found["ask"][0] == "ask_complete"
    assert found["ask_complete"] == ["ask", "b"]
    after = applied(service(ask=unclear), source={"replaces": "ask", "from": "registry"})
    assert "ask_complete" not in after.flow
    assert ways(after)["ask"] == ["b"]


def parallel(**ask: Any) -> Process:  # noqa: ANN401
    """The client's task in a branch of a block."""
    flow = {
        "came": {"type": "start", "next": "split"},
        "split": {"type": "parallel", "next": ["ask", "b"]},
        "ask": {**ASK, "assign": {}, **ask, "next": "join"},
        "b": {"next": "join"},
        "join": {"type": "parallel", "next": "done"},
        "done": {"type": "end"},
    }
    return sketch(flow, items={"paper": {}})


def test_before_a_join() -> None:
    """The two ways meet before a join counts them, with or without a question whether the answer is complete."""
    entry = {"replaces": "ask", "from": "registry", "hit": 0.5}
    after = ways(applied(parallel(), source=entry))
    assert after["ask"] == after["ask_filled"] == ["after_ask"]
    assert after["after_ask"] == ["join"]
    after = ways(applied(parallel(clarity={"incomplete": "30%", "next": "ask"}), source=entry))
    assert after["ask_complete"] == ["ask", "after_ask"]
    assert after["ask_filled"] == ["after_ask"]


def test_another_fallback() -> None:
    """What is not found goes to another node; the old task is gone, and who spoke of it speaks of what is found."""
    process = service({"own": {"to": "ask", "limit": "8 weeks"}}, ask={"legal": True})
    after = applied(process, source={"replaces": "ask", "from": "registry", "hit": 0.9, "fallback": "late"})
    assert ways(after) == {
        "came": ["a"],
        "a": ["ask_lookup"],
        "ask_lookup": ["ask_found"],
        "ask_found": ["ask_filled", "late"],
        "ask_filled": ["b"],
        "b": ["done"],
        "late": [],
        "done": [],
    }
    assert after.cases.clocks["own"].to == ("ask_filled",)
    assert (after.tasks()["ask_filled"].legal, after.items["paper"].source) == (True, "ask_filled")
    after = applied(service(), source={"replaces": "ask", "from": "registry", "hit": 0.9, "fallback": "late"})
    assert (after.tasks()["ask_filled"].legal, after.items["paper"].source) == (False, "ask_filled")
    after = applied(service(), source={"replaces": "ask", "from": "registry", "hit": 0.9, "fallback": "ask"})
    assert ways(after)["ask_found"] == ["ask_filled", "ask"]


def test_a_document_of_the_application() -> None:
    """It comes from the registry; when that takes time or may fail, the case is looked up as soon as it is there."""
    process = service()
    after = applied(process, source={"replaces": "card", "from": "registry"})
    assert (after.flow, after.items["card"].source) == (process.flow, "registry")
    after = applied(process, source={"replaces": "card", "from": "trusted_party", "latency": "2d"})
    assert (ways(after)["came"], ways(after)["card_lookup"]) == (["card_lookup"], ["a"])
    assert (after.tasks()["card_lookup"].performer, after.items["card"].source) == (("external",), "card_lookup")
    after = applied(process, source={"replaces": "card", "from": "registry", "hit": 0.9, "stale": 0.1})
    found = ways(after)
    assert [found[name] for name in ("came", "card_lookup", "card_found")] == [
        ["card_lookup"],
        ["card_found"],
        ["card_filled", "card_by_client"],
    ]
    assert found["card_filled"] == found["card_by_client"] == ["a"]
    assert (after.tasks()["card_by_client"].produces, after.tasks()["card_filled"].introduces_error) == (("card",), 0.1)
    assert (after.items["card"].source, after.tasks()["card_by_client"].title) == ("client", "Card: brought")


def test_one_document_of_several() -> None:
    """A task that brings more stays, and brings one document less."""
    more = {"produces": ["paper", "photo"], "documents": 2}
    process = service(ask=more, b={"needs": "paper"}, items={"photo": {}})
    after = applied(process, source={"replaces": "paper", "from": "registry"})
    assert ways(after) == ways(process)
    task = after.tasks()["ask"]
    assert (task.produces, task.documents, after.items["paper"].source) == (("photo",), 1, "registry")
    entry = {"replaces": "paper", "from": "registry", "hit": 0.9}
    assert refused(process, source=entry) == [
        (
            "BP612 hit: ask brings paper together with other documents. "
            "Replace ask, or say who brings what is not found: fallback: NODE."
        )
    ]
    after = applied(process, source=entry | {"fallback": "ask"})
    assert ways(after)["paper_found"] == ["paper_filled", "ask"]
    assert after.tasks()["ask"] == process.tasks()["ask"]
    late = resolve(process, [read_change({"source": entry | {"fallback": "b"}})])
    assert [trouble.code for _, trouble in late.troubles] == ["BP463"]


def test_a_third_party() -> None:
    """A buffer replaces the question to a third party, too; what it made comes from the copy."""
    process = service(
        ask={"performer": "external", "produces": [], "contact": "none"}, items={"paper": {"from": "ask"}}
    )
    after = applied(process, source={"replaces": "ask", "from": "buffer"})
    assert (after.tasks()["ask"].performer, after.items["paper"].source) == (("system",), "ask")
    after = applied(process, source={"replaces": "ask", "from": "buffer", "hit": 0.5})
    assert after.tasks()["ask_filled"].produces == ("paper",)


def test_refused() -> None:
    """What is not there, not brought by anybody outside, not declared, found never, or needed elsewhere."""
    process = service({"own": {"from": "ask", "limit": "8 weeks"}}, b={"contact": "in", "visit": "with ask"})
    assert refused(process, source={"replaces": "ask", "from": "registry"}) == [
        "BP607 replaces: b shares a trip with ask. Take `visit` out there first."
    ]
    assert refused(process, source={"replaces": "ask", "from": "registry", "hit": 0.5}) == [
        "BP607 replaces: the clock own starts with ask, which now has two ways. Let it start with another node."
    ]
    assert refused(process, source={"replaces": "a", "from": "registry"}) == [
        (
            "BP605 replaces: a is a task done by people, not a task of the client or a third party. "
            "Name the task that brings the data, or a document."
        )
    ]
    assert refused(process, source={"replaces": "papr", "from": "registry", "hit": 0, "fallback": "zz"}) == [
        "BP603 replaces: there is no task or document papr. Did you mean 'paper'?",
        "BP611 hit: nothing is found. Write a share above 0%.",
        "BP603 fallback: there is no node zz. There are: a, ask, b, came, done, late.",
    ]
    assert refused(process, source={"replaces": "note", "from": "trusted_party", "fallback": "b"}) == [
        (
            "BP686 replaces: note is made by a: a task done by people. "
            "Only what the client or a third party brings can come from elsewhere."
        ),
        "BP103 latency: missing. Write how long the trusted party takes.",
        "BP612 fallback: everything is found, nothing needs a fallback. Write a hit below 100%, or leave it out.",
    ]
    assert refused(service(ask={"produces": []}), source={"replaces": "ask", "from": "registry"}) == [
        (
            "BP685 replaces: ask brings nothing that is declared. "
            "Say what it brings: items: {paper: {from: client}}, and produces: paper at ask."
        )
    ]
    assert refused(service(items={"card": {"from": "registry"}}), source={"replaces": "card", "from": "registry"}) == [
        "BP611 replaces: card is in a registry already. Leave the change out."
    ]
    twice = service(a={"timeout": {"after": "1d", "next": "again"}}, again=ASK | {"next": "b"})
    assert refused(twice, source={"replaces": "paper", "from": "registry"}) == [
        "BP612 replaces: ask and again bring paper. Name the task that is to be replaced."
    ]
    after = applied(twice, source={"replaces": "ask", "from": "registry"})
    assert (after.items["paper"].source, after.tasks()["ask"].produces) == ("client", ("paper",))


def test_in_words_and_footprint() -> None:
    """One plain sentence; what it touches."""
    assert str(Source(replaces="ask", origin="registry")) == "ask is looked up in a registry"
    some = Source(replaces="ask", origin="trusted_party", hit=0.8, latency={"value": "1d"})
    assert str(some) == "ask is asked of a trusted party in 80% of the cases"
    assert str(Source(replaces="ask", origin="buffer")) == "ask is taken from a copy that is kept up to date"
    foot = some.footprint(service())
    assert {"flow.ask", "flow.a", "flow.ask_lookup", "flow.ask_found", "flow.ask_filled"} <= foot.writes
    assert {"items", "cases.clocks", "flow.b.visit"} <= foot.reads
    assert Source(replaces="card", origin="registry").footprint(service()).writes == {"items"}
    assert some.makes() == ("ask_lookup", "ask_found", "ask_filled")
