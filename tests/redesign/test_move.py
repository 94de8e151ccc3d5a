"""Work earlier or later, and checks in the order in which least is done in vain."""

import itertools
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpsim.model.process import Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.moving import best, checks, comes_before, effort, rejects
from bpsim.redesign.operators import read_change
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch, ways


def three(efforts: Any = ("10min", "20min", "40min"), chances: Any = (0.1, 0.3, 0.5), **more: Written) -> Process:  # noqa: ANN401
    """Three checks one after another; who fails one is refused."""
    flow: Written = {"came": {"type": "start", "next": "a"}}
    names = ("a", "b", "c")
    for name, after, duration, chance in zip(names, ("b", "c", "grant"), efforts, chances, strict=True):
        flow[name] = {"duration": duration, "next": f"{name}_ok"} | more.get(name, {})
        flow[f"{name}_ok"] = {"type": "exclusive", "next": {"refuse": chance, after: "else"}}
    flow["grant"] = {"next": "done"}
    flow["refuse"] = {"next": "done"}
    flow["done"] = {"type": "end"}
    parts = {key: more[key] for key in ("cases", "items") if key in more}
    return sketch(flow, **parts)


def order_of(process: Process) -> list[str]:
    """Name the tasks from the start, as those go that pass every check."""
    found, name = [], "came"
    while name != "done":
        name = next(to for to in ways(process)[name] if to != "refuse")
        found += [name] if name in process.tasks() else []
    return found


def test_before_and_after() -> None:
    """A task is taken out where it was; flows into the node, or out of it, lead through it."""
    process = line("a", "b", "c", "d")
    assert order_of(applied(process, move={"tasks": ["d"], "before": "b"})) == ["a", "d", "b", "c"]
    assert order_of(applied(process, move={"tasks": ["a"], "after": "c"})) == ["b", "c", "a", "d"]
    assert order_of(applied(process, resequence={"tasks": ["d", "c"], "before": "a"})) == ["d", "c", "a", "b"]
    assert order_of(applied(process, move={"tasks": ["c", "a"], "after": "d"})) == ["b", "d", "c", "a"]
    assert order_of(applied(process, move={"tasks": ["d"], "after": "came"})) == ["d", "a", "b", "c"]
    back = applied(applied(process, move={"tasks": ["d"], "before": "b"}), move={"tasks": ["d"], "after": "c"})
    assert back.digest() == process.digest()


def test_a_check_moves_with_what_it_decides() -> None:
    """Who fails earlier is refused earlier; the gateway keeps its shares."""
    process = three()
    after = applied(process, move={"tasks": ["c"], "before": "a"})
    assert ways(after) == ways(process) | {"came": ["c"], "c_ok": ["a", "refuse"], "b_ok": ["grant", "refuse"]}
    assert [(branch.to, branch.share.text) for branch in after.flow["c_ok"].next][1] == ("refuse", "0.5")
    later = applied(process, move={"tasks": ["a"], "after": "b"})
    assert order_of(later) == ["b", "a", "c", "grant"]


def test_out_of_and_into_a_block() -> None:
    """Where several flows led to what is taken out, they meet before a join."""
    flow: Written = {
        "came": {"type": "start", "next": "split"},
        "split": {"type": "parallel", "next": ["which", "c"]},
        "which": {"type": "exclusive", "next": {"a": "30%", "b": "else"}},
        "a": {"next": "b"},
        "b": {"next": "join"},
        "c": {"next": "join"},
        "join": {"type": "parallel", "next": "d"},
        "d": {"next": "done"},
        "done": {"type": "end"},
    }
    process = sketch(flow)
    after = applied(process, move={"tasks": ["b"], "after": "d"})
    assert ways(after) == ways(process) | {
        "which": ["a", "after_b"],
        "a": ["after_b"],
        "after_b": ["join"],
        "d": ["b"],
        "b": ["done"],
    }
    inside = applied(process, move={"tasks": ["d"], "after": "c"})
    assert ways(inside) == ways(process) | {"c": ["d"], "d": ["join"], "join": ["done"]}


def test_the_known_answer() -> None:
    """Efforts 10, 20, 40 and chances .1, .3, .5: the order 2, 3, 1 with 51.5 against 53.2 for 1, 2, 3."""
    process = three()
    after = applied(process, knockout_reorder={"tasks": ["a", "b", "c"]})
    assert order_of(after) == ["b", "c", "a", "grant"]
    expected = {
        order: sum(prod(1 - (0.1, 0.3, 0.5)[j] for j in order[:k]) * (10, 20, 40)[i] for k, i in enumerate(order))
        for order in ((0, 1, 2), (1, 2, 0))
    }
    assert expected == {(0, 1, 2): pytest.approx(53.2), (1, 2, 0): pytest.approx(51.5)}
    assert refused(after, move={"tasks": ["a", "b", "c"], "order": "knockout"}) == [
        "BP611 : the tasks stand so already. Leave the change out."
    ]


@settings(max_examples=30)
@given(
    efforts=st.lists(st.integers(1, 60), min_size=3, max_size=3),
    chances=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    tied=st.booleans(),
)
def test_no_order_has_less_work(efforts: list[int], chances: list[int], *, tied: bool) -> None:
    """Against all orders, tried one by one; without ties it is the order by chance per effort."""
    shares = [chance / 10 for chance in chances]
    process = three([f"{effort}min" for effort in efforts], shares, **({"a": {"must_precede": ["b"]}} if tied else {}))

    def work(order: Any) -> float:  # noqa: ANN401
        return sum(prod(1 - shares[j] for j in order[:k]) * efforts[i] for k, i in enumerate(order))

    found = checks(process, ("a", "b", "c"))
    assert isinstance(found, tuple)
    order = tuple("abc".index(one.task) for one in best(process, found))
    allowed = [o for o in itertools.permutations(range(3)) if not tied or o.index(0) < o.index(1)]
    assert order in allowed
    assert work(order) == pytest.approx(min(map(work, allowed)))
    if not tied:
        ratios = [shares[i] / efforts[i] for i in order]
        assert ratios == pytest.approx(sorted(ratios, reverse=True))


def test_chances_and_efforts() -> None:
    """Parts of a united task count together; `else` is what the others leave; a condition gives no number."""
    process = three(a={"parts": [{"was": "x", "duration": "1h", "share": 0.5}, {"was": "y", "duration": "30min"}]})
    found = checks(process, ("a", "b", "c"))
    assert isinstance(found, tuple)
    assert [effort(process.tasks()[one.task]) for one in found] == [3_600_000, 1_200_000, 2_400_000]
    assert [rejects(process, one) for one in found] == pytest.approx([0.1, 0.3, 0.5])
    assert rejects(line("a", "b"), checks(line("a", "b"), ("a", "b"))[0]) == 0  # type: ignore[index,arg-type]


def test_what_binds_tasks_to_each_other() -> None:
    """Data, documents, people, clocks and what was declared: the order matters."""
    cases: Written = {"attributes": {"size": 1, "level": 1}}

    def tied(first: Written, second: Written, **parts: Any) -> list[str]:  # noqa: ANN401
        process = sketch(
            {
                "came": {"type": "start", "next": "a"},
                "a": {"next": "b"} | first,
                "b": {"next": "c"} | second,
                "c": {"next": "done"},
                "done": {"type": "end"},
            },
            **({"cases": cases} | parts),
        )
        there = refused(process, move={"tasks": ["a"], "after": "b"})
        assert refused(process, move={"tasks": ["b"], "before": "a"}) == there
        assert refused(process, move={"tasks": ["b", "a"], "before": "c"}) != []
        return [line.removesuffix(" Leave the task where it is, or change that first.") for line in there]

    sets = {"assign": {"size": 2}}
    reads = {"duration": {"by": "size", "of": {"1": "5min", "else": "1h"}}}
    assert tied(sets, reads) == ["BP665 tasks.0: b reads size, which a sets."]
    assert tied(reads, sets) == ["BP665 tasks.0: b sets size, which a reads."]
    assert tied(sets, sets) == ["BP665 tasks.0: a and b both set size."]
    assert tied({}, {"assign": {"level": "visits(a)"}}) == ["BP665 tasks.0: b counts the visits of a."]
    assert tied({}, {"needs": ["form"]}, items={"form": {"from": "a"}}) == [
        "BP665 tasks.0: b needs the document form, which a makes."
    ]
    assert tied({"must_precede": ["b"]}, {}) == ["BP665 tasks.0: a must precede b."]
    assert tied({}, {"same_person_as": "a"}) == ["BP665 tasks.0: b is done by whoever did a."]
    assert tied({}, {"never_same_person_as": "a"}) == ["BP665 tasks.0: b is never done by whoever did a."]
    clocks = {"clocks": {"legal": {"from": "a", "to": ["b"], "limit": "5d"}}}
    assert tied({}, {}, cases=clocks) == ["BP665 tasks.0: the clock legal runs from a to b."]


def test_ties_in_the_order_of_checks() -> None:
    """A check that another one needs stays before it, however much the other would save."""
    process = three(a={"must_precede": ["c"]})
    after = applied(process, move={"tasks": ["a", "b", "c"], "order": "knockout"})
    assert order_of(after) == ["b", "a", "c", "grant"]


def test_in_words() -> None:
    """What the change says of itself."""
    entries: list[Written] = [
        {"tasks": ["a"], "before": "b"},
        {"tasks": ["a", "c"], "after": "b"},
        {"tasks": ["a", "b"], "order": "knockout"},
    ]
    assert [str(read_change({"move": entry})) for entry in entries] == [
        "a moves before b",
        "a and c move after b",
        "a and b are done in the order in which least work is done in vain",
    ]


def test_footprint() -> None:
    """The order of the whole flow decides whether a task can move; what changes are the nodes around it."""
    found = read_change({"move": {"tasks": ["c"], "before": "b"}}).footprint(line("a", "b", "c", "d"))
    assert found.reads == {"flow", "items", "cases"}
    assert found.writes == {"flow.a", "flow.b", "flow.c"}


def test_what_does_not_bind_them() -> None:
    """A clock of other nodes, and a document that is there anyway."""
    flow: Written = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "b"},
        "b": {"needs": "form", "next": "c"},
        "c": {"next": "done"},
        "done": {"type": "end"},
    }
    clocks: Written = {"clocks": {"whole": {"from": "came", "to": ["c"], "limit": "5d"}}}
    process = sketch(flow, cases=clocks, items={"form": {"from": "client"}})
    assert order_of(applied(process, move={"tasks": ["a"], "after": "b"})) == ["b", "a", "c"]


def test_comes_before() -> None:
    """A node comes before another when every way passes it first."""
    process = three()
    assert comes_before(process, "a", "c")
    assert not comes_before(process, "c", "refuse")


def test_parameters_and_places() -> None:
    """One place, tasks that are there, and no place that moves itself."""

    def wrong(**parameters: Any) -> list[str]:  # noqa: ANN401
        with pytest.raises(Mistakes) as caught:
            read_change({"move": parameters})
        return [shown(trouble) for trouble in caught.value.troubles]

    assert wrong(tasks=["a"]) == [
        "BP612 move: not one of before, after and order. Write one of them: before: NODE, after: NODE, order: knockout."
    ]
    assert wrong(tasks=["a", "a"], before="b") == ["BP612 move.tasks: a task named twice. Name each once."]
    process = three()
    assert refused(process, move={"tasks": ["x", "a_ok"], "before": "a"}) == [
        "BP603 tasks.0: there is no node x. There are: a, a_ok, b, b_ok, c, c_ok, came, done, grant, refuse.",
        "BP605 tasks.1: a_ok is a gateway, not a task. Name a task.",
    ]
    assert refused(process, move={"tasks": ["a"], "before": "x"}) == [
        "BP603 before: there is no node x. There are: a, a_ok, b, b_ok, c, c_ok, came, done, grant, refuse."
    ]
    for place in ("a", "a_ok"):
        assert refused(process, move={"tasks": ["a"], "after": place}) == [
            f"BP661 after: {place} is to be moved itself. Name a node that stays."
        ]
    assert refused(process, move={"tasks": ["a"], "before": "came"}) == [
        "BP661 before: came is the start: nothing comes before it. Put it after the start."
    ]
    assert refused(process, move={"tasks": ["a"], "after": "done"}) == [
        "BP661 after: done is an end with no flow out. Name the node before which they are to stand."
    ]
    assert refused(process, move={"tasks": ["a"], "after": "b_ok"}) == [
        "BP661 after: b_ok is a gateway with several flows out. Name the node before which they are to stand."
    ]
    assert refused(process, move={"tasks": ["a"], "before": "b"}) == [
        "BP611 : the tasks stand so already. Leave the change out."
    ]
    block = applied(line("a", "b", "c"), parallelize={"tasks": ["a", "b"]})
    assert refused(block, move={"tasks": ["c"], "before": "a_join"}) == [
        "BP661 before: 2 branches meet at a_join. Say on which flow: on: a -> a_join."
    ]


def test_checks_that_cannot_be_put_into_an_order() -> None:
    """Not one after another, no clear way on, a chance or a time that depends on the case, too many."""

    def order(process: Process, *tasks: str) -> list[str]:
        return refused(process, move={"tasks": list(tasks or "abc"), "order": "knockout"})

    hint = "Only the gateways that decide by what a task found may stand between the tasks."
    assert order(three(), "a", "c") == [f"BP615 tasks.1: c does not follow a. {hint}"]
    hint = "One way must lead on; the others end the case, or lead back."
    unclear = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "a_ok"},
            "a_ok": {"type": "exclusive", "next": {"b": "50%", "c": "else"}},
            "b": {"next": "which"},
            "which": {"type": "exclusive", "next": {"d": "50%", "c": "else"}},
            "d": {"next": "c"},
            "c": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert order(unclear, "a", "b") == [f"BP666 tasks.0: it is not clear how the case goes on after a, at a_ok. {hint}"]
    assert order(unclear, "b", "d") == [
        f"BP666 tasks.0: it is not clear how the case goes on after b, at which. {hint}"
    ]
    last = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "which"},
            "which": {"type": "exclusive", "next": {"c": "50%", "d": "else"}},
            "c": {"next": "done"},
            "d": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert order(last, "a", "b") == [f"BP666 tasks.1: it is not clear how the case goes on after b, at which. {hint}"]
    depends = three(
        a={"duration": {"by": "big", "of": {"true": "1h", "false": "5min"}}},
        cases={"attributes": {"big": "bernoulli(20%)"}},
    )
    hint = "Put it where it belongs: move: {tasks:, before:}."
    assert order(depends) == [f"BP667 tasks.0: how long a takes depends on the case. {hint}"]
    flow = three(cases={"attributes": {"big": "bernoulli(20%)"}}).as_written()
    flow["flow"]["b_ok"]["next"] = [{"to": "refuse", "when": "big"}, {"to": "c", "when": "else"}]
    assert order(Process.model_validate(flow)) == [
        f"BP667 tasks.1: how often b_ok ends the case depends on the case. {hint}"
    ]
    many = [f"t{i}" for i in range(13)]
    assert order(line(*many), *many) == ["BP612 tasks: 13 checks, and at most 12 are put into an order. Name fewer."]
