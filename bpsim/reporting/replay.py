"""The replay: the cases of one week of one run, moving on the process map, in a page without a network."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np

from bpsim.eventlog import START, EventLog
from bpsim.experiment.again import log_of
from bpsim.experiment.results import Results
from bpsim.measures.accounts import critical
from bpsim.reporting.chart import charted
from bpsim.reporting.collapsing import collapsed
from bpsim.reporting.layout import geometry
from bpsim.reporting.loaded import process_of
from bpsim.reporting.processmap import draw_svg

MINUTE, DAY = 60_000, 86_400_000
WEEK = 7 * DAY
#: More cases than this are too many dots for an eye and a browser; then every second, third, ... case is shown.
MOST = 3_000
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Replay:
    """What a page needs: the map, the data of the dots, the script with its hash for the page's policy, and a note."""

    picture: str
    data: str
    script: str
    hash: str
    note: str


def replay(results: Results, scenario: str) -> Replay:
    """Make the replay of the first whole week (from a Monday) after the warm-up, in the first run of a scenario."""
    process, log, begin = process_of(results[scenario]), log_of(results, scenario), results.settings.warmup
    start = datetime.fromisoformat(log.settings.start)
    first = -(-begin // DAY) * DAY
    first += -((start.weekday() + first // DAY) % 7) % 7 * DAY
    chart = collapsed(charted(process))
    plan = geometry(chart)
    at = {step: i for i, station in enumerate(chart.stations.values()) for step in station.steps}
    items, stride = _items(log, at, first)
    data: dict[str, Any] = {
        "nodes": [[place.x, place.y, place.width, place.height] for place in plan.places],
        "items": items,
        "length": WEEK // MINUTE,
        "days": DAYS,
    }
    script = (files("bpsim.reporting") / "templates" / "replay.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shown = "every case" if stride == 1 else f"one case in {stride}"
    day = (start + timedelta(milliseconds=first)).date()
    note = f"One possible week, from {day}: a single run shows what can happen, not what will. Shown: {shown}."
    return Replay(draw_svg(process), json.dumps(data, separators=(",", ":")), script, digest, note)


def _items(log: EventLog, at: dict[str, int], first: int) -> tuple[list[list[int]], int]:
    """Give what happens in the week, in the order of its beginning.

    A row is a case, its node, where it came from, when it was created, started and completed.
    Times are minutes since the beginning of the week. The second value is how many cases one that is shown
    stands for.
    """
    columns = {name: column.astype(np.int64) for name, column in log.items.items()}
    places = np.array([at.get(node.name, -1) for node in log.settings.nodes], np.int64)
    known = places[columns["node"]] >= 0
    ends = np.where(columns["completed"] < 0, log.settings.stopped, columns["completed"])
    during = known & (columns["created"] < first + WEEK) & (ends >= first)
    cases = np.unique(columns["case"][during])
    stride = -(-len(cases) // MOST) if len(cases) else 1
    chosen = np.flatnonzero(during & np.isin(columns["case"], cases[::stride]))
    pred = critical(log, columns["pred"])
    before = np.where(pred > START, places[columns["node"]][np.maximum(pred, 0)], -1)
    rows = [
        [
            int(columns["case"][row]),
            int(places[columns["node"][row]]),
            int(before[row]),
            int(columns["created"][row] - first) // MINUTE,
            -1 if columns["started"][row] < 0 else max(0, int(columns["started"][row] - first) // MINUTE),
            int(ends[row] - first) // MINUTE,
        ]
        for row in chosen.tolist()
    ]
    return sorted(rows, key=lambda row: (row[3], row[0], row[1])), stride
