"""What stands on a process map: figures of a run, what a redesign changes, names of any kind, signs explained."""

import re
from xml.etree import ElementTree as ET

import pytest

from bpsim.experiment.results import Results
from bpsim.model.process import Process
from bpsim.redesign.operators import Merge, Remove, Staff, Tune
from bpsim.redesign.scenario import Scenario
from bpsim.reporting.canvas import draw_map, paint
from bpsim.reporting.differencemap import difference_map, draw_difference
from bpsim.reporting.figures import blank, look, picture_bytes
from bpsim.reporting.loaded import Colour, result_map, waiting
from bpsim.reporting.marks import FlowMark, Marks, NodeMark
from bpsim.reporting.mermaid import draw_mermaid
from bpsim.reporting.processmap import draw_svg, map_sketch
from bpsim.reporting.sketch import Text
from bpsim.reporting.traffic import traffic

NASTY = [
    "<script>alert('x')</script>",
    'he said "stop" & left',
    "Согласование межведомственного заключения",
    "x" * 80,
    "right \u202eto left\u202c and \u200fmarks",
    "$100 {or} #more `ticks`",
]


def process(**nodes: object) -> Process:
    """Make a process of two departments from its nodes."""
    staff = {"roles": {"clerk": {"staff": 2}}}
    return Process.model_validate(
        {
            "process": "small",
            "departments": {"desk": staff, "office": staff},
            "cases": {"arrivals": "1h"},
            "flow": {"begin": {"type": "start", "next": next(iter(nodes))}, **nodes, "done": {"type": "end"}},
        }
    )


def work(next_: object, performer: str = "desk.clerk", **more: object) -> dict[str, object]:
    """Write a task."""
    return {"performer": performer, "duration": "5min", "next": next_, **more}


def chain() -> Process:
    """Give three tasks in two departments."""
    return process(a=work("b"), b=work("c", "office.clerk"), c=work("done", "office.clerk"))


def texts(svg: str) -> list[str]:
    """Give the texts of a drawing, as a program that reads XML sees them."""
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314


@pytest.mark.parametrize("name", NASTY)
def test_names_of_any_kind_are_escaped_and_legible(name: str) -> None:
    """As title of the process, a department and a task, in SVG, matplotlib and Mermaid."""
    plain = chain().as_written()
    plain["title"] = plain["departments"]["desk"]["title"] = plain["flow"]["a"]["title"] = name
    nasty = Process.model_validate(plain)
    svg = draw_svg(nasty)
    assert "<script" not in svg
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", svg)
    seen = "".join(texts(svg)).replace("-", "").replace("…", "")
    letters = [c for c in name if c.isalnum()]
    assert sum(seen.count(c) for c in set(letters)) >= 2 * len(letters)
    assert "<script" not in draw_mermaid(nasty)
    with look():
        ax = draw_map(nasty, ax=blank(9, 5, layout=None))
    assert picture_bytes(ax, "svg").count(b"<script") == 0


def test_a_long_name_is_drawn_whole_in_its_box() -> None:
    """Eighty characters: four smaller lines."""
    sketch = map_sketch(process(a=work("done", title="y" * 70)))
    drawn = [shape for shape in sketch.shapes if isinstance(shape, Text) and shape.text.startswith("yy")]
    assert "".join(shape.text.rstrip("-") for shape in drawn) == "y" * 70
    assert {shape.size for shape in drawn} == {10.0}


def test_every_text_lies_inside_the_drawing() -> None:
    """Nothing is cut at the edge, the legend least of all."""
    sketch = map_sketch(chain())
    for shape in sketch.shapes:
        if isinstance(shape, Text):
            assert sketch.left <= shape.x <= sketch.left + sketch.width
            assert sketch.top < shape.y < sketch.top + sketch.height


def test_figures_are_drawn_and_explained() -> None:
    """Fill, bar, badge, hatch, width and count, each with its words in the legend."""
    marks = Marks(
        {"a": NodeMark(share=0.4, value="40 %", busy=0.8, queue=7.0, overloaded=True), "b": NodeMark(share=0.2)},
        {("a", "b"): FlowMark(cases=0.5), ("b", "c"): FlowMark(cases=0.002)},
        fill="fill: waiting",
        title="Seen",
        notes=("A note.",),
    )
    svg = draw_svg(chain(), marks)
    told = texts(svg)
    assert {"40 %", "q 7", "50", "<1", "Seen", "A note.", "fill: waiting (darkest: 40 %)"} <= set(told)
    assert "handoff to another department; the number: of 100 cases" in told
    assert "more work than they can do" in told
    # the darkest fill is 62 % of the hue: 255 - 0.62 * (255 - 94) = 155, then 134 and 192
    assert 'fill="#9b86c0"' in svg
    # half of the cases: 0.8 + 0.5 * (7 - 0.8) pixels
    assert 'stroke="#B3261E" stroke-width="3.9"' in svg
    assert "<title>a to b: 50 of 100 cases</title>" in svg


def test_traffic_follows_from_the_visits() -> None:
    """By hand: of 100 cases 20 go back from the gateway, so 125 pass it; 25 of them go back, 100 go on."""
    small = process(a=work("judge"), judge={"type": "exclusive", "next": {"a": "20%", "c": "else"}}, c=work("done"))
    found = traffic(small, {"begin": 1.0, "a": 1.25, "judge": 1.25, "c": 1.0, "done": 1.0})
    assert found == pytest.approx(
        {("begin", "a"): 1, ("a", "judge"): 1.25, ("judge", "a"): 0.25, ("judge", "c"): 1, ("c", "done"): 1}, abs=1e-4
    )


def test_traffic_through_a_block_and_past_a_timeout() -> None:
    """Every branch of a block carries all cases; what leaves by a timeout is the rest of what stays."""
    small = process(
        split={"type": "parallel", "next": ["a", "b"]},
        a=work("join"),
        b=work("join", "client", timeout={"after": "1d", "next": "c"}),
        c=work("join"),
        join={"type": "parallel", "next": "done"},
    )
    merged = process(
        a=work("wait", "client", timeout={"after": "1d", "next": "late"}), wait=work("done"), late=work("done")
    )
    seen = traffic(merged, {"begin": 1, "a": 1, "wait": 0.7, "late": 0.3, "done": 1})
    assert seen["a", "wait"] == pytest.approx(0.7, abs=1e-4)
    assert seen["a", "late"] == pytest.approx(0.3, abs=1e-4)
    split = traffic(small, {"begin": 1, "split": 1, "a": 1, "b": 1, "c": 0.0, "join": 1, "done": 1})
    assert split["split", "a"] == split["split", "b"] == pytest.approx(1, abs=1e-4)


def test_a_result_is_drawn_with_its_figures(study: Results) -> None:
    """Shares of waiting add up to the share of lead time that is neither work nor the client's."""
    parts = waiting(study["as-is"])
    measured = study["as-is"].measured
    cells = [sum(sum(c.values()) for c in m.cells.values()) for m in measured]
    apart = [sum(c.get(k, 0) for c in m.tasks.values() for k in ("setup", "processing", "client")) for m in measured]
    inside = [sum(sum(c.values()) for c in m.tasks.values()) for m in measured]
    wanted = sum((i - a) / c for i, a, c in zip(inside, apart, cells, strict=True)) / len(measured)
    assert sum(each.mean for each in parts.values()) == pytest.approx(wanted)
    assert max(parts, key=lambda name: parts[name].mean) == "approve"
    told = texts(draw_svg(*result_map(study, "as-is")))
    assert any("most waiting at 'Approve and sign'" in text for text in told)
    assert any("95 % CI" in text for text in told)


@pytest.mark.parametrize("colour", ["utilisation", "cost", "rework"])
def test_a_result_may_be_filled_otherwise(study: Results, colour: Colour) -> None:
    """By how busy people are, by cost, by what is done again: shares, the largest named in the title."""
    _, marks = result_map(study, "sign-daily", colour)
    shares = [mark.share for mark in marks.nodes.values() if mark.share is not None]
    assert shares
    assert all(0 <= share <= 1 for share in shares)
    if colour == "cost":
        assert sum(shares) == pytest.approx(1)
    if colour == "rework":
        # a quarter is asked, nearly all of them answer: so many of the passes are repeated ones
        assert marks.nodes["register"].share == pytest.approx(0.24, abs=0.02)


def redesigned() -> Scenario:
    """Give a redesign that does one of each to six tasks."""
    base = process(
        a=work("b"),
        b=work("c", "office.clerk"),
        c=work("d", "office.clerk"),
        d=work("e"),
        e=work("done"),
    )
    scenario = Scenario(scenario="as-is", process=base)
    return scenario.change(
        Merge(tasks=["b", "c"], into="bc", performer="office.clerk"),
        Remove(task="d"),
        Tune(values={"flow.e.duration": "9min"}),
        Staff(role="desk.clerk", set=3),
    )


def test_a_difference_is_told_by_outline_and_sign() -> None:
    """New, gone and changed nodes and flows, the rest in words below."""
    drawn, marks = difference_map(redesigned())
    states = {name: mark.state for name, mark in marks.nodes.items()}
    assert states == {"bc": "added", "b": "removed", "c": "removed", "d": "removed", "e": "changed"}
    assert marks.nodes["bc"].note == "of b, c"
    assert marks.nodes["b"].note == "now in bc"
    assert marks.nodes["e"].note == "duration"
    flows = {pair: mark.state for pair, mark in marks.flows.items()}
    assert flows == {
        ("a", "bc"): "added",
        ("bc", "e"): "added",
        ("a", "b"): "removed",
        ("b", "c"): "removed",
        ("c", "d"): "removed",
        ("d", "e"): "removed",
    }
    assert [name for name in drawn.flow if name != "bc"] == ["begin", *"abcde", "done"]
    told = texts(draw_svg(drawn, marks))
    assert {"new", "gone", "changed", "of b, c"} <= set(told)
    assert any("departments.desk.roles.clerk.staff: 2 -> 3" in text for text in told)


def test_a_task_that_moves_stands_with_those_who_do_it_now() -> None:
    """And says who did it."""
    before, after = chain(), process(a=work("b"), b=work("c"), c=work("done", "office.clerk"))
    _, marks = difference_map(before, after)
    assert marks.nodes["b"] == NodeMark(state="moved", note="was: office.clerk")
    svg = draw_difference(before, after)
    assert "done by others" in texts(svg)
    assert 'stroke-dasharray="1.5 3.5"' in svg


def test_a_difference_keeps_departments_that_lose_their_work() -> None:
    """A lane of those who did what is gone; a rule that changes is told at its flow; an unchanged process says so."""
    gate = {"type": "exclusive", "next": {"b": "20%", "done": "else"}}
    before = process(a=work("g"), g=gate, b=work("done", "office.clerk"))
    other = before.as_written()
    other["flow"]["g"]["next"] = [{"to": "b", "p": 0.3}, {"to": "done", "p": 0.7}]
    _, marks = difference_map(before, Process.model_validate(other))
    assert {mark.state for mark in marks.flows.values()} == {"changed"}
    _, same = difference_map(before, before)
    assert same.notes == ("Nothing differs.",)
    with pytest.raises(TypeError, match="nothing to differ from"):
        difference_map(before)


def test_many_changes_are_cut_to_some() -> None:
    """The rest is where all of them are."""
    names = "abcdefghij"
    tasks = {name: work(after) for name, after in zip(names, [*names[1:], "done"], strict=True)}
    many = Tune(values={f"flow.{name}.duration": "9min" for name in names})
    _, marks = difference_map(Scenario(scenario="as-is", process=process(**tasks)).change(many))
    assert len(marks.notes) == 9
    assert marks.notes[-1] == "and 2 more: `bpsim show --diff` lists them all."


def test_matplotlib_draws_the_same_shapes() -> None:
    """Every text of the SVG stands on the axes, inside them."""
    sketch = map_sketch(chain())
    with look():
        ax = paint(sketch, ax=blank(8, 4, layout=None))
    assert sorted(text.get_text() for text in ax.texts) == sorted(
        shape.text for shape in sketch.shapes if isinstance(shape, Text)
    )
    assert picture_bytes(ax, "png") == picture_bytes(ax, "png")


def test_mermaid_says_the_same() -> None:
    """Lanes as subgraphs, every flow once, handoffs in their colour."""
    told = draw_mermaid(chain())
    assert told.startswith('---\ntitle: "small"\n---\nflowchart LR\n')
    assert told.count("subgraph") == 2
    assert told.count(" --> ") == 4
    assert "linkStyle 1 stroke:#B3261E" in told


def everything() -> Process:
    """Give a process with a message, a race, a timer and an end that ends all, and a companion that it calls."""
    plain = process(
        ask={"type": "send", "message": "question", "next": "race"},
        race={"type": "event_based", "next": ["heard", "late"]},
        heard={"type": "receive", "message": "answer", "next": "other"},
        late={"type": "timer", "delay": "3d", "next": "stop"},
        other={"type": "call", "process": "second", "next": "done"},
        stop={"type": "end", "terminate": True},
    ).as_written()
    second = chain().as_written()
    plain["others"] = {"second": {"cases": {"arrivals": "1h"}, "flow": second["flow"]}}
    return Process.model_validate(plain)


def test_every_kind_of_node_has_its_sign_and_its_words() -> None:
    """Messages, races, timers, calls, ends; the called process stands below with its own title."""
    told = texts(draw_svg(everything()))
    for words in (
        "send a message",
        "wait for a message",
        "wait for a time",
        "whatever happens first",
        "end that stops all other work on the case",
        "another process",
        "second",
    ):
        assert words in told, words


def test_a_gateway_and_an_event_may_be_new_or_gone() -> None:
    """A ring around them, with the sign."""
    marks = Marks({"race": NodeMark(state="added"), "stop": NodeMark(state="removed")})
    svg = draw_svg(everything(), marks)
    assert svg.count('r="23" fill="none" stroke="#00795A"') == 1
    assert svg.count('r="19" fill="none" stroke="#B34700" stroke-width="1.8" stroke-dasharray') == 1


def test_a_new_node_may_have_the_name_of_one_that_is_gone() -> None:
    """Both are drawn; a department that only the old one had keeps its lane."""
    before, other = chain(), chain().as_written()
    other["flow"]["b"] = {**other["flow"]["b"], "was": "another", "performer": ["desk.clerk"]}
    other["flow"]["c"] = {**other["flow"]["c"], "performer": ["desk.clerk"]}
    del other["departments"]["office"]
    drawn, marks = difference_map(before, Process.model_validate(other))
    assert marks.nodes["b"].state == "added"
    assert marks.nodes["b "].state == "removed"
    assert set(drawn.departments) == {"desk", "office"}
    assert "office" in texts(draw_svg(drawn, marks))
