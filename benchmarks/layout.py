"""How long it takes to lay out and to draw the map of a process of 60 nodes (wanted: 50 ms): JSON."""

import json
import time

from bpsim.model.process import Process
from bpsim.reporting.layout import geometry
from bpsim.reporting.processmap import draw_svg

NODES, DEPARTMENTS, TIMES = 60, 6, 20


def process() -> Process:
    """Make a process of 60 nodes: tasks of six departments, every fifth a gateway with a way ahead and one back."""
    names = [f"n{i}" for i in range(NODES - 2)]
    after = dict(zip(names, [*names[1:], "done"], strict=True))
    flow: dict[str, object] = {"begin": {"type": "start", "next": names[0]}, "done": {"type": "end"}}
    for i, name in enumerate(names):
        if i % 5 == 4 and i + 7 < len(names):  # noqa: PLR2004 - the last of five
            ways = {names[i - 3]: "10%", names[i + 7]: "20%", after[name]: "else"}
            flow[name] = {"type": "exclusive", "next": ways}
        else:
            flow[name] = {"performer": f"d{i % DEPARTMENTS}.clerk", "duration": "5min", "next": after[name]}
    departments = {f"d{i}": {"roles": {"clerk": {"staff": 1}}} for i in range(DEPARTMENTS)}
    plain = {"process": "large", "departments": departments, "cases": {"arrivals": "1h"}, "flow": flow}
    return Process.model_validate(plain)


def fastest(what: object) -> float:
    """Give the shortest of some times, in ms of the processor."""
    spent = []
    for _ in range(TIMES):
        began = time.process_time()
        what()  # type: ignore[operator]
        spent.append(1000 * (time.process_time() - began))
    return round(min(spent), 1)


if __name__ == "__main__":
    large = process()
    print(
        json.dumps(
            {"nodes": NODES, "layout_ms": fastest(lambda: geometry(large)), "svg_ms": fastest(lambda: draw_svg(large))}
        )
    )
