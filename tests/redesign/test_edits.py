"""The small edits, one by one."""

from bpsim.model.flow import Branch, Exclusive
from bpsim.redesign import edits
from bpsim.values.distributions import constant
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


def test_lead() -> None:
    """One flow is bent, not those of others to the same node, and not a timeout where there is another way."""
    process = sketch(
        {
            "came": {"type": "start", "next": "ask"},
            "ask": {"performer": "client", "duration": "1d", "timeout": {"after": "5d", "next": "b"}, "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert ways(edits.lead(process, "a", "b", "done"))["a"] == ["done"]
    assert ways(edits.lead(process, "a", "b", "done"))["ask"] == ["a", "(timeout) b"]
    assert ways(edits.lead(process, "ask", "b", "done"))["ask"] == ["a", "(timeout) done"]
    both = edits.redirect(process, "b", "a", leave=("a",))
    assert ways(edits.lead(both, "ask", "a", "b"))["ask"] == ["b", "(timeout) a"]


def test_an_inclusive_flow_keeps_its_luck_there_and_back() -> None:
    """With which luck a flow is taken is remembered while it leads elsewhere, and forgotten when it leads back."""
    process = sketch(
        {
            "came": {"type": "start", "next": "some"},
            "some": {"type": "inclusive", "next": {"a": "50%", "b": "50%"}},
            "a": {"next": "join"},
            "b": {"next": "join"},
            "join": {"type": "inclusive", "next": "done"},
            "done": {"type": "end"},
        }
    )
    there = edits.insert_before(process, "a", "new", Exclusive(next=(Branch(to="a"),)))
    assert [(branch.to, branch.was) for branch in there.flow["some"].next] == [("new", "a"), ("b", "")]
    assert edits.delete(there, "new").digest() == process.digest()


def test_insert() -> None:
    """A piece goes on to a node; one whose cases all end goes nowhere."""
    process = line("a", "b")
    more = line("x", "y")
    piece = edits.Piece({name: more.flow[name] for name in ("x", "y")}, "x", "y")
    after = edits.insert(edits.lead(process, "a", "b", "x"), piece, "b")
    assert ways(after) == {"came": ["a"], "a": ["x"], "x": ["y"], "y": ["b"], "b": ["done"], "done": []}
    ended = edits.Piece({"x": more.flow["x"], "y": more.flow["done"]}, "x", "")
    assert ways(edits.insert(edits.lead(process, "a", "b", "x"), ended, "b"))["y"] == []


def test_merged_before() -> None:
    """Where a join follows, further flows may come in at a merge that is made before it."""
    process = sketch(
        {
            "came": {"type": "start", "next": "split"},
            "split": {"type": "parallel", "next": ["a", "b"]},
            "a": {"next": "ok"},
            "ok": {"type": "exclusive", "next": {"bad": "10%", "join": "else"}},
            "b": {"next": "join"},
            "join": {"type": "parallel", "next": "done"},
            "done": {"type": "end"},
            "bad": {"type": "end", "terminate": True},
        }
    )
    assert edits.merged_before(process, "join") == (process, "done")
    after, merge = edits.merged_before(process, "ok", "join")
    assert (merge, ways(after)["ok"], ways(after)[merge]) == ("after_ok", ["bad", "after_ok"], ["join"])


def test_redirect_of_a_deadline() -> None:
    """What happens when a limit has passed leads elsewhere, too; other clocks stay."""
    clocks = {"a": {"limit": "5d", "on_pass": {"next": "b"}}, "b": {"limit": "9d"}}
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "done"},
            "done": {"type": "end"},
        },
        cases={"clocks": clocks},
    )
    after = edits.redirect(process, "b", "done").cases.clocks
    assert after["a"].on_pass is not None
    assert (after["a"].on_pass.next, after["b"]) == ("done", process.cases.clocks["b"])


def test_set_assignment() -> None:
    """Somebody else does a task; for whom it was kept is forgotten unless it is said."""
    process = line("a", "b", b={"same_person_as": "a"})
    assert edits.set_assignment(process, "b", performer=("desk.senior",)).tasks()["b"].performer == ("desk.senior",)
    assert edits.set_assignment(process, "b", performer=("desk.senior",)).tasks()["b"].same_person_as == ""
    assert edits.set_assignment(process, "b", case_owner=True).tasks()["b"].wishes() == ["case_owner"]


def test_set_entry() -> None:
    """How cases come, and by which channels."""
    process = line("a", "b")
    after = edits.set_entry(process, attributes={"size": constant(1)}, channels={})
    assert (list(after.cases.attributes), after.channels) == (["size"], {})
    assert edits.set_entry(process, attributes={}).channels == process.channels
