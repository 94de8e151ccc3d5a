"""Checks of the graph: one slip in each drawing, and the drawing without it."""

import pytest

from bpsim.model.flow_checks import parallel_blocks, whole
from tests.model.drawing import Written, drawn, only, said

#: A timeout that leads to another join.
LATE = {"after": "3d", "next": "p2"}
#: Shares that depend on the case.
ODDS = {"next": [{"to": "p1", "p": "level"}, {"to": "p2", "p": "1 - level"}]}
#: A split that may take one flow or both.
SOME = {"type": "inclusive", "next": {"x1": True, "x2": "40%"}}

GOOD = [
    "s > a; a > e; e",
    "s > x; x > a 30%, b else; a > x2; b > x2; x2 > e; e",
    "s > p; p > a, b; a > p2; b > p2; p2 > e; e",
    "s > x1; x1 > a; a > x2; x2 > x1 20%, e else; e",  # rework
    "s > p; p > a, b; a > x; x > c 50%, d else; c > x2; d > x2; x2 > p2; b > p2; p2 > e; e",  # a choice in a branch
    "s > p; p > x, b; x > a; a > x2; x2 > x 10%, p2 else; b > p2; p2 > e; e",  # a loop in a branch
    "s > x; x > p; p > a, b; a > p2; b > p2; p2 > x2; x2 > x 10%, e else; e",  # a loop round the block
    "s > p; p > p3, b; p3 > a, c; a > p4; c > p4; p4 > p2; b > p2; p2 > e; e",  # nested blocks
    "s > p; p > a, b, c; a > p2; b > p2; p2 > d; d > p3; c > p3; p3 > e; e",  # joined in two steps
    "s > p; p > a, p2; a > p2; p2 > e; e",  # an empty branch
    "s > x; x > x2; x2 > x 20%, a 30%, e else; a > x; e",  # a loop that may take no time now and then
]


@pytest.mark.parametrize("drawing", GOOD)
def test_sound_flows_are_silent(drawing: str) -> None:
    """What can run is not complained of."""
    assert said(drawn(drawing)) == []


BAD = {
    "no start": ("a > e; e", [("BP301", "flow")]),
    "two starts": ("s > a; s2 > a; a > e; e", [("BP302", "flow.s2")]),
    "no end": ("s > a; a > b; b > a", [("BP303", "flow")]),
    "a dead end": ("s > x; x > a 50%, e else; a; e", [("BP305", "flow.a")]),
    "an undefined node": ("s > revue; review > e; e", [("BP306", "flow.s.next.revue")]),
    "into the start": ("s > x; x > a 50%, s else; a > e; e", [("BP323", "flow.x.next.s")]),
    "out of the end": ("s > e; e > a; a > e", [("BP324", "flow.e.next")]),
    "unreachable": ("s > a; a > e; b > c; c > e; e", [("BP304", "flow.b")]),
    "an unreachable circle": ("s > a; a > e; b > c; c > b; e", [("BP304", "flow.b")]),
    "two unreachable parts": ("s > a; a > e; b > c; d > e; c > b; e", [("BP304", "flow.b"), ("BP304", "flow.d")]),
    "a way into an unreachable circle": ("s > a; a > e; b > c; c > b; d > b; e", [("BP304", "flow.d")]),
    "a loop that leads into a closed one": (
        "s > a; a > x; x > a 50%, b else; b > c; c > b; e",
        [("BP304", "flow.e"), ("BP307", "flow.b")],
    ),
    "closed loop": ("s > a; a > b; b > a; e", [("BP304", "flow.e"), ("BP307", "flow.a")]),
    "a loop of one": ("s > a; a > a; e", [("BP304", "flow.e"), ("BP307", "flow.a")]),
    "a way out with share zero": (
        "s > a; a > x; x > a 100%, e 0%; e",
        [("BP308", "flow.x"), ("BP334", "flow.x.next.e")],
    ),
    "nothing left for the way out": (
        "s > a; a > x; x > a 1, e else; e",
        [("BP308", "flow.x"), ("BP334", "flow.x.next.e")],
    ),
    "a loop of gateways": ("s > x; x > x2; x2 > x 50%, e else; e", [("BP310", "flow.x")]),
    "two flows out of a task": ("s > a; a > b, c; b > e; c > e; e", [("BP321", "flow.a.next")]),
    "a share at a task": ("s > a; a > e 30%; e", [("BP326", "flow.a.next")]),
    "shares at a split": ("s > p; p > a 30%, b else; a > p2; b > p2; p2 > e; e", [("BP326", "flow.p.next")]),
    "join and split in one": (
        "s > p; p > a, b; a > p2; b > p2; p2 > c, d; c > p3; d > p3; p3 > e; e",
        [("BP317", "flow.p2")],
    ),
    "join and split in one without a further join": (
        "s > p; p > a, b; a > p2; b > p2; p2 > c, e; c > e; e",
        [("BP317", "flow.p2")],
    ),
    "a parallel gateway of one": ("s > p; p > a; a > e; e", [("BP315", "flow.p")]),
    "an exclusive gateway of one": ("s > x; x > a; a > e; e", [("BP316", "flow.x")]),
    "several flows into a split, and out": (
        "s > x; x > a 50%, b else; a > p; b > p; p > c, d; c > p2; d > p2; p2 > e; e",
        [("BP317", "flow.p")],
    ),
    "a flow twice": ("s > p; p > p2, p2; p2 > e; e", [("BP322", "flow.p.next.1")]),
    "a choice joined": ("s > x; x > a 30%, b else; a > p; b > p; p > e; e", [("BP312", "flow.p")]),
    "a choice joined in a branch": (
        "s > p; p > x, b; x > a 50%, c else; a > p2; c > p2; b > p2; p2 > e; e",
        [("BP312", "flow.p2")],
    ),
    "branches merged": ("s > p; p > a, b; a > x; b > x; x > c; c > e; e", [("BP313", "flow.x")]),
    "branches that meet in a task": ("s > p; p > a, b; a > c; b > c; c > e; e", [("BP313", "flow.c")]),
    "no join": ("s > p; p > a, b; a > e1; b > e2; e1; e2", [("BP314", "flow.p")]),
    "no join, one end": ("s > p; p > a, b; a > e; b > e; e", [("BP314", "flow.p")]),
    "out to an end": (
        "s > p; p > x, b; x > p2 50%, e2 else; b > p2; p2 > e; e; e2",
        [("BP318", "flow.x.next.e2")],
    ),
    "out of an inner block": (
        "s > p; p > p1, b; p1 > x, c; x > p2 50%, d else; c > p2; p2 > d; d > p3; b > p3; p3 > e; e",
        [("BP318", "flow.x.next.d")],
    ),
    "out past the join": (
        "s > p; p > x, b; x > p2 50%, c else; b > p2; p2 > c; c > e; e",
        [("BP318", "flow.x.next.c")],
    ),
    "back out of a block": (
        "s > x0; x0 > a; a > p; p > x, b; x > p2 50%, x0 else; b > p2; p2 > e; e",
        [("BP318", "flow.x.next.x0")],
    ),
    "back out of a block without a join": (
        "s > x0; x0 > a; a > p; p > x, b; x > x0 50%, e else; b > e; e",
        [("BP318", "flow.x.next.x0")],
    ),
    "into a block": (
        "s > x; x > p 50%, a else; p > a, b; a > p2; b > p2; p2 > e; e",
        [("BP319", "flow.x.next.a")],
    ),
    "back into a block": (
        "s > p; p > x0, b; x0 > a; a > p2; b > p2; p2 > x; x > x0 10%, e else; e",
        [("BP319", "flow.x.next.x0")],
    ),
    "blocks that overlap": (
        "s > p; p > p1, b; p1 > a, c; a > p2; b > p2; p2 > p3; c > p3; p3 > e; e",
        [("BP320", "flow.p2")],
    ),
    "two joins of one split": (
        "s > p; p > x1, x2; x1 > p1 80%, p2 else; x2 > p3 90%, p2 10%; p3 > p4, a; a > p4; p4 > p1; p1 > e; p2 > e; e",
        [("BP327", "flow.p2")],
    ),
    "three joins of one split": (
        "s > p; p > x1, x2; x1 > p1 40%, p2 40%, p3 else; x2 > p1 30%, p2 30%, p3 else; p1 > e; p2 > e; p3 > e; e",
        [("BP327", "flow.p2"), ("BP327", "flow.p3")],
    ),
    "two joins of what was joined before": (
        "s > p; p > a, b, x2; a > p0; b > p0; p0 > x1; x1 > p1 40%, p2 else; x2 > p1 30%, p2 else; p1 > e; p2 > e; e",
        [("BP327", "flow.p2")],
    ),
    "past the split to the join": (
        "s > x; x > p 50%, p2 else; p > a, b; a > p2; b > p2; p2 > e; e",
        [("BP320", "flow.p2")],
    ),
    "a join after itself": (
        "s > p; p > a, b; a > p2; b > p2; p2 > c; c > x; x > p2 10%, e else; e",
        [("BP325", "flow.p2")],
    ),
    "a join of what never comes": (
        "s > p; p > a, b; a > p2; b > p2; d > p2; p2 > e; e",
        [("BP304", "flow.d"), ("BP325", "flow.p2")],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_one_slip_one_finding(name: str) -> None:
    """A slip is found where it was made, and nothing else is."""
    drawing, expected = BAD[name]
    assert said(drawn(drawing)) == expected


# Words ----------------------------------------------------------------------------------------------------------------


def words(drawing: str) -> tuple[str, str]:
    """Give what is said of a drawing."""
    finding = only(drawn(drawing))
    return finding.what, finding.hint


def test_closed_loops_are_named() -> None:
    """The loop is shown as one walks it; the other words for a node that leads to itself."""
    what, hint = words("s > x0; x0 > review 50%, e else; review > fix; fix > again; again > review; e")
    assert what == "closed loop review -> fix -> again -> review: cases never leave"
    assert hint == "Give one of its nodes a flow that leads on."
    assert words("s > x; x > a 50%, e else; a > a; e")[0] == "a leads only to itself: cases never leave"


def test_the_shortest_way_round_is_shown() -> None:
    """Of several ways round a loop the shortest is told, from its first node in the file."""
    what, _ = words("s > x0; x0 > a 50%, e else; a > x; x > b 50%, a else; b > c; c > a; e")
    assert what == "closed loop a -> x -> a: cases never leave"


def test_conditions_that_never_let_out() -> None:
    """A flow with a condition that is plainly false is no way out."""
    rules = {"nodes": {"x": {"next": {"a": "else", "e": "false"}}}}
    found = said(drawn("s > a; a > x; x > a; e", **rules))
    assert found == [("BP308", "flow.x"), ("BP248", "flow.x.next.e")]


def test_both_gateways_are_shown() -> None:
    """A deadlock and a multiplication name the gateways that do not go together, and both ways out."""
    what, hint = words(BAD["a choice joined"][0])
    assert what == (
        "the parallel join p waits for all flows, but the exclusive gateway x sends a case along one of them:"
        " it never goes on"
    )
    assert hint == "Make p exclusive, or x parallel."
    what, hint = words(BAD["branches merged"][0])
    assert what == (
        "the branches of the parallel split p meet in the exclusive gateway x, which does not wait:"
        " x would come once for each"
    )
    assert hint == "Make x parallel, or p exclusive."
    what, hint = words(BAD["branches that meet in a task"][0])
    assert what.endswith("meet in the task c, which does not wait: c would come once for each")
    assert hint == "Let them meet in a parallel gateway before c, or make p exclusive."


def test_a_timeout_is_a_choice() -> None:
    """A task with a timeout sends the case one way or the other: a join of both waits for ever."""
    nodes = {"c": {"timeout": {"after": "1d", "next": "a"}}}
    found = only(drawn("s > c; c > p; a > p; p > e; e", nodes=nodes))
    assert (found.code, found.path) == ("BP312", ("flow", "p"))
    assert "the task c sends a case along one of them" in found.what
    assert found.hint == "Let the ways from c meet in an exclusive gateway."


def test_a_timeout_may_leave_a_block_too_early() -> None:
    """The way of a timeout is a flow like others; it is pointed at where it is written."""
    nodes = {"c": {"timeout": {"after": "1d", "next": "e2"}}}
    found = only(drawn("s > p; p > c, b; c > p2; b > p2; p2 > e; e; e2", nodes=nodes))
    assert (found.code, found.path) == ("BP318", ("flow", "c", "timeout", "next"))
    assert found.what == "the flow from c to e2 leaves the block of the parallel split p, and the join p2 waits for it"
    assert found.hint == "Lead it to p2, and decide after p2; or write terminate: true at e2."


def test_anybody_has_a_timeout() -> None:
    """Tasks of people, systems, the client and third parties: timeouts and what else may happen first."""
    for task, performer in (("r", ""), ("a", ""), ("c", "client"), ("c", "external")):
        who = {"performer": performer} if performer else {}
        racer = {"pays": {"after": {"by": "x", "of": {"true": "1d", "else": "never"}}, "next": "e"}}
        nodes = {task: {**who, "timeout": {"after": "1d", "next": "e"}, "on": racer}}
        cases = {"arrivals": "1h", "attributes": {"x": "bernoulli(50%)"}}
        assert said(drawn(f"s > {task}; {task} > e; e", nodes=nodes, cases=cases)) == []


def test_timeouts_lead_to_nodes() -> None:
    """A timeout that leads nowhere is pointed at, with what may be meant."""
    found = only(drawn("s > c; c > e; e", nodes={"c": {"timeout": {"after": "1d", "next": "ee"}}}))
    assert (found.code, found.path, found.key) == ("BP306", ("flow", "c", "timeout", "next"), False)
    assert (found.what, found.hint) == ("there is no node ee", "Did you mean 'e'?")
    found = only(drawn("s > c; c > e; e", nodes={"c": {"timeout": {"after": "1d", "next": "s"}}}))
    assert found.code == "BP323"


def test_blocks_that_overlap() -> None:
    """The split that opened last is to be joined first."""
    what, hint = words(BAD["blocks that overlap"][0])
    assert what == "flows of different parallel blocks meet in the parallel gateway p2: from b and from a"
    assert hint == "Let all branches of p1 meet before they meet others."


TWO_JOINS = "s > p; p > x1, x2; x1 > p1 50%, p2 else; x2 > p1 50%, p2 else; p1 > e; p2 > e; e"


def test_two_joins_are_named() -> None:
    """Both joins, and where the branches part."""
    what, hint = words(TWO_JOINS)
    assert what == (
        "the joins p1 and p2 both wait for all branches of the parallel split p, but x1 and x2 choose between them each"
        " by itself: a case that goes from x1 to p1 and from x2 to p2 waits for ever"
    )
    assert hint == "Let all branches meet in p1, and choose after it; or choose before p."


@pytest.mark.parametrize(
    ("drawing", "nodes", "cases"),
    [
        (TWO_JOINS.replace("x2 > p1 50%", "x2 > p1 now.month>6"), {}, {}),  # it may choose as the other does
        (TWO_JOINS.replace("x2 > p1 50%, p2 else", "x2 > p1 100%, p2 0%"), {}, {}),  # nobody parts
        (TWO_JOINS.replace("x2 > p1 50%", "x2 > p1 100%"), {}, {}),
        (TWO_JOINS, {"x2": ODDS}, {"attributes": {"level": 0.5}}),
        (TWO_JOINS, {"e": {"terminate": True}}, {}),
        (TWO_JOINS, {"p": {"timeout": {"after": "30d", "next": "e"}}}, {}),
        (TWO_JOINS, {}, {"arrivals": {"every": "1h", "at_most": 0}}),
        (TWO_JOINS, {}, {"client": {"withdraws_after": "30d"}}),
        (TWO_JOINS.replace("p1 > e;", "p1 > r; r > e;"), {"r": {"reneges_after": {"after": "3d"}}}, {}),
        (TWO_JOINS, {}, {"clocks": {"legal": {"limit": "30d", "on_pass": {"next": "e"}}}}),
        ("s > p; p > a, b; a > p1; b > x2; x2 > p1 50%, p2 else; p1 > e; p2 > e; e", {"a": {"timeout": LATE}}, {}),
        (TWO_JOINS, {"p": SOME, "p1": {"type": "inclusive"}, "p2": {"type": "inclusive"}}, {}),
    ],
)
def test_two_joins_may_get_on(drawing: str, nodes: Written, cases: Written) -> None:
    """What may choose alike, or may be broken off while it waits, is left to the flow run."""
    process = drawn(drawing, nodes, cases={"arrivals": "exponential(mean=2h)", **cases})
    assert "BP327" not in {code for code, _ in said(process)}


def test_implicit_splits_ask() -> None:
    """Several flows out of a task: one of them, or all? Both gateways are offered."""
    what, hint = words(BAD["two flows out of a task"][0])
    assert what == "a has several flows out, to b and c: one of them, or all at once"
    assert hint == "Let it lead to a gateway: decide_a: {type: exclusive, ...} for one, {type: parallel, ...} for all."


def test_long_names_get_a_short_gateway() -> None:
    """The name that is offered can be read."""
    _, hint = words("s > register_the_case; register_the_case > b, c; b > e; c > e; e")
    assert "choice: {type: exclusive" in hint


def test_many_names_are_counted() -> None:
    """Of many nodes four are named."""
    parts = "; ".join(f"t{i} > t{i + 1}" for i in range(8))
    _, hint = words(f"s > a; a > e; {parts}; t8 > e; e")
    assert hint == "Lead a flow to it, or take it out with t1, t2, t3, t4 and 4 more."


def test_undefined_nodes_hide_what_follows_from_them() -> None:
    """A misspelt node is one slip: what it seems to make unreachable is not told."""
    found = only(drawn("s > a; a > revue; review > b; b > e; e"))
    assert (found.what, found.hint, found.key) == ("there is no node revue", "Did you mean 'review'?", True)


def test_gateways_with_a_purpose() -> None:
    """A gateway of one flow in and out may assign, or be what a clock names."""
    cases = {"arrivals": "1h", "attributes": {"n": 0}}
    assert said(drawn("s > x; x > a; a > e; e", nodes={"x": {"assign": {"n": 1}}}, cases=cases)) == []
    cases = {"arrivals": "1h", "clocks": {"law": {"from": "x", "limit": "5d"}}}
    assert said(drawn("s > x; x > a; a > e; e", cases=cases)) == []


def test_several_flows_to_one_node_may_have_their_reasons() -> None:
    """Two conditions for one target are two flows; the same condition twice is a slip."""
    cases = {"arrivals": "1h", "attributes": {"n": "empirical([1, 2, 3])"}}
    rules = [{"to": "a", "when": "n == 1"}, {"to": "a", "when": "n == 2"}, {"to": "e", "when": "else"}]
    assert said(drawn("s > x; x > a; a > e; e", nodes={"x": {"next": rules}}, cases=cases)) == []
    rules = [{"to": "a", "when": "n == 1"}, {"to": "a", "when": "n == 1"}, {"to": "e", "when": "else"}]
    assert said(drawn("s > x; x > a; a > e; e", nodes={"x": {"next": rules}}, cases=cases)) == [
        ("BP322", "flow.x.next.1")
    ]


def test_one_contradiction_is_told_once() -> None:
    """A flow into a block makes its join wrong too; only the flow is told. The split is not called open as well."""
    codes = [code for code, _ in said(drawn(BAD["into a block"][0]))]
    assert codes == ["BP319"]
    codes = [code for code, _ in said(drawn(BAD["back out of a block without a join"][0]))]
    assert codes == ["BP318"]


def test_blocks_need_a_whole_flow() -> None:
    """Where flows lead to nothing, blocks are not looked at."""
    process = drawn("s > p; p > a, b; a > x; b > x; x > nowhere; e")
    assert not whole(process)
    assert list(parallel_blocks(process)) == []


@pytest.mark.untraced
def test_ten_thousand_nodes() -> None:
    """Big processes are checked as small ones are; what grows with the square of their size would be noticed."""
    parts = ["s > p0"]
    for i in range(1_650):
        parts.append(f"p{i} > a{i}, x{i}; a{i} > pp{i}; x{i} > b{i} 50%, c{i} else; b{i} > xx{i}; c{i} > xx{i}")
        parts.append(f"xx{i} > pp{i}; pp{i} > p{i + 1}")
    parts.append("p1650 > u, v; u > p1651; v > p1651; p1651 > e; e")
    process = drawn("; ".join(parts))
    assert len(process.flow) > 11_000
    assert said(process) == []
