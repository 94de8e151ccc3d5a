"""Hold the model of the permit receipt against the event log that it was made from.

    python tests/validation/receipt.py --log receipt.csv.gz     the table of docs/validation.md, from the log itself
    python tests/validation/receipt.py                          the same from the committed figures of the log
    python tests/validation/receipt.py --log ... --write        renews receipt-aggregates.json and docs/validation.md

The same functions measure log and simulation, over the same columns: case, activity, person, completion time,
channel, and the days that are left of the legal limit when the receipt is confirmed.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.eventlog import EventLog
from bpsim.model.demand import Choice
from bpsim.model.process import Process
from bpsim.model.written import number_draw
from bpsim.reading.load import load_scenario
from bpsim.statistics.intervals import Interval, mean_interval
from bpsim.values.durations import parse_duration

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
AS_IS = ROOT / "scenarios" / "permit-receipt" / "as-is.yaml"
AGGREGATES = HERE / "receipt-aggregates.json"
PAGE = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
ATTRIBUTION = (
    "Figures computed from: Buijs, J. (2014). Receipt phase of an environmental permit application process (WABO), "
    "CoSeLoG project. 4TU.ResearchData. doi 10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6"
)
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
WORKDAYS = 5

#: The log's name of what a task of the model does. The log does not show the others: reading up, registering.
ACTIVITIES = {
    "confirm": "CONF",
    "check": "T02",
    "adjust": "T03",
    "decide": "T04",
    "send": "T05",
    "print": "T05",
    "stop_advice": "T06",
    "advise": "T07",
    "ask_advice": "T08",
    "take_advice": "T09",
    "decide_stop": "T10",
    "unlicensed": "T11",
    "check_unlicensed": "T12",
    "decide_unlicensed": "T14",
    "send_unlicensed": "T15",
    "report": "T16",
    "check_report": "T17",
    "adjust_report": "T18",
    "decide_report": "T19",
    "send_report": "T20",
}
#: Track A, the letter. Everything else after the confirmation is track B, the stop of the handling.
LETTER = {"CONF", "T02", "T03", "T04", "T05"}
VARIANTS = (
    "CONF T02 T04 T05 T06 T10",
    "CONF T06 T10 T02 T04 T05",
    "CONF",
    "CONF T02 T06 T10 T04 T05",
    "CONF T02 T04 T06 T10 T05",
)
CHANNELS = {"internet": "Internet", "desk": "Desk", "post": "Post", "e_mail": "e-mail"}
#: Two times of the log: before and after the handling by one person became the rule; and the share of the cases that
#: the model has to intend for one person, so that as many stay with one person as in the log.
PERIODS = {"early": ("2010-10", "2011-01", 0.06), "late": ("2011-08", "2012-01", 0.90)}


@dataclass(frozen=True)
class Event:
    """Somebody has completed an activity of a case."""

    time: datetime
    activity: str
    person: str


@dataclass(frozen=True)
class Case:
    """The events of a case in the order of time, the channel that it came by, and the days left at the first event."""

    channel: str
    left: float
    events: tuple[Event, ...]

    def days(self) -> float:
        """Give the time from the first event to the last, in days."""
        return (self.events[-1].time - self.events[0].time) / DAY

    def handoffs(self) -> int:
        """Count the changes of person in the order of time."""
        return _changes(self.events)

    def handoffs_on_tracks(self) -> int:
        """Count the changes of person along the two tracks that begin with the confirmation."""
        letter = [event for event in self.events if event.activity in LETTER]
        stop = [event for event in self.events if event.activity == "CONF" or event.activity not in LETTER]
        return _changes(letter) + _changes(stop)

    def people(self) -> int:
        """Count the different people."""
        return len({event.person for event in self.events})

    def variant(self) -> str:
        """Give the activities in the order of time."""
        return " ".join(event.activity for event in self.events)


def _changes(events: Iterable[Event]) -> int:
    people = [event.person for event in events]
    return sum(one != other for one, other in pairwise(people))


@dataclass(frozen=True)
class Figure:
    """A figure that log and model are compared by. With `low` and `high` it was fitted: these are the limits."""

    name: str
    title: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    tolerance: str = ""

    def passed(self, value: float) -> bool:
        """Tell whether the model's mean lies within the limits."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def within(name: str, title: str, target: float, share: float, unit: str = "") -> Figure:
    """Make a fitted figure that may be off the log by a share."""
    return Figure(name, title, unit, target * (1 - share), target * (1 + share), f"{target:g} ± {share:.0%}")


FITTED = (
    Figure("lead_p50", "lead time of the receipt phase, P50", "d", 0.02, 0.05, "0.02 to 0.05"),
    within("lead_p75", "lead time, P75", 5.08, 0.15, "d"),
    within("lead_p90", "lead time, P90", 14.1, 0.15, "d"),
    within("lead_p95", "lead time, P95", 23.9, 0.15, "d"),
    within("handoffs", "person handoffs per case, in the order of time", 0.84, 0.10),
    within("handoffs_tracks", "person handoffs per case, on the two tracks", 0.83, 0.10),
    within("arrivals", "confirmations per business day", 4.19, 0.03),
    within("dispersion", "variance / mean of confirmations per business day", 3.69, 0.25),
)
REPORTED = (
    Figure("lead_p25", "lead time, P25", "d"),
    Figure("lead_mean", "lead time, mean", "d"),
    Figure("late", "cases whose last event comes after the deadline", "%"),
    Figure("people", "people per case"),
    Figure("no_handoff", "cases with no handoff", "%"),
    Figure("one_person", "cases with several events and one person", "%"),
    Figure("wait_t05_t06", "share of all waiting that lies between T05 and T06", "%"),
    *(Figure(f"variant_{i}", f"variant {variant}", "%") for i, variant in enumerate(VARIANTS, 1)),
    *(Figure(f"p90_{key}", f"lead time by {title}, P90", "d") for key, title in CHANNELS.items()),
)
IN_PERIODS = (
    Figure("one_person", "cases with several events and one person", "%"),
    Figure("lead_p25", "lead time, P25", "d"),
    Figure("lead_p50", "P50", "d"),
    Figure("lead_p75", "P75", "d"),
    Figure("lead_p90", "P90", "d"),
    Figure("lead_p95", "P95", "d"),
    Figure("lead_mean", "mean", "d"),
    Figure("handoffs", "person handoffs per case, in the order of time"),
)


def figures(cases: Iterable[Case]) -> dict[str, float]:
    """Measure cases: every figure by its name; times in days, shares between 0 and 1."""
    cases = list(cases)
    lead = np.array([case.days() for case in cases])
    found = {f"lead_p{p}": float(np.percentile(lead, p)) for p in (25, 50, 75, 90, 95)}
    several = [case for case in cases if len(case.events) > 1]
    handoffs = [case.handoffs() for case in cases]
    found |= {
        "lead_mean": float(lead.mean()),
        "handoffs": float(np.mean(handoffs)),
        "handoffs_tracks": float(np.mean([case.handoffs_on_tracks() for case in cases])),
        "late": sum(case.days() >= case.left for case in cases) / len(cases),
        "people": float(np.mean([case.people() for case in cases])),
        "no_handoff": handoffs.count(0) / len(cases),
        "one_person": sum(case.people() == 1 for case in several) / len(several),
        "wait_t05_t06": _share_of_waiting(cases, "T05", "T06"),
    }
    variants = Counter(case.variant() for case in cases)
    found |= {f"variant_{i}": variants[variant] / len(cases) for i, variant in enumerate(VARIANTS, 1)}
    for key in CHANNELS:
        mine = [case.days() for case in cases if case.channel == key]
        found[f"p90_{key}"] = float(np.percentile(mine, 90)) if mine else float("nan")
    days = confirmations_per_business_day(cases)
    return found | {"arrivals": float(days.mean()), "dispersion": float(days.var(ddof=1) / days.mean())}


def _share_of_waiting(cases: Iterable[Case], before: str, after: str) -> float:
    """Give the share of the time between neighbouring events that lies between two activities."""
    mine, every = timedelta(0), timedelta(0)
    for case in cases:
        for one, other in pairwise(case.events):
            every += other.time - one.time
            if (one.activity, other.activity) == (before, after):
                mine += other.time - one.time
    return mine / every


def confirmations_per_business_day(cases: Iterable[Case]) -> np.ndarray:
    """Count first events on each day from Monday to Friday, from the first to the last; holidays count."""
    counts = Counter(case.events[0].time.date() for case in cases)
    first, last = min(counts), max(counts)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return np.array([counts[day] for day in days if day.weekday() < WORKDAYS])


# -- the columns: from the log, from a simulation ----------------------------------------------------------------------


def log_cases(path: Path) -> list[Case]:
    """Read the event log."""
    events: dict[str, list[Event]] = defaultdict(list)
    channels, deadlines = {}, {}
    keys = {title: key for key, title in CHANNELS.items()} | {"Intern": "internet"}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            activity = row["concept:name"].split()[0].split("-")[0].replace("Confirmation", "CONF")
            case = row["case:concept:name"]
            events[case].append(Event(_local(row["time:timestamp"]), activity, row["org:resource"]))
            channels[case] = keys[row["case:channel"]]
            deadlines[case] = _local(row["case:deadline"])
    return [
        Case(channels[name], (deadlines[name] - mine[0].time) / DAY, mine)
        for name, mine in ((name, _ordered(some)) for name, some in events.items())
    ]


def _local(text: str) -> datetime:
    """Read a time of the log as what the clock on the wall showed."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def simulated_cases(log: EventLog) -> list[Case]:
    """Give the same columns of a simulated log: the cases that arrived in the run and have ended."""
    settings = log.settings
    start = datetime.fromisoformat(settings.start)
    activities = [ACTIVITIES.get(node.name, "") for node in settings.nodes]
    counts = (log.cases["need"] < settings.length) & (log.cases["ended"] >= 0)
    events: dict[int, list[Event]] = defaultdict(list)
    columns = (log.items[name].tolist() for name in ("case", "node", "person", "completed"))
    for case, node, person, completed in zip(*columns, strict=True):
        if activities[node] and counts[case]:
            time = start + timedelta(milliseconds=completed)
            events[case].append(Event(time, activities[node], str(person)))
    names = [channel.name for channel in settings.channels]
    limits = {name: parse_duration(limit) * MILLISECOND / DAY for name, limit in settings.clocks[0].limits}
    left = log.attributes[settings.clocks[0].by]
    return [
        Case(names[log.cases["channel"][case]], limits[str(left[case])], _ordered(mine))
        for case, mine in events.items()
    ]


def _ordered(events: list[Event]) -> tuple[Event, ...]:
    """Put events in the order of time; those of one instant stay in the order of the log."""
    return tuple(sorted(events, key=lambda event: event.time))


# -- the simulation ----------------------------------------------------------------------------------------------------


def with_one_person(process: Process, share: float) -> Process:
    """Change the share of the cases that one person is to keep."""
    attributes = {**process.cases.attributes, "one_person": number_draw(f"bernoulli({share})")}
    assert isinstance(process.cases.attributes["check_apart"], Choice), "the other attributes follow this one"
    return process.model_copy(update={"cases": process.cases.model_copy(update={"attributes": attributes})})


def simulate(process: Process, replications: int) -> list[dict[str, float]]:
    """Run the as-is experiment and measure each replication."""
    experiment = load_scenario(AS_IS).experiment
    plan = compile_plan(process, start=experiment.start, length=experiment.length, drain=experiment.drain_time())
    logs = (replicate(plan, seed=experiment.seed, replication=number) for number in range(replications))
    return [figures(simulated_cases(log)) for log in logs]


def intervals(measured: list[dict[str, float]]) -> dict[str, Interval]:
    """Give mean and 95 % interval of every figure."""
    return {name: mean_interval([one[name] for one in measured]) for name in measured[0]}


# -- the aggregates and the table --------------------------------------------------------------------------------------


def aggregates(path: Path) -> dict[str, object]:
    """Compute the figures of the log that are kept."""
    cases = log_cases(path)

    def kept(some: Iterable[Case], chosen: Iterable[Figure]) -> dict[str, float]:
        measured = figures(some)
        return {figure.name: float(f"{measured[figure.name]:.4g}") for figure in chosen}

    parts = {
        name: kept([case for case in cases if first <= f"{case.events[0].time:%Y-%m}" <= last], IN_PERIODS)
        for name, (first, last, _) in PERIODS.items()
    }
    return {"attribution": ATTRIBUTION, "cases": len(cases), "all": kept(cases, (*FITTED, *REPORTED)), **parts}


def committed() -> dict[str, dict[str, float]]:
    """Give the figures of the log that are kept with the project."""
    return json.loads(AGGREGATES.read_text(encoding="utf-8"))


def show(figure: Figure, value: float) -> str:
    """Write a value of a figure."""
    if figure.unit == "%":
        return f"{100 * value:.1f} %"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1  # three figures that matter
    return f"{value:.{digits}f}{' d' if figure.unit == 'd' else ''}"


def row(figure: Figure, log: Mapping[str, float], model: Mapping[str, Interval]) -> list[str]:
    """Make a line: title, log, model, interval."""
    mine = model[figure.name]
    return [
        figure.title,
        show(figure, log[figure.name]),
        show(figure, mine.mean),
        f"{show(figure, mine.low)} to {show(figure, mine.high)}",
    ]


def table(heads: list[str], lines: Iterable[list[str]]) -> str:
    """Write a Markdown table with columns of even width."""
    rows = [heads, *lines]
    widths = [max(len(line[i]) for line in rows) for i in range(len(heads))]
    written = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in rows
    ]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def report(log: Mapping[str, Mapping[str, float]], replications: int) -> tuple[str, bool]:
    """Simulate, and give the tables and whether every fitted figure is within its limits."""
    process = load_scenario(AS_IS).resolved()
    model = intervals(simulate(process, replications))
    fitted = [
        [*row(figure, log["all"], model), figure.tolerance, "yes" if figure.passed(model[figure.name].mean) else "NO"]
        for figure in FITTED
    ]
    heads = ["figure", "log", "model, mean", "95 % interval"]
    tables = [
        f"Fitted ({replications} replications of a year):",
        table([*heads, "target", "within"], fitted),
        "Not fitted, reported beside:",
        table(heads, [row(figure, log["all"], model) for figure in REPORTED]),
    ]
    for name, (first, last, share) in PERIODS.items():
        parts = intervals(simulate(with_one_person(process, share), replications))
        tables += [
            f"Not fitted: the model with `one_person: bernoulli({share:.0%})` against the cases of {first} to {last}:",
            table(heads, [row(figure, log[name], parts) for figure in IN_PERIODS]),
        ]
    return "\n\n".join(tables), all(line[-1] == "yes" for line in fitted)


def write(tables: str) -> None:
    """Put the tables into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; exit 1 when a fitted figure is outside its limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, help="the event log, receipt.csv.gz; the committed figures when left out")
    parser.add_argument("--replications", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="renew the committed figures and the page")
    options = parser.parse_args(arguments)
    log = aggregates(options.log) if options.log else committed()
    tables, passed = report(log, options.replications)  # type: ignore[arg-type]
    if options.write:
        if options.log:
            AGGREGATES.write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")
        write(tables)
    sys.stdout.write(
        tables
        + "\n\n"
        + ("Every fitted figure is within its limits." if passed else "A fitted figure is outside its limits.")
        + "\n"
    )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
