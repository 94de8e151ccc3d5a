"""The flow as a graph."""

import pytest

from bpsim.model.blocks import blocks
from bpsim.model.graph import around, backwards, flows, graph, loops, nodes_in_cycles, parting, reachable
from tests.model.drawing import drawn

REWORK = drawn(
    "s > x1; x1 > a; a > x2; x2 > x1 20%, c else; c > e; e", nodes={"c": {"timeout": {"after": "1d", "next": "a"}}}
)


def test_flows_are_in_the_order_of_the_file() -> None:
    """Every flow out, then the way of a timeout."""
    assert flows(REWORK) == {"s": ("x1",), "x1": ("a",), "a": ("x2",), "x2": ("c", "x1"), "c": ("e", "a"), "e": ()}


def test_graph_leaves_out_what_leads_nowhere() -> None:
    """Flows to nodes that do not exist are no edges."""
    assert sorted(graph({"a": ("b", "nowhere"), "b": ()}).edges) == [("a", "b")]


def test_nodes_in_cycles() -> None:
    """Nodes that a case may pass again, by a timeout too."""
    assert nodes_in_cycles(REWORK) == {"x1", "a", "x2", "c"}
    assert nodes_in_cycles(drawn("s > a; a > e; e")) == frozenset()
    assert nodes_in_cycles(drawn("s > a; a > a; e")) == {"a"}


def test_loops_in_the_order_of_the_file() -> None:
    """Sets of nodes that lead back to themselves, one by one."""
    found = {"z": ("y",), "y": ("z", "b"), "b": ("b",), "a": ("c",), "c": ()}
    assert loops(found) == [["z", "y"], ["b"]]


def test_around() -> None:
    """A shortest way back; a node without one is a programmer's mistake."""
    found = {"a": ("b", "c"), "b": ("c",), "c": ("d",), "d": ("a",)}
    assert around(found, "abcd", "a") == ["a", "c", "d", "a"]
    assert around({"a": ("a",)}, "a", "a") == ["a", "a"]
    with pytest.raises(ValueError, match="b"):
        around({"a": (), "b": ("a",)}, "ab", "b")


def test_reachable_and_backwards() -> None:
    """Where flows lead, and where they come from."""
    found = {"a": ("b", "b"), "b": ("c", "nowhere"), "c": ()}
    assert reachable(found, ["a"]) == {"a", "b", "c"}
    assert reachable(found, ["a"], avoiding="b") == {"a"}
    assert reachable(found, ["b"], avoiding="b") == set()
    assert backwards(found) == {"a": (), "b": ("a", "a"), "c": ("b",)}


def test_parting() -> None:
    """The last node that every way to both nodes passes."""
    found = {"s": ("a",), "a": ("b", "c"), "b": ("d",), "c": ("d", "f"), "d": (), "f": ()}
    assert parting(found, "s", "b", "f") == "a"
    assert parting(found, "s", "d", "c") == "a"
    assert parting(found, "s", "c", "f") == "c"


def test_concurrent() -> None:
    """Nodes in different branches of a split are concurrent; nodes of one branch are not, nor is what comes after."""
    process = drawn("s > p; p > p1, b; p1 > a, c; a > p2; c > p2; p2 > p3; b > d; d > p3; p3 > f; f > e; e")
    found = blocks(process, flows(process), "s")
    assert not found.clashes
    assert found.concurrent("a", "c") == "p1"
    assert found.concurrent("a", "d") == found.concurrent("p2", "b") == "p"
    assert found.concurrent("b", "d") == found.concurrent("a", "f") == found.concurrent("nowhere", "a") == ""
