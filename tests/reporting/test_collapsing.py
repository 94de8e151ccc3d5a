"""A map that is too large is collapsed: which steps share a box, which departments a lane, and what never changes."""

import json
from collections import Counter
from itertools import combinations
from random import Random
from typing import Any

import networkx as nx
import pytest

from bpsim.experiment.results import Results
from bpsim.model.flow import Task
from bpsim.model.process import Process
from bpsim.redesign.operators import Remove, Tune
from bpsim.redesign.scenario import Scenario
from bpsim.reporting import collapsing
from bpsim.reporting.chart import Chart, charted
from bpsim.reporting.collapsing import collapsed
from bpsim.reporting.differencemap import difference_map
from bpsim.reporting.gathering import gathered
from bpsim.reporting.layout import geometry
from bpsim.reporting.lettering import text_width
from bpsim.reporting.loaded import result_map
from bpsim.reporting.marks import FlowMark, Marks, NodeMark
from bpsim.reporting.mermaid import draw_mermaid
from bpsim.reporting.pictures import picture
from bpsim.reporting.processmap import draw_svg
from bpsim.reporting.replay import replay
from tests.reporting.test_layout import box, graph_of, overlap
from tests.reporting.test_processmap import texts

END = {"done": {"type": "end"}}


def process(nodes: dict[str, Any], departments: int = 2) -> Process:
    """Make a process of departments d0, d1, ... from its nodes; the first is where it begins."""
    flow = {"begin": {"type": "start", "next": next(iter(nodes))}, **nodes, **END}
    staff = {f"d{i}": {"title": f"Office {i}", "roles": {"clerk": {"staff": 1}}} for i in range(departments)}
    return Process.model_validate(
        {"process": "large", "departments": staff, "cases": {"arrivals": "1h"}, "flow": flow},
    )


def work(next_: object, lane: int = 0, **more: object) -> dict[str, object]:
    """Write a task of a department."""
    return {"performer": f"d{lane}.clerk", "duration": "5min", "next": next_, **more}


def chain(size: int) -> Process:
    """Give tasks of one department in a row: t0, t1, ..."""
    return process({f"t{i}": work(f"t{i + 1}" if i + 1 < size else "done") for i in range(size)})


def large(seed: int, size: int = 100, departments: int = 15) -> Process:
    """Draw a process in which work goes from department to department.

    Each does a row of tasks, a choice, or something again; it takes over and hands over by a task.
    """
    luck = Random(seed)  # noqa: S311 - a seed, not a secret
    nodes: dict[str, Any] = {}
    visit = 0
    while len(nodes) < size - 2:
        lane = visit if visit < departments else luck.randrange(departments)
        name, after = f"v{visit}", f"v{visit + 1}_a"
        nodes |= luck.choice([_row, _choice, _again])(name, after, lane, luck)
        visit += 1
    last = [key for key in nodes if key.startswith(f"v{visit - 1}_")][-1]
    nodes[last] = {**nodes[last], "next": "done"}
    return process(nodes, departments)


def _row(name: str, after: str, lane: int, luck: Random) -> dict[str, Any]:
    names = [f"{name}_{letter}" for letter in "abcdef"[: luck.randint(1, 6)]]
    return {one: work(to, lane) for one, to in zip(names, [*names[1:], after], strict=True)}


def _choice(name: str, after: str, lane: int, _: Random) -> dict[str, Any]:
    gate = {"type": "exclusive", "next": {f"{name}_c": "30%", f"{name}_d": "else"}}
    tasks = {f"{name}_{letter}": work(f"{name}_e", lane) for letter in "cd"}
    return {f"{name}_a": work(f"{name}_b", lane), f"{name}_b": gate, **tasks, f"{name}_e": work(after, lane)}


def _again(name: str, after: str, lane: int, _: Random) -> dict[str, Any]:
    gate = {"type": "exclusive", "next": {f"{name}_a": "20%", f"{name}_d": "else"}}
    tasks = {f"{name}_{one}": work(f"{name}_{to}", lane) for one, to in ("ab", "bc")}
    return {**tasks, f"{name}_c": gate, f"{name}_d": work(after, lane)}


def boxes(chart: Chart) -> list[tuple[str, ...]]:
    """Give the steps of the boxes that hold several."""
    return [station.steps for station in chart.stations.values() if station.kind == "folded"]


# -- laws ----------------------------------------------------------------------------------------------------------


LARGE = [large(seed) for seed in range(4)]
CHARTS = [charted(each) for each in [*LARGE, *(graph_of(seed, 100) for seed in range(6))]]


@pytest.mark.parametrize("number", range(len(LARGE)))
def test_a_hundred_nodes_in_fifteen_lanes_become_sixty_in_twelve(number: int) -> None:
    """And what is drawn keeps the laws of every map: no two boxes overlap, each in its lane, flows end at boxes."""
    small = collapsed(CHARTS[number])
    assert len(CHARTS[number].stations) >= 100
    assert 50 < len(small.stations) <= 60
    assert len(small.lanes) == 12
    plan = geometry(small)
    lanes = {lane.name: lane for lane in plan.lanes}
    edges = {place.name: box(place) for place in plan.places}
    for one, other in combinations(edges.values(), 2):
        assert not overlap(one, other)
    for place in plan.places:
        lane = lanes[place.lane]
        assert lane.y < edges[place.name][1] < edges[place.name][3] < lane.y + lane.height
    for line in plan.lines:
        for (x, y), name in ((line.points[0], line.origin), (line.points[-1], line.target)):
            left, top, right, bottom = edges[name]
            assert left <= x <= right
            assert top <= y <= bottom
            assert x in {left, right} or y in {top, bottom}


@pytest.mark.parametrize("number", range(len(LARGE)))
def test_what_passes_between_departments_stays(number: int) -> None:
    """Cases counted by the performers of the process itself, flow by flow, before and after."""
    flow = LARGE[number].flow
    luck = Random(number)  # noqa: S311 - a seed, not a secret
    cases = {(name, way.to): luck.randrange(1, 1000) for name, node in flow.items() for way in node.next}
    wanted: Counter[tuple[str, str]] = Counter()
    for (origin, target), count in cases.items():
        one, other = flow[origin], flow[target]
        if isinstance(one, Task) and isinstance(other, Task) and one.performer != other.performer:
            wanted[one.performer[0], other.performer[0]] += count
    marks = Marks(flows={pair: FlowMark(cases=count) for pair, count in cases.items()})
    charts, seen = gathered({"": CHARTS[number]}, marks)
    found: Counter[tuple[str, str]] = Counter()
    for origin, ways in charts[""].ways.items():
        for target, way in ways.items():
            pair = (charts[""].stations[origin].lane, charts[""].stations[target].lane)
            assert way.crosses == (pair[0] != pair[1])
            if way.crosses:
                found[f"{pair[0]}.clerk", f"{pair[1]}.clerk"] += int(seen.flow(origin, target).cases or 0)
    assert found == wanted
    assert len(found) > 12


@pytest.mark.parametrize("chart", CHARTS)
def test_boxes_are_of_one_lane_and_nothing_is_lost(chart: Chart) -> None:
    """Every step in one box; every flow inside a box or on a line between two, which is red and dashed as it was."""
    small = collapsed(chart)
    home = {step: name for name, station in small.stations.items() for step in station.steps}
    assert sorted(home) == sorted(chart.stations)
    assert sum(len(station.steps) for station in small.stations.values()) == len(chart.stations)
    assert all(len({chart.stations[step].lane for step in steps}) == 1 for steps in boxes(small))
    assert {chart.stations[step].kind for steps in boxes(small) for step in steps} <= {"task", "timer", "exclusive"}
    lines: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for origin, ways in chart.ways.items():
        for target, way in ways.items():
            if home[origin] != home[target] or home[origin] == origin:
                lines.setdefault((home[origin], home[target]), []).append((way.back, way.crosses))
    drawn = {(a, b): (way.back, way.crosses) for a, ways in small.ways.items() for b, way in ways.items()}
    assert {pair: (all(b for b, _ in parts), any(c for _, c in parts)) for pair, parts in lines.items()} == drawn
    assert all(len({back for back, _ in parts}) == 1 for parts in lines.values())
    assert nx.is_directed_acyclic_graph(nx.DiGraph(pair for pair, (back, _) in drawn.items() if not back))


@pytest.mark.parametrize("chart", CHARTS[::3])
def test_there_are_as_few_as_can_be(monkeypatch: pytest.MonkeyPatch, chart: Chart) -> None:
    """Of two neighbours that are left, together they would lead back into themselves, or have no name to show."""
    monkeypatch.setattr(collapsing, "STATIONS", 1)
    small = collapsed(chart)
    ahead = nx.DiGraph((a, b) for a, ways in small.ways.items() for b, way in ways.items() if not way.back)
    for one, other in ahead.edges:
        first, second = small.stations[one], small.stations[other]
        if first.lane == second.lane and {first.kind, second.kind}.isdisjoint({"start", "end"}):
            round_about = any(nx.has_path(ahead, way, other) for way in ahead[one] if way != other)
            assert round_about or not (first.title or second.title)


def test_the_same_process_gives_the_same_map() -> None:
    """Also when it is read again."""
    svg = draw_svg(LARGE[0])
    assert svg == draw_svg(Process.model_validate(LARGE[0].as_written()))
    assert svg != draw_svg(LARGE[0], whole=True)


# -- what is folded ------------------------------------------------------------------------------------------------


def test_a_map_that_can_be_read_stays_as_it_is() -> None:
    """Sixty nodes, start and end among them; one more is a box of two. Twelve lanes; thirteen are eleven and a rest."""
    assert boxes(collapsed(charted(chain(58)))) == []
    assert boxes(collapsed(charted(chain(59)))) == [("t0", "t1")]
    for lanes, drawn in ((12, 12), (13, 12), (20, 12)):
        nodes = {f"t{i}": work(f"t{i + 1}" if i + 1 < lanes else "done", i) for i in range(lanes)}
        assert len(collapsed(charted(process(nodes, lanes))).lanes) == drawn
    assert draw_svg(chain(58)) == draw_svg(chain(58), whole=True)


def folded(monkeypatch: pytest.MonkeyPatch, nodes: dict[str, Any], most: int) -> Chart:
    """Collapse a small map to so many."""
    monkeypatch.setattr(collapsing, "STATIONS", most)
    return collapsed(charted(process(nodes)))


def test_rows_come_before_choices_and_short_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair shows both names; a choice and what is behind it come when the rows are used up."""
    nodes = {
        "a": work("b"),
        "b": work("c"),
        "c": work("gate"),
        "gate": {"type": "exclusive", "next": {"yes": "40%", "no": "else"}},
        "yes": work("meet"),
        "no": work("meet"),
        "meet": work("done", 1),
    }
    assert boxes(folded(monkeypatch, nodes, 8)) == [("a", "b")]
    pair = folded(monkeypatch, nodes, 7)
    assert boxes(pair) == [("a", "b", "c")]
    assert {to: way.label for to, way in pair.ways["gate"].items()} == {"no": "else", "yes": "40%"}
    split = folded(monkeypatch, nodes, 6)  # the row takes its gateway in: all who leave the box are parted there
    (name,) = [name for name, station in split.stations.items() if station.kind == "folded"]
    assert split.stations[name].steps == ("a", "b", "c", "gate")
    assert {to: way.label for to, way in split.ways[name].items()} == {"no": "else", "yes": "40%"}
    assert (split.stations[name].title, split.stations[name].ends) == ("Office 0: 3 steps", ("a", "c"))
    last = folded(monkeypatch, nodes, 1)
    assert list(last.stations)[::3] == ["begin", "done"]
    (ways,) = [ways for name, ways in last.ways.items() if name.startswith("a …")]
    assert [(to, way.label, way.crosses) for to, way in ways.items()] == [("meet", "", True)]


def test_rework_is_folded_late_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box in which something is done again says so; it comes after choices that only lead on."""
    nodes = {
        "a": work("b"),
        "b": {"type": "exclusive", "next": {"a": "20%", "c": "else"}},
        "c": work("d", 1),
        "d": work("fork"),
        "fork": {"type": "exclusive", "next": {"e": "20%", "f": "else"}},
        "e": work("f"),
        "f": work("done"),
    }
    assert boxes(folded(monkeypatch, nodes, 8)) == [("d", "fork")]
    assert boxes(folded(monkeypatch, nodes, 6)) == [("d", "fork", "e", "f")]
    small = folded(monkeypatch, nodes, 5)
    titles = [station.title for station in small.stations.values() if station.kind == "folded"]
    assert titles == ["a, rework", "Office 0: 3 steps"]
    assert not any(way.back for ways in small.ways.values() for way in ways.values())
    plain = process({**nodes, "a": work("a2"), "a2": work("b")}).as_written()
    plain["departments"]["d0"]["title"] = "Committee of the whole town"
    plain["flow"]["a2"]["title"] = "Ask everybody who lives in the street"
    chart = collapsed(charted(Process.model_validate(plain)))
    for counts, lines in (
        ({}, ["… Ask everybody who", "lives in the street"]),
        ({("c", "d"): "9"}, ["… Ask everybody who…"]),
    ):
        first = next(place for place in geometry(chart, counts).places if place.kind == "folded")
        assert first.lines[0].endswith("…: 2 steps, rework")
        assert all(text_width(text, first.font) < first.width for text in first.lines)
        assert list(first.lines[1:]) == ["a", *lines]


def test_parallel_ways_are_folded_whole_or_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block within one office is a box like any other; one with another office in it is parted when nothing else is.

    Then there are two boxes: what is done before the other office has its part, and what waits for it.
    """
    nodes = {
        "a": work("split"),
        "split": {"type": "parallel", "next": ["b", "x"]},
        "b": work("join"),
        "x": work("join", 1),
        "join": {"type": "parallel", "next": "c"},
        "c": work("d"),
        "d": work("done"),
    }
    assert boxes(folded(monkeypatch, nodes, 8)) == [("c", "d")]
    assert boxes(folded(monkeypatch, nodes, 1)) == [("a", "split", "b"), ("join", "c", "d")]
    assert boxes(folded(monkeypatch, {**nodes, "x": work("join")}, 5)) == [("split", "b", "x", "join"), ("c", "d")]


def test_work_that_leaves_and_comes_back_does_so_on_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after the other office are two boxes, though a flow joins them directly, too."""
    nodes = {
        "a": work("gate"),
        "gate": {"type": "exclusive", "next": {"x": "40%", "b": "else"}},
        "x": work("b", 1),
        "b": work("c"),
        "c": work("done"),
    }
    small = folded(monkeypatch, nodes, 1)
    assert boxes(small) == [("a", "gate"), ("b", "c")]
    assert sum(way.crosses for ways in small.ways.values() for way in ways.values()) == 2
    assert not any(way.back for ways in small.ways.values() for way in ways.values())


def test_ways_into_the_same_box_are_one_with_both_their_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a box is left from several places nothing is written on its ways: no rule would be that of the box."""
    nodes = {
        "take": work("gate", 1),
        "gate": {"type": "exclusive", "next": {"a": "40%", "b": "10%", "y": "else"}},
        "y": {**work("done"), "performer": "client"},
        "a": work("sort"),
        "b": work("sort"),
        "sort": {"type": "exclusive", "next": {"c": "30%", "z": "else"}},
        "c": work("w"),
        "z": work("done", 1),
        "w": work("done", 1),
    }
    small = folded(monkeypatch, nodes, 1)
    labels = {(a, b): way.label for a, ways in small.ways.items() for b, way in ways.items() if way.label}
    assert labels == {("take … gate", "a … c"): "40% or 10%", ("take … gate", "y"): "else"}
    assert list(small.ways["a … c"]) == ["z", "w"]


# -- departments that share a lane ---------------------------------------------------------------------------------


def test_small_departments_share_the_last_lane() -> None:
    """Thirteen offices and the client, who has a lane of their own: three offices with one step each share one."""
    order = [i for i in range(13) for _ in range(1 if i in {3, 7} else 2)]
    names = [f"t{i}" for i in range(len(order))]
    nodes = {name: work(to, lane) for name, to, lane in zip(names, [*names[1:], "done"], order, strict=True)}
    nodes["t0"] = {**nodes["t0"], "performer": "client"}
    chart = charted(process(nodes, 13))
    small = collapsed(chart)
    assert small.shared == ("d0", "d3", "d7")
    assert list(small.lanes.values())[:2] == ["Client", "Office 1"]
    assert list(small.lanes.values())[-2:] == ["Office 12", "3 other departments"]
    alone = [name for name in names if chart.stations[name].lane in small.shared]
    assert [small.stations[name].title for name in alone] == ["Office 0: t1", "Office 3: t6", "Office 7: t13"]
    plan = geometry(small)
    assert {place.name for place in plan.places if place.lane == plan.lanes[-1].name} == set(alone)
    assert sum(line.crosses for line in plan.lines) == 12
    told = texts(draw_svg(process(nodes, 13)))
    assert "The last lane is shared by the departments with the fewest nodes: Office 0, Office 3, Office 7." in told
    assert collapsed(charted(process(dict.fromkeys(nodes, work("done")), 13))).shared == ()


def test_a_box_in_a_shared_lane_says_whose_it_is() -> None:
    """Its own office stands before its first and last step, however many of them there are."""
    nodes = {f"t{i}": work(f"t{i + 1}" if i < 69 else "done", min(i // 5, 13)) for i in range(70)}
    chart = collapsed(charted(process(nodes, 14)))
    held = [station for station in chart.stations.values() if station.lane in chart.shared]
    assert chart.shared == ("d10", "d11", "d12")
    assert all(station.title.startswith(f"Office {station.lane[1:]}: ") for station in held)


# -- what is shown -------------------------------------------------------------------------------------------------


def test_figures_of_a_box_are_sums_or_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: shares of a whole add up to 0.3, others do not; the fullest node, which the title names, stays alone."""
    monkeypatch.setattr(collapsing, "STATIONS", 4)
    nodes = {
        "t0": NodeMark(share=0.1, value="10 %", busy=0.5, queue=3.0),
        "t1": NodeMark(share=0.2, value="20 %", busy=0.9, queue=2.0, overloaded=True),
        "t2": NodeMark(share=0.6, value="60 %"),
    }
    flows = {("begin", "t0"): FlowMark(1.0), ("t0", "t1"): FlowMark(0.9), ("t1", "t2"): FlowMark(0.8)}
    charts = {"": charted(chain(3))}
    _, seen = gathered(charts, Marks(nodes, flows, "fill"))
    assert seen.nodes == {
        "t0 … t1": NodeMark(
            share=pytest.approx(0.3), value="30 %", busy=0.9, queue=3.0, overloaded=True, note="t0, t1"
        ),
        "t2": nodes["t2"],
    }
    assert seen.flows == {("begin", "t0 … t1"): FlowMark(1.0), ("t0 … t1", "t2"): FlowMark(0.8)}
    assert seen.notes[1] == (
        "Of the nodes in a folded box it shows fill: the sum, bar: the largest, badge: the largest. "
        "Counts of cases on its flows are added up."
    )
    _, other = gathered(charts, Marks(nodes, flows, "fill", adds=False))
    assert other.nodes["t0 … t1"].share == 0.2
    assert "fill: the largest" in other.notes[1]


def test_flows_between_the_same_boxes_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty and seventy of a hundred cases meet in one line."""
    monkeypatch.setattr(collapsing, "STATIONS", 4)
    nodes = {
        "gate": {"type": "exclusive", "title": "Which?", "next": {"a": "30%", "b": "else"}},
        "a": work("x"),
        "b": work("x"),
        "x": work("done", 1),
    }
    cases = {("gate", "a"): 0.3, ("gate", "b"): 0.7, ("a", "x"): 0.3, ("b", "x"): 0.7}
    marks = Marks(flows={pair: FlowMark(count) for pair, count in cases.items()})
    _, seen = gathered({"": charted(process(nodes))}, marks)
    assert {pair: mark.cases for pair, mark in seen.flows.items()} == {("gate … b", "x"): pytest.approx(1.0)}


def test_a_task_that_is_begun_again_keeps_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow from a node to itself stays while the node stands alone; in a box it is rework."""
    nodes = {
        "a": work("b", timeout={"after": "9d", "next": "a"}),
        "b": work("c"),
        "c": work("d"),
        "d": work("x"),
        "x": work("done", 1),
    }
    monkeypatch.setattr(collapsing, "STATIONS", 6)
    marks = Marks(flows={("a", "a"): FlowMark(0.1), ("a", "b"): FlowMark(1.0)})
    charts, seen = gathered({"": charted(process(nodes))}, marks)
    assert list(charts[""].ways["a"]) == ["b … c", "a"]
    assert seen.flows == {("a", "a"): FlowMark(0.1), ("a", "b … c"): FlowMark(1.0)}
    assert [station.title for station in folded(monkeypatch, nodes, 1).stations.values()][1] == (
        "Office 0: 4 steps, rework"
    )


def test_what_a_redesign_touches_stays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Added, removed and changed nodes, and both ends of flows that are new or gone."""
    monkeypatch.setattr(collapsing, "STATIONS", 10)
    base = Scenario(scenario="as-is", process=chain(14))
    after = base.change(Remove(task="t4"), Tune(values={"flow.t9.duration": "9min"}))
    drawn, marks = difference_map(after)
    charts, _ = gathered({"": charted(drawn)}, marks)
    inside = {step for steps in boxes(charts[""]) for step in steps}
    assert len(charts[""].stations) == 10
    assert inside.isdisjoint({"t3", "t4", "t5", "t9"})
    svg = draw_svg(drawn, marks)
    assert {"gone", "changed"} <= set(texts(svg))


def test_the_map_says_how_it_was_collapsed_and_how_to_see_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words below it; Mermaid has the same boxes."""
    scenario = Scenario(scenario="as-is", process=chain(60))
    told = " ".join(texts(picture(scenario).decode()))
    assert (
        "Too large to be read whole: 62 nodes are drawn as 60; 2 boxes hold 4 of them and name the first and the last. "
        "Each is of one lane; flows between the same boxes are one line."
    ) in told
    assert "Every node and lane: --whole (in Python whole=True)." in told
    assert "several nodes, folded into one box" in told
    assert '["Office 0: 2 steps: t0 … t1"]' in draw_mermaid(scenario.process)
    whole = picture(scenario, whole=True).decode()
    assert "whole" not in whole
    assert picture(scenario, form="mmd", whole=True).decode().count('["t') == 60
    monkeypatch.setattr(collapsing, "STATIONS", 2)
    monkeypatch.setattr("bpsim.reporting.gathering.STATIONS", 2)
    told = " ".join(texts(draw_svg(chain(4))))
    assert "Nothing else can be folded without hiding a handoff, rework or a change: 3 nodes are left." in told


def test_a_result_and_its_replay_are_collapsed(monkeypatch: pytest.MonkeyPatch, study: Results) -> None:
    """The shares of waiting add up to what they were; the dots stand at boxes, and none is missing."""
    drawn, marks = result_map(study, "as-is")
    before = replay(study, "as-is")
    monkeypatch.setattr(collapsing, "STATIONS", 5)
    charts, seen = gathered({"": charted(drawn)}, marks)
    assert boxes(charts[""])
    whole = sum(mark.share or 0.0 for mark in marks.nodes.values())
    assert sum(mark.share or 0.0 for mark in seen.nodes.values()) == pytest.approx(whole)
    assert "Approve and sign" in texts(draw_svg(drawn, marks))
    one, other = json.loads(before.data), json.loads(replay(study, "as-is").data)
    assert len(other["nodes"]) == len(collapsed(charted(drawn)).stations) < len(one["nodes"])
    assert len(other["items"]) == len(one["items"]) > 0
    assert {item[1] for item in other["items"]} <= set(range(len(other["nodes"])))
