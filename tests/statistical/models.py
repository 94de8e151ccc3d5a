"""Processes whose long-run figures are known exactly, written in the language, and how each figure is read off a run.

Times are in minutes. What the language cannot say (queue limits, servers away while idle) is tested at the engine's
parts: `alter` changes a replication before it runs, see limits.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpsim.engine.plan import DAY, Plan, compile_plan
from bpsim.engine.replication import Replication
from bpsim.eventlog import EventLog
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from bpsim.statistics import pooling, theory

MONDAY = date(2025, 1, 6)
MINUTE = 60_000
HOUR, WEEK = 60 * MINUTE, 7 * DAY
Written = dict[str, Any]
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Model:
    """A process, its run and what is known of it.

    Cases that arrive in [warmup, warmup + length) are measured, `replications` times. `exact` gives for each figure its
    value and the largest standard error, as a share of the value, with which a test still has power.
    """

    name: str
    process: Written
    warmup: int
    length: int
    replications: int
    read: Callable[[EventLog, int], Figures]
    exact: Mapping[str, tuple[float, float]]
    alter: Callable[[Replication], None] | None = None

    def plan(self) -> Plan:
        """Compile the process; arrivals go on until the last measured case has ended."""
        process = Process.model_validate({"process": "known", **self.process})
        return compile_plan(process, start=MONDAY, length=self.warmup + self.length, drain=self.length)

    def sample(self, seed: int) -> dict[str, list[float]]:
        """Run the replications and give every figure of each."""
        plan = self.plan()
        found: dict[str, list[float]] = {figure: [] for figure in self.exact}
        for replication in range(self.replications):
            run = Replication(plan, seed, replication)
            if self.alter:
                self.alter(run)
            log = run.run()
            for figure, value in self.read(log, self.warmup).items():
                found[figure].append(value)
        return found


# -- processes -------------------------------------------------------------------------------------------------------


def people(**roles: int) -> Written:
    """Write a department with so many people in each role."""
    return {"desk": {"roles": {name: {"staff": number} for name, number in roles.items()}}}


def task(performer: str, duration: str, following: str, **more: object) -> Written:
    """Write a task."""
    performer = performer if performer in {"system", "client"} else f"desk.{performer}"
    return {"performer": performer, "duration": duration, "next": following, **more}


def flow(first: str, **nodes: Written) -> Written:
    """Write a flow that begins with a node and ends at `gone`."""
    return {"came": {"type": "start", "next": first}, **nodes, "gone": {"type": "end"}}


def exponential(mean: float) -> str:
    """Write an exponential time with a mean in minutes."""
    return f"exponential(mean={mean!r}min)"


def queue(rate: float, servers: int, service: str, **more: Any) -> Written:  # noqa: ANN401
    """Write one queue with Poisson arrivals."""
    return {
        "departments": people(clerk=servers),
        "cases": {"arrivals": exponential(1 / rate), **more},
        "flow": flow("served", served=task("clerk", service, "gone")),
    }


# -- figures ---------------------------------------------------------------------------------------------------------


def cohort(log: EventLog, warmup: int) -> NDArray[np.bool_]:
    """Mark the cases that count, which must all have ended."""
    need = log.cases["need"]
    chosen = (need >= warmup) & (need < log.settings.length)
    assert (log.cases["ended"][chosen] >= 0).all()
    return chosen


def spans(log: EventLog, warmup: int, start: str, end: str) -> NDArray[np.float64]:
    """Give the minutes between two stamps of each item of the cases that count."""
    chosen = cohort(log, warmup)[log.items["case"]]
    return (log.items[end][chosen].astype(np.int64) - log.items[start][chosen]) / MINUTE


def waits(log: EventLog, warmup: int) -> Figures:
    """Mean wait in the queue."""
    return {"wait": float(spans(log, warmup, "released", "started").mean())}


def waits_and_chance(log: EventLog, warmup: int) -> Figures:
    """Mean wait, and the share of cases that must wait."""
    wait = spans(log, warmup, "released", "started")
    return {"wait": float(wait.mean()), "share that waits": float((wait > 0).mean())}


def waits_by_class(log: EventLog, warmup: int) -> Figures:
    """Mean wait of each class, the first with the highest level."""
    level = log.attributes["level"][log.items["case"][cohort(log, warmup)[log.items["case"]]]]
    wait = spans(log, warmup, "released", "started")
    return {f"wait of class {3 - int(n)}": float(wait[level == n].mean()) for n in (2, 1, 0)}


def sojourn(log: EventLog, warmup: int) -> Figures:
    """Mean time from need to end."""
    chosen = cohort(log, warmup)
    return {"time": float((log.cases["ended"] - log.cases["need"])[chosen].mean()) / MINUTE}


def through_measures(*names: str) -> Callable[[EventLog, int], Figures]:
    """Read figures with bpsim.measures: `NAME` or `NAME of GROUP`, in minutes where they are times."""

    def read(log: EventLog, warmup: int) -> Figures:
        cohort(log, warmup)
        found = {
            (m.name, m.group): m.value / (MINUTE if m.unit == "ms" else 1) for m in measure(log, warmup=warmup).measures
        }
        return {name: found[(name.partition(" of ")[0], name.partition(" of ")[2])] for name in names}

    return read


def holds(log: EventLog, warmup: int) -> Figures:
    """Mean time held for a batch, from the ledger."""
    found = measure(log, warmup=warmup)
    return {"hold": found.tasks["served"]["batching"] / MINUTE / found.counts.finished}


# -- known answers ---------------------------------------------------------------------------------------------------

PERCENT = 0.01


def steady(
    name: str,
    process: Written,
    size: tuple[float, int],
    read: Callable[[EventLog, int], Figures],
    exact: Mapping[str, float | tuple[float, float]],
    *,
    replications: int = 20,
    warmup: int = 3000,
) -> Model:
    """Make a model from its rate and the arrivals measured in all; `warmup` arrivals come first in each replication."""
    rate, arrivals = size
    bounds = {key: value if isinstance(value, tuple) else (value, PERCENT) for key, value in exact.items()}
    length = round(arrivals / replications / rate) * MINUTE
    return Model(name, process, round(warmup / rate) * MINUTE, length, replications, read, bounds)


def single_queues() -> list[Model]:
    """One queue: M/M/c, M/G/1, D/M/1 and arrivals three at a time."""
    three, ten = theory.mmc(2.4, 3), theory.mmc(9, 10)
    measured = through_measures("waiting_time.mean", "queue.mean of task=served", "utilisation of role=desk.clerk")
    one = theory.mm1(0.8)
    by_clock = queue(1, 1, exponential(1)) | {"cases": {"arrivals": "1.25min"}}
    in_threes = queue(1, 1, exponential(1)) | {"cases": {"arrivals": {"every": exponential(4), "size": 3}}}
    models = [
        steady("M/M/1, load .8", queue(0.8, 1, exponential(1)), (0.8, 1_300_000), measured,
               dict(zip(("waiting_time.mean", "queue.mean of task=served", "utilisation of role=desk.clerk"),
                        (one.waiting, one.queue, one.utilisation), strict=True))),
        steady("M/M/3, load .8", queue(2.4, 3, exponential(1)), (2.4, 1_500_000), waits_and_chance,
               {"wait": three.waiting, "share that waits": three.p_wait}),
        steady("M/M/10, load .9", queue(9, 10, exponential(1)), (9, 1_600_000), waits_and_chance,
               {"wait": (ten.waiting, 0.02), "share that waits": (ten.p_wait, 0.02)}, warmup=10_000),
        steady("D/M/1, load .8", by_clock, (0.8, 900_000), waits, {"wait": theory.dm1(0.8).waiting}),
        steady("M[3]/M/1, load .75", in_threes, (0.75, 1_300_000), waits, {"wait": theory.batch_mm1(0.25, 3).waiting}),
    ]  # fmt: skip
    services = {
        "D": ("1min", 0, 900_000, PERCENT),
        "E4": ("erlang(k=4, mean=1min)", 1 / 4, 1_100_000, PERCENT),
        "U(.5, 1.5)": ("uniform(0.5min, 1.5min)", 1 / 12, 900_000, PERCENT),
        "LN, cv2 4": ("lognormal(mean=1min, sd=2min)", 4, 2_400_000, 0.02),
    }
    for name, (service, cv2, arrivals, tolerance) in services.items():
        exact = {"wait": (theory.mg1(0.8, service_cv2=cv2).waiting, tolerance)}
        models.append(steady(f"M/{name}/1, load .8", queue(0.8, 1, service), (0.8, arrivals), waits, exact))
    return models


def classes(shares: tuple[int, int, int]) -> Written:
    """Write three classes of cases, the first with the highest priority."""
    weights = ", ".join(map(str, shares))
    return {"attributes": {"level": f"empirical([2, 1, 0], weights=[{weights}])"}, "priority": "level"}


def priorities() -> list[Model]:
    """Cobham's queues: three classes, work never interrupted."""
    bounds = (PERCENT, PERCENT, 0.02)
    models = []
    for servers in (1, 3):
        waiting = theory.priority_waiting([rate * servers for rate in (0.2, 0.3, 0.3)], servers=servers)
        process = queue(0.8 * servers, servers, exponential(1), **classes((2, 3, 3)))
        exact = {f"wait of class {n}": (waiting[n - 1], bounds[n - 1]) for n in (1, 2, 3)}
        size = (0.8 * servers, 1_000_000)
        models.append(steady(f"Cobham M/M/{servers}, load .8", process, size, waits_by_class, exact))
    return models


def squares(log: EventLog, warmup: int) -> Figures:
    """Mean wait, and mean square of the wait."""
    wait = spans(log, warmup, "released", "started")
    return {"wait": float(wait.mean()), "square of the wait": float((wait**2).mean())}


def times_by_class(log: EventLog, warmup: int) -> Figures:
    """Mean time of each class from release to completion, the first with the highest level."""
    level = log.attributes["level"][log.items["case"][cohort(log, warmup)[log.items["case"]]]]
    time = spans(log, warmup, "released", "completed")
    return {f"time of class {3 - int(n)}": float(time[level == n].mean()) for n in (2, 1, 0)}


def differing() -> list[Model]:
    """People and work that are not alike: who is next, who is interrupted, who is fast, who is absent."""

    def desk(rate: float, service: str, role: Written, **cases: Any) -> Written:  # noqa: ANN401
        made = queue(rate, 1, service, **cases)
        return made | {"departments": {"desk": {"roles": {"clerk": {"staff": 1, **role}}}}}

    interrupted = desk(0.8, exponential(1), {}, **classes((2, 3, 3)), preempts="true")
    exact = theory.preemptive_sojourn([0.2, 0.3, 0.3])
    bounds = {f"time of class {n}": (exact[n - 1], 0.02 if n == 3 else PERCENT) for n in (1, 2, 3)}
    models = [steady("preemptive M/M/1, load .8", interrupted, (0.8, 900_000), times_by_class, bounds)]
    for discipline in ("siro", "lifo"):
        process = desk(0.5, exponential(1), {"discipline": discipline})
        size = {"siro": 500_000, "lifo": 900_000}[discipline]
        figures = {"wait": theory.mm1(0.5).waiting, "square of the wait": (theory.squared_wait(0.5, discipline), 0.02)}
        models.append(steady(f"M/M/1 {discipline}, load .5", process, (0.5, size), squares, figures))
    short = desk(0.6, "empirical([0.5min, 2min], weights=[2, 1])", {"discipline": "spt"})
    slow = desk(0.8, exponential(1.25), {"staff": 1, "proficiency": 1.25})
    ill = {"name": "ill", "every": exponential(10), "lasts": exponential(2.5), "interrupts": True}
    absent = desk(0.5, exponential(1), {"absences": [ill]})
    return [
        *models,
        steady("shortest first, load .6", short, (0.6, 400_000), waits,
               {"wait": theory.shortest_first([0.4, 0.2], [0.5, 2])}),
        steady("M/M/1, proficiency 1.25", slow, (0.8, 900_000), waits, {"wait": theory.mm1(0.8).waiting}),
        steady("M/M/1 with absences", absent, (0.5, 700_000), sojourn,
               {"time": theory.unreliable_sojourn(0.5, 0.1, 0.4)}),
    ]  # fmt: skip


def networks() -> list[Model]:
    """Several stations: Jackson's rework loop, a tandem, fork and join."""
    jackson = theory.jackson([1, 0], [[0, 1], [0.2, 0]], [(1, 2), (2, 0.8)])
    rework = {
        "departments": people(first=1, second=2),
        "cases": {"arrivals": exponential(1)},
        "flow": flow(
            "again",
            again={"type": "exclusive", "next": "one"},
            one=task("first", exponential(0.5), "two"),
            two=task("second", exponential(1.25), "good"),
            good={"type": "exclusive", "next": {"again": "20%", "gone": "else"}},
        ),
    }
    tandem = {
        "departments": people(first=1, second=1),
        "cases": {"arrivals": exponential(1.25)},
        "flow": flow("one", one=task("first", exponential(1), "two"), two=task("second", exponential(1 / 1.6), "gone")),
    }
    return [
        steady("Jackson, rework 20 %", rework, (1, 500_000), through_measures("lead_time.mean", "touches.mean"),
               {"lead_time.mean": jackson.total_time, "touches.mean": sum(jackson.arrival_rates)}),
        steady("tandem, loads .8 and .5", tandem, (0.8, 800_000), sojourn,
               {"time": theory.tandem_sojourn(0.8, (1, 1.6))}),
        steady("fork-join of 2, load .5", block(2, 1, 0.5), (0.5, 200_000), through_measures("lead_time.mean"),
               {"lead_time.mean": theory.fork_join_two(0.5)}),
        steady("AND of 2, ample staff", block(2, 60, 1), (1, 40_000), through_measures("lead_time.mean"),
               {"lead_time.mean": theory.longest_of(2)}, warmup=100),
        steady("AND of 3, ample staff", block(3, 60, 1), (1, 40_000), through_measures("lead_time.mean"),
               {"lead_time.mean": theory.longest_of(3)}, warmup=100),
    ]  # fmt: skip


def block(branches: int, staff: int, rate: float) -> Written:
    """Write a parallel block of exponential tasks, each with people of its own."""
    names = [f"branch{n}" for n in range(branches)]
    tasks = {name: task(name, exponential(1), "joined") for name in names}
    split, join = {"type": "parallel", "next": names}, {"type": "parallel", "next": "gone"}
    return {
        "departments": people(**dict.fromkeys(names, staff)),
        "cases": {"arrivals": exponential(1 / rate)},
        "flow": flow("split", split=split, **tasks, joined=join),
    }


def pooled() -> list[Model]:
    """Pooling: like jobs gain by it, unlike jobs lose."""
    rate = 0.88

    def unlike(short: str, long: str, **staff: int) -> Written:
        """Write short and long jobs, done by these roles."""
        return {
            "departments": people(**staff),
            "cases": {"arrivals": exponential(1 / rate), "attributes": {"long": f"bernoulli({0.08 / rate!r})"}},
            "flow": flow(
                "which",
                which={"type": "exclusive", "next": {"slow": "long", "quick": "else"}},
                quick=task(short, exponential(1), "gone"),
                slow=task(long, exponential(10), "gone"),
            ),
        }

    apart = unlike("clerk", "expert", clerk=1, expert=1)
    together = unlike("clerk", "clerk", clerk=2)
    alone = (0.8 * theory.mm1(0.8).waiting + 0.08 * theory.mm1(0.08, 0.1).waiting) / rate
    mixed = pooling.unlike_jobs_waiting((0.8, 0.08), (1, 10), 2)
    return [
        steady("two like queues pooled", queue(1.6, 2, exponential(1)), (1.6, 1_300_000), waits,
               {"wait": theory.mmc(1.6, 2).waiting}),
        steady("unlike jobs apart", apart, (rate, 3_600_000), waits, {"wait": alone}, warmup=10_000),
        steady("unlike jobs pooled", together, (rate, 5_400_000), waits, {"wait": mixed}, warmup=10_000),
    ]  # fmt: skip


def calendars() -> list[Model]:
    """Batches and openings, over whole weeks."""

    def batched(**batch: object) -> Written:
        return {
            "departments": people(clerk=40),
            "cases": {"arrivals": exponential(30)},
            "flow": flow("served", served=task("clerk", "1min", "gone", batch=batch)),
        }

    office = {
        "calendars": {"office": {"mon-fri": "09:00-17:00"}},
        "departments": {"desk": {"calendar": "office", "roles": {"clerk": {"staff": 1}}}},
        "cases": {"arrivals": exponential(30)},
        "flow": flow("served", served=task("clerk", "0min", "gone")),
    }
    day = DAY / MINUTE
    exact = {
        "batch of 5": (batched(size=5), holds, "hold", theory.batch_hold(5, 1 / 30)),
        "a run every day": (batched(schedule="mon-sun 12:00"), holds, "hold", theory.schedule_hold([day])),
        "runs on Mon and Thu": (
            batched(schedule="mon, thu 09:00"), holds, "hold", theory.schedule_hold([3 * day, 4 * day])),
        "waiting for the opening": (office, waits, "wait", theory.schedule_hold([16 * 60] * 4 + [64 * 60], 7 * day)),
    }  # fmt: skip
    return [
        Model(name, process, WEEK, 52 * WEEK, 10, read, {figure: (value, PERCENT)})
        for name, (process, read, figure, value) in exact.items()
    ]


def paths() -> list[Model]:
    """Routing without queues: knock-out checks in two orders, and rework."""
    checks = {1: (10, 0.1), 2: (20, 0.3), 3: (40, 0.5)}

    def knock_out(order: tuple[int, ...]) -> Written:
        nodes: Written = {}
        for place, n in enumerate(order):
            following = f"check{order[place + 1]}" if place + 1 < len(order) else "gone"
            effort, reject = checks[n]
            nodes[f"check{n}"] = task("clerk", f"{effort}min", f"passed{n}" if following != "gone" else "gone")
            if following != "gone":
                nodes[f"passed{n}"] = {"type": "exclusive", "next": {"gone": f"{reject:.0%}", following: "else"}}
        return {
            "departments": people(clerk=60),
            "cases": {"arrivals": exponential(10)},
            "flow": flow(f"check{order[0]}", **nodes),
        }

    def rework(share: float) -> Written:
        return {
            "departments": people(clerk=60),
            "cases": {"arrivals": exponential(10)},
            "flow": flow(
                "again",
                again={"type": "exclusive", "next": "work"},
                work=task("clerk", "5min", "good"),
                good={"type": "exclusive", "next": {"again": share, "gone": "else"}},
            ),
        }

    effort, touches = through_measures("processing_time.mean"), through_measures("touches.mean")
    models = [
        steady(f"knock-out, order {order}", knock_out(order), (0.1, 40_000), effort,
               {"processing_time.mean": theory.knock_out_effort([checks[n] for n in order])}, warmup=10)
        for order in ((1, 2, 3), (2, 3, 1))
    ]  # fmt: skip
    return models + [
        steady(f"rework with {share:.0%}", rework(share), (0.1, 40_000), touches,
               {"touches.mean": theory.rework_passes(share)}, warmup=10)
        for share in (0.2, 0.5)
    ]  # fmt: skip


MODELS = {
    model.name: model
    for made in (single_queues, priorities, differing, networks, pooled, calendars, paths)
    for model in made()
}
