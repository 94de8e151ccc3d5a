"""The legend of the process map: every sign that is on it, drawn beside what it says."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from bpsim.reporting.layout import Geometry
from bpsim.reporting.lettering import text_width, wrapped
from bpsim.reporting.marks import Marks
from bpsim.reporting.palette import HANDOFF, INK, INTENSE, PLAIN, STATES, mixed
from bpsim.reporting.signs import bar, gateway, hatch, outline, pile, pill, state_sign
from bpsim.reporting.sketch import Box, Circle, Path, Shape, Text

#: The height of a line of the legend, the room of a sign, and the size of the words.
LINE, SIGN, SIZE = 21.0, 34.0, 11.0
Draw = Callable[[float, float], Iterable[Shape]]

GATEWAYS = {
    "exclusive": "one of the ways, or ways that meet",
    "parallel": "all ways at once, or wait for all",
    "inclusive": "some of the ways, or wait for those",
    "event_based": "whatever happens first",
}
EVENTS = {
    "start": "begin",
    "end": "end",
    "terminate": "end that stops all other work on the case",
    "timer": "wait for a time",
    "send": "send a message",
    "receive": "wait for a message",
}
CHANGES = {
    "added": "new",
    "removed": "gone",
    "moved": "done by others",
    "changed": "changed",
}


def legend(plans: Sequence[Geometry], marks: Marks, width: float, y: float) -> tuple[list[Shape], float]:
    """Draw the signs that occur, as many in a line as there is room for; give them with where they end."""
    shapes: list[Shape] = []
    x = 0.0
    y += LINE / 2
    for sign, words in _entries(plans, marks):
        wide = SIGN + 1.12 * text_width(words, SIZE) + 18
        if x and x + wide > width:
            x, y = 0.0, y + LINE
        shapes += [*sign(x, y), Text(x + SIGN, y + 4, words, SIZE, fill=INK)]
        x += wide
    y += LINE / 2 + 4
    for note in marks.notes:
        for line in wrapped(note, width / 1.05, 4, SIZE):
            y += 15
            shapes.append(Text(0, y - 3, line, SIZE, fill=INK))
    return shapes, y


def _entries(plans: Sequence[Geometry], marks: Marks) -> Iterator[tuple[Draw, str]]:
    lines = [line for plan in plans for line in plan.lines]
    kinds = {place.kind for plan in plans for place in plan.places}
    counted = any(mark.cases is not None for mark in marks.flows.values())
    if marks.states():
        used = marks.used()
        yield from ((_change(state), words) for state, words in CHANGES.items() if state in used)
    elif any(line.crosses for line in lines):
        more = "; the number: of 100 cases" if counted else ""
        yield _handoff, f"handoff to another department{more}"
    if counted:
        yield _widths, "the wider, the more cases"
    if any(line.back for line in lines):
        yield _dashed, "back: done again"
    yield from _figures(marks)
    yield from ((_gateway(kind), words) for kind, words in GATEWAYS.items() if kind in kinds)
    yield from ((_event(kind), words) for kind, words in EVENTS.items() if kind in kinds)
    if "folded" in kinds:
        yield _folded, "several nodes, folded into one box"
    if "call" in kinds:
        yield _call, "another process"


def _handoff(x: float, y: float) -> Iterator[Shape]:
    yield Path(((x, y), (x + 28, y)), HANDOFF, 2.4, arrow=True)


def _figures(marks: Marks) -> Iterator[tuple[Draw, str]]:
    nodes = marks.nodes.values()
    if marks.fill:
        most = f" (darkest: {100 * marks.most():.2g} %)" if marks.most() else ""
        yield _ramp, f"{marks.fill}{most}"
    if any(mark.busy is not None for mark in nodes):
        yield _bar, "how busy those who do it are (utilisation)"
    if any(mark.queue for mark in nodes):
        yield _queue, "waiting items: no more than this for 95 % of the time"
    if any(mark.overloaded for mark in nodes):
        yield _hatch, "more work than they can do"


def _ramp(x: float, y: float) -> Iterator[Shape]:
    for i, share in enumerate((0.0, 0.2, 0.4, 0.62)):
        yield Box(x + 7 * i, y - 6, 7, 12, mixed(INTENSE, share), "#999999", 0.5)


def _bar(x: float, y: float) -> Iterator[Shape]:
    yield from bar(x, y - 2.5, 28, 0.6)


def _queue(x: float, y: float) -> Iterator[Shape]:
    yield from pill(x + 2, y, "q 9", INK, "start")


def _hatch(x: float, y: float) -> Iterator[Shape]:
    yield Box(x, y - 7, 28, 14, "#ffffff", INK, 1.0, 3)
    yield from hatch(x, y - 7, 28, 14)


def _widths(x: float, y: float) -> Iterator[Shape]:
    yield Path(((x, y - 4), (x + 28, y - 4)), PLAIN, 1.0)
    yield Path(((x, y + 3), (x + 28, y + 3)), PLAIN, 5.0)


def _dashed(x: float, y: float) -> Iterator[Shape]:
    yield Path(((x, y), (x + 28, y)), PLAIN, 1.3, dash=(6.0, 4.0), arrow=True)


def _folded(x: float, y: float) -> Iterator[Shape]:
    yield from pile(x + 4, y - 7, 18, 10, INK)
    yield Box(x + 4, y - 7, 18, 10, "#ffffff", INK, 1.2, 3)


def _call(x: float, y: float) -> Iterator[Shape]:
    yield Box(x + 8, y - 6, 12, 12, "#ffffff", INK, 1.2)
    yield Path(((x + 14, y - 4), (x + 14, y + 4)), INK, 1.2)
    yield Path(((x + 10, y), (x + 18, y)), INK, 1.2)


def _gateway(kind: str) -> Draw:
    return lambda x, y: gateway(kind, x + 14, y, 10)


def _change(state: str) -> Draw:
    def drawn(x: float, y: float) -> Iterator[Shape]:
        yield Box(x + 4, y - 6, 20, 12, "#ffffff", STATES[state], 0.5)
        yield from outline(state, x + 4, y - 6, 20, 12)  # type: ignore[arg-type]
        yield from state_sign(state, x + 25, y - 6, 5)  # type: ignore[arg-type]

    return drawn


def _event(kind: str) -> Draw:
    def drawn(x: float, y: float) -> Iterator[Shape]:
        yield Circle(x + 14, y, 8, "#ffffff", INK, 2.6 if kind in {"end", "terminate"} else 1.2)
        if kind == "terminate":
            yield Circle(x + 14, y, 4.5, INK)
        if kind == "timer":
            yield Path(((x + 14, y - 5), (x + 14, y), (x + 18, y)), INK, 1.2)
        if kind in {"send", "receive"}:
            fill = INK if kind == "send" else "#ffffff"
            yield Box(x + 9.5, y - 3.5, 9, 7, fill, INK, 0.9)
            yield Path(
                ((x + 9.5, y - 3.5), (x + 14, y + 0.5), (x + 18.5, y - 3.5)), "#ffffff" if kind == "send" else INK
            )

    return drawn
