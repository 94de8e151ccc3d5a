"""The map: nothing lies over anything else, everything is attached, and the same process gives the same bytes."""

from itertools import combinations, pairwise
from random import Random
from typing import Any

import pytest

from bpsim.model.flow import Branch
from bpsim.model.process import Process
from bpsim.reporting.chart import charted
from bpsim.reporting.layout import Geometry, Line, Place, geometry
from bpsim.reporting.lettering import LABEL_FONT, text_width, wrapped
from bpsim.reporting.processmap import draw_svg
from tests.oracle.generate import process as drawn

pytestmark = pytest.mark.xdist_group("layout")  # one process lays out

SEEDS = range(120)
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def maps() -> list[tuple[Process, Geometry]]:
    """Lay out generated processes."""
    processes = [Process.model_validate(drawn(seed)) for seed in SEEDS]
    return [(process, geometry(charted(process))) for process in processes]


def box(place: Place) -> Box:
    """Give left, top, right and bottom of a node."""
    half, tall = place.width / 2, place.height / 2
    return (place.x - half, place.y - tall, place.x + half, place.y + tall)


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes have an area in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def label_box(line: Line) -> Box:
    """Give the place of what is written on a flow."""
    x, y = line.label_at
    return (x, y - 0.75 * LABEL_FONT, x + text_width(line.label, LABEL_FONT), y)


def pieces(line: Line) -> list[tuple[bool, float, float, float]]:
    """Give the straight pieces of a flow: whether upright, where across, from, to."""
    found = []
    for (ax, ay), (bx, by) in pairwise(line.points):
        assert ax == bx or ay == by, "flows run upright or level"
        upright = ax == bx
        low, high = sorted((ay, by) if upright else (ax, bx))
        found.append((upright, ax if upright else ay, low, high))
    return found


def test_no_two_nodes_overlap(maps: list[tuple[Process, Geometry]]) -> None:
    """Boxes, diamonds and circles keep apart."""
    for _, plan in maps:
        for one, other in combinations(plan.places, 2):
            assert not overlap(box(one), box(other)), (one, other)


def test_every_node_stands_in_its_lane(maps: list[tuple[Process, Geometry]]) -> None:
    """A task of a department stands in the strip of that department, and lanes fill the height without a gap."""
    for process, plan in maps:
        lanes = {lane.name: lane for lane in plan.lanes}
        assert [one.y + one.height for one in plan.lanes[:-1]] == [other.y for other in plan.lanes[1:]]
        for place in plan.places:
            lane, (_, top, right, bottom) = lanes[place.lane], box(place)
            assert lane.y < top < bottom < lane.y + lane.height
            assert right < plan.width
        for name, task in process.tasks().items():
            lane = next(place.lane for place in plan.places if place.name == name)
            wanted = task.performer[0].partition(".")[0] if task.by_people() else f"({task.performer[0]})"
            assert lane == wanted


def test_every_flow_is_drawn_once_and_attached(maps: list[tuple[Process, Geometry]]) -> None:
    """A flow begins and ends on the edge of its nodes; rework comes in from below (an event: from the side)."""
    for process, plan in maps:
        places = {place.name: place for place in plan.places}
        wanted = {(name, branch.to) for name, node in process.flow.items() for branch in node.next}
        wanted |= {(name, task.timeout.next) for name, task in process.tasks().items() if task.timeout}
        assert sorted((line.origin, line.target) for line in plan.lines) == sorted(wanted)
        for line in plan.lines:
            for point, name in ((line.points[0], line.origin), (line.points[-1], line.target)):
                left, _top, right, bottom = box(places[name])
                level = point[1] == places[name].y and point[0] in {left, right}
                below = point[1] == bottom and left < point[0] < right
                assert level or (line.back and below), (line, places[name])


def test_no_flow_crosses_a_node(maps: list[tuple[Process, Geometry]]) -> None:
    """Flows run between the nodes, never through them."""
    for _, plan in maps:
        for line in plan.lines:
            for upright, across, low, high in pieces(line):
                piece = (across, low, across, high) if upright else (low, across, high, across)
                for place in plan.places:
                    left, top, right, bottom = box(place)
                    inside = (left < piece[2] and piece[0] < right) and (top < piece[3] and piece[1] < bottom)
                    assert not inside, (line, place)


def test_flows_without_a_common_node_never_lie_over_each_other(maps: list[tuple[Process, Geometry]]) -> None:
    """Two flows may cross, but a stretch in common would make four flows of two."""
    for _, plan in maps:
        for one, other in combinations(plan.lines, 2):
            if one.origin == other.origin or one.target == other.target:
                continue
            for a in pieces(one):
                for b in pieces(other):
                    assert a[:2] != b[:2] or a[2] >= b[3] or b[2] >= a[3], (one, other)


def test_labels_keep_apart_and_off_the_nodes(maps: list[tuple[Process, Geometry]]) -> None:
    """What is written on a flow covers neither a node nor another label."""
    for _, plan in maps:
        labels = [line for line in plan.lines if line.label]
        for one, other in combinations(labels, 2):
            assert not overlap(label_box(one), label_box(other)), (one, other)
        for line in labels:
            for place in plan.places:
                assert not overlap(label_box(line), box(place)), (line, place)


def test_the_same_process_gives_the_same_bytes(maps: list[tuple[Process, Geometry]]) -> None:
    """Also when it is read again."""
    for process, _ in maps[:20]:
        assert draw_svg(process) == draw_svg(Process.model_validate(process.as_written()))


def flow(**nodes: object) -> Process:
    """Make a process of two departments from its nodes."""
    staff = {"roles": {"clerk": {"staff": 1}}}
    return Process.model_validate(
        {
            "process": "small",
            "departments": {"desk": staff, "back_office": {"title": "Back <office>", **staff}},
            "cases": {"arrivals": "1h"},
            "flow": {"begin": {"type": "start", "next": "first"}, **nodes, "done": {"type": "end"}},
        }
    )


def line(plan: Geometry, origin: str, target: str) -> Line:
    """Find a flow."""
    return next(each for each in plan.lines if (each.origin, each.target) == (origin, target))


def test_rework_and_handoffs_are_told_apart() -> None:
    """Dashed back flow; strong colour where work passes to another department, also behind a client; not to an end."""
    process = flow(
        first={"performer": "desk.clerk", "duration": "5min", "next": "enough"},
        enough={"type": "exclusive", "title": "Complete?", "next": {"ask": 0.25, "wait": "else"}},
        ask={"performer": "client", "duration": "1d", "timeout": {"after": "30d", "next": "wait"}, "next": "first"},
        wait={"type": "timer", "delay": "1d", "next": "judge"},
        judge={"performer": "back_office.clerk", "duration": "5min", "next": "tell"},
        tell={"performer": "system", "duration": "1min", "next": "done"},
    )
    plan = geometry(charted(process))
    assert [(each.origin, each.target) for each in plan.lines if each.back] == [("ask", "first")]
    red = {(each.origin, each.target) for each in plan.lines if each.crosses}
    assert red == {("wait", "judge")}
    assert line(plan, "enough", "ask").label == "25%"
    assert line(plan, "enough", "wait").label == "else"
    assert line(plan, "ask", "wait").label == "after 30d"
    drawing = draw_svg(process)
    assert drawing.count('stroke-dasharray="6 4"') == 2  # the flow, and its sign in the legend
    assert drawing.count('stroke="#B3261E"') == 2
    assert "<title>wait to judge</title>" in drawing
    assert "Back &lt;office&gt;" in drawing
    assert "Complete?" in drawing


def test_rework_through_a_timer_leaves_from_its_side() -> None:
    """The caption below an event stays free; a condition is cut where its room ends."""
    long = "visits(first) < 3 and visits(first) > 1"
    process = flow(
        first={"performer": "desk.clerk", "duration": "5min", "next": "again"},
        again={"type": "exclusive", "next": {"later": long, "done": "else"}},
        later={"type": "timer", "delay": "1d", "next": "first"},
    )
    plan = geometry(charted(process))
    back = line(plan, "later", "first")
    place = next(each for each in plan.places if each.name == "later")
    assert back.back
    assert back.points[0] == (place.x + place.width / 2, place.y)
    assert line(plan, "again", "later").label == "visits(first) < 3 and…"


def test_a_loop_into_a_timer_comes_from_its_side() -> None:
    """A label of such a flow stands below its first piece."""
    process = flow(
        first={"type": "timer", "delay": "1d", "next": "try"},
        **{"try": {"performer": "desk.clerk", "duration": "5min", "next": "again"}},
        again={"type": "exclusive", "next": {"first": "30%", "done": "else"}},
    )
    back = line(geometry(charted(process)), "again", "first")
    place = next(each for each in geometry(charted(process)).places if each.name == "first")
    assert back.points[-1] == (place.x - place.width / 2, place.y)


def test_a_task_that_ends_either_way_says_so() -> None:
    """When completion and timeout lead to one node there is one line for both."""
    process = flow(
        first={"performer": "client", "duration": "1d", "timeout": {"after": "2d", "next": "done"}, "next": "done"}
    )
    plan = geometry(charted(process))
    assert line(plan, "first", "done").label == "done, or after 2d"


def test_text_is_broken_where_it_must_be() -> None:
    """Words are kept whole while they fit; what is left out is an ellipsis."""
    assert wrapped("Register the application", 90) == ("Register the", "application")
    assert wrapped("one two three four five six", 60, most=2) == ("one two", "three four…")
    assert wrapped("Verwaltungsgerichtsbarkeit", 60) == ("Verwaltu-", "ngsgeric-", "htsbarkeit")
    assert wrapped("Verwaltungsgerichtsbarkeit", 60, most=1) == ("Verwaltu…",)
    assert wrapped("water_and_soil", 60) == ("water_an-", "d_soil")
    assert wrapped("", 60) == ()
    assert text_width("ii", 10) == pytest.approx(6)
    assert text_width("m", 10) == pytest.approx(8.6)
    assert text_width("A字", 10) == pytest.approx(16.6)


def test_two_ways_back_are_told_left_and_right() -> None:
    """A gateway from which two flows go back has what is written on them on both sides below it."""
    process = flow(
        first={"performer": "desk.clerk", "duration": "5min", "next": "second"},
        second={"performer": "desk.clerk", "duration": "5min", "next": "judge"},
        judge={"type": "exclusive", "next": {"first": "30%", "second": "20%", "done": "else"}},
    )
    plan = geometry(charted(process))
    left, right = label_box(line(plan, "judge", "second")), label_box(line(plan, "judge", "first"))
    middle = next(each.x for each in plan.places if each.name == "judge")
    assert left[2] < middle < right[0]
    assert left[1] == right[1]


def test_labels_of_flows_that_meet_stand_one_below_the_other() -> None:
    """Four choices in one column that lead to one node: each label has a spot of its own."""
    choices = {f"c{n}": {"type": "exclusive", "next": {"meet": f"{n}0%", "done": "else"}} for n in range(1, 6)}
    process = flow(
        first={"type": "parallel", "next": list(choices)},
        **choices,
        meet={"type": "exclusive", "next": "done"},
    )
    labels = [label_box(each) for each in geometry(charted(process)).lines if each.target == "meet"]
    assert len(labels) == 5
    assert not any(overlap(one, other) for one, other in combinations(labels, 2))


def test_every_gateway_and_an_end_that_terminates_have_a_sign() -> None:
    """A cross, a plus, a ring, two rings; and a filled circle in the thick one."""
    ends = {"done": {"type": "end", "terminate": True}}
    signs = {
        "exclusive": "one of the ways, or ways that meet",
        "parallel": "all ways at once, or wait for all",
        "inclusive": "some of the ways, or wait for those",
        "event_based": "whatever happens first",
    }
    for kind in signs:
        nodes = {"s": {"type": "start", "next": "g"}, "g": {"type": kind, "next": "done"}, **ends}
        process = Process.model_validate({"process": "p", "cases": {"arrivals": "1h"}, "flow": nodes})
        svg = draw_svg(process)
        assert [name for name, mark in signs.items() if mark in svg] == [kind]
        assert "end that stops all other work on the case" in svg
        shapes = {"exclusive": 2, "parallel": 2, "inclusive": 0, "event_based": 0}
        assert svg.count('stroke-width="2.4"/>') == shapes[kind] + (kind == "inclusive")


def graph_of(seed: int, size: int) -> Process:
    """Draw a process of some size at random: tasks of four departments, gateways, timers, ways back, long ways."""
    luck = Random(seed)  # noqa: S311 - a seed, not a secret
    names = [f"t{i}" for i in range(size)]
    nodes: dict[str, Any] = {"begin": START.model_copy(update={"next": (Branch(to="t0"),)})}
    for i, name in enumerate(names):
        onward = names[i + 1] if i + 1 < size else "done"
        kind = luck.choice(["task", "task", "task", "gateway", "timer"])
        if kind == "gateway":
            ahead = luck.choice([*names[i + 1 :], "done"])
            behind = [luck.choice(names[: i + 1])] if luck.random() < 0.4 else []
            targets = dict.fromkeys([onward, ahead, *behind])
            node = GATEWAY.model_copy(update={"next": tuple(Branch(to=target) for target in targets)})
        elif kind == "timer":
            node = TIMER.model_copy(update={"next": (Branch(to=onward),)})
        else:
            who = luck.choice(["d0.clerk", "d1.clerk", "d2.clerk", "d3.clerk", "client", "system"])
            words = " ".join(luck.choice(WORDS) for _ in range(luck.randint(1, 8)))
            node = TASK.model_copy(update={"performer": (who,), "next": (Branch(to=onward),), "title": words})
        nodes[name] = node
    return BARE.model_copy(update={"flow": {**nodes, "done": BARE.flow["done"]}})


WORDS = ["check", "Verwaltungsgerichtsbarkeit", "the", "проверка", "a", "permit", "签发", "'quoted' <b>"]
BARE = Process.model_validate(
    {
        "process": "bare",
        "departments": {f"d{i}": {"roles": {"clerk": {"staff": 1}}} for i in range(4)},
        "cases": {"arrivals": "1h"},
        "flow": {
            "begin": {"type": "start", "next": "task"},
            "task": {"performer": "d0.clerk", "duration": "5min", "next": "gate"},
            "gate": {"type": "exclusive", "next": {"wait": "50%", "done": "else"}},
            "wait": {"type": "timer", "delay": "1d", "next": "done"},
            "done": {"type": "end"},
        },
    }
)
START, TASK, GATEWAY, TIMER = (BARE.flow[name] for name in ("begin", "task", "gate", "wait"))


def test_a_thousand_graphs() -> None:
    """No two nodes overlap, none leaves its lane, every flow is attached, and the map is the same twice."""
    for seed in range(1000):
        process = graph_of(seed, 3 + seed % 13)
        plan = geometry(charted(process))
        boxes = {place.name: box(place) for place in plan.places}
        lanes = {lane.name: lane for lane in plan.lanes}
        for one, other in combinations(boxes.values(), 2):
            assert not overlap(one, other), seed
        for place in plan.places:
            lane = lanes[place.lane]
            assert lane.y <= boxes[place.name][1], seed
            assert boxes[place.name][3] <= lane.y + lane.height, seed
        assert {(each.origin, each.target) for each in plan.lines} == {
            (name, way.to) for name, node in process.flow.items() for way in node.next
        }
        for each in plan.lines:
            for (x, y), name in ((each.points[0], each.origin), (each.points[-1], each.target)):
                left, top, right, bottom = boxes[name]
                assert left <= x <= right, (seed, each)
                assert top <= y <= bottom, (seed, each)
                assert x in {left, right} or y in {top, bottom}, (seed, each)
        if seed % 100 == 0:
            assert draw_svg(process) == draw_svg(graph_of(seed, 3 + seed % 13))
