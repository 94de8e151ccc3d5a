"""The small edits, one by one."""

from bpsim.model.flow import Exclusive
from bpsim.redesign import edits
from tests.redesign.sketch import line, sketch, ways


def test_redirect() -> None:
    """Flows into a node lead to another, those of timeouts too, but for those from some nodes."""
    process = sketch(
        {
            "came": {"type": "start", "next": "ask"},
            "ask": {"performer": "client", "duration": "1d", "timeout": {"after": "5d", "next": "a"}, "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert ways(edits.redirect(process, "a", "b"))["ask"] == ["b", "(timeout) b"]
    assert edits.redirect(process, "a", "b", leave=("ask",)) == process
    assert edits.sources(process, "a") == ["ask", "ask"]


def test_insert_before() -> None:
    """A node stands where another stood, and leads to it."""
    process = line("a", "b")
    gate = edits.choice(0.25, "done", "b", title="which")
    after = edits.insert_before(process, "b", "gate", gate)
    assert ways(after) == {"came": ["a"], "a": ["gate"], "gate": ["done", "b"], "b": ["done"], "done": []}
    assert edits.insert_before(process, "b", "gate", gate, leave=("a",)).flow["a"] == process.flow["a"]


def test_delete_and_insert_again() -> None:
    """What was inserted and deleted again leaves nothing behind."""
    process = line("a", "b")
    gate = Exclusive(next=process.flow["a"].next)
    assert edits.delete(edits.insert_before(process, "b", "gate", gate), "gate").digest() == process.digest()


def test_prune_and_lost() -> None:
    """What the start does not lead to goes; what would be lost is named before."""
    process = line("a", "b")
    alone = edits.set_node(process, "came", next=process.flow["a"].next)
    assert set(edits.prune(alone).flow) == {"came", "b", "done"}
    assert edits.lost_without(process, "a") == set()


def test_free_name() -> None:
    """A name that is taken gets a number, the first that is free."""
    process = line("a", "a_2")
    assert [edits.free_name(process, name) for name in ("b", "a", "a_2")] == ["b", "a_3", "a_2_2"]


def test_set() -> None:
    """One field of one node or role changes."""
    process = line("a", "b")
    assert edits.set_node(process, "a", documents=2).tasks()["a"].documents == 2
    assert edits.set_node(process, "a", documents=2).flow["b"] is process.flow["b"]
    after = edits.set_role(process, "desk.clerk", staff=7)
    assert (after.role("desk.clerk").staff, after.role("desk.senior")) == (7, process.role("desk.senior"))


def test_written() -> None:
    """The paths of what differs: nodes that changed, came or went, and the cases as a whole."""
    process = line("a", "b")
    assert edits.written(process, process) == frozenset()
    assert edits.written(process, edits.delete(process, "a")) == {"flow.came", "flow.a"}
    other = process.model_copy(update={"cases": process.cases.model_copy(update={"attributes": {"x": 1}})})
    assert edits.written(process, other) == {"cases"}
