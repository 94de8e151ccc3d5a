"""The flow run: what a process asks for before anybody waits. Cases walk the graph with everybody at once, at any hour.

Queues, calendars, batches, transfers and other duties are taken away; what is left are the ways that cases take and the
work they make. Draws have the same addresses as in a run, so the same case meets the same luck.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from bpsim.engine.families import Families, Figures, Numbers, families, totals
from bpsim.engine.offered import enough, spread_evenly
from bpsim.engine.plan import DAY, BatchPlan, NodePlan, Plan, compile_plan
from bpsim.engine.replication import MOST_ITEMS, replicate
from bpsim.errors import RunError
from bpsim.eventlog import COMPLETED, FIRST_JOIN, NONE, TIMED_OUT, EventLog
from bpsim.model.demand import Cases
from bpsim.model.findings import Finding
from bpsim.model.graph import flows, nodes_in_cycles
from bpsim.model.people_checks import role_path
from bpsim.model.process import Process
from bpsim.values.calendars import NEVER, OpenTable
from bpsim.values.distributions import constant
from bpsim.values.durations import HOUR

#: The year that stands for all: 52 whole weeks.
START, WEEKS = date(2025, 1, 6), 52
YEAR = WEEKS * 7 * DAY
#: So many years at most are walked until the cases have come, and so many more until they have ended.
MOST_YEARS, DRAIN_YEARS = 200, 20
#: So many nodes are passed when a file is read: a large flow is walked by fewer cases, by 20 at least.
PASSES = 50_000
#: So many nodes may a case pass on average: more is a loop that is hardly ever left.
MANY = 30_000
#: So few cases are enough to meet most rules that fail.
FEW = 20
#: So many people of each role: nobody waits.
AMPLE = 500


@dataclass(frozen=True)
class FlowRun:
    """What a case asks for on average, and what that makes of people's time.

    Times are in milliseconds. In a run of several processes a case is one of the main process, with those that it
    calls; for the nodes of another process where cases come, one of that process. `weekly` is how many such cases come
    in a week. `visits` and `spread` (the standard deviation over cases) are by node; `work` by task,
    with the setup and the sharing of batches; `load` by role: work that comes in per unit of its working time; `enough`
    are the people with whom a role's load is below 1; `per_week` the cases that come in a week; `lead_time` the mean
    time along the critical way when nothing is waited for (the durations of people, machines, clients and timers).
    """

    cases: int
    per_week: float
    visits: dict[str, float]
    weekly: dict[str, float]
    spread: dict[str, float]
    work: dict[str, float]
    role_work: dict[str, float]
    department_work: dict[str, float]
    handoffs: dict[str, float]
    contacts: dict[str, float]
    documents: float
    load: dict[str, float]
    enough: dict[str, int]
    lead_time: float

    @property
    def touch_time(self) -> float:
        """Give the work of people for a case."""
        return math.fsum(self.department_work.values())


def flow_run(process: Process, *, cases: int = 2000, seed: int = 1) -> FlowRun:
    """Walk so many cases through the graph of a process; RunError when a rule of the process fails for one of them."""
    plan = compile_plan(_steady(process), start=START, length=YEAR, drain=0)
    log = replicate(_freed(plan, cases), seed=seed, replication=0, most=min(MOST_ITEMS, MANY * cases))
    found = families(log, [_a_year(each) / WEEKS for each in plan.every()])
    home = found.home([node.process for node in plan.nodes])
    ranks = range(len(plan.nodes))
    visits = dict(zip([node.name for node in plan.nodes], _visits(log, found, home).tolist(), strict=True))
    weekly = {node.name: float(found.per_week[home[i]]) for i, node in enumerate(plan.nodes)}
    work = _work(log, plan, found, {name: weekly[name] * each for name, each in visits.items()})
    told = {plan.nodes[i].name: _spread(log, found, i, int(home[i])) for i in ranks}
    main = _Main(log, found)
    mine = work if len(found.count) == 1 else _work(log, plan, main.alone(), dict.fromkeys(visits, 0.0))
    performers = [
        (name, performer)
        for name, task in process.work().items()
        if task.by_people()
        for performer in (task.performer if task.together else task.performer[:1])
    ]
    load, people = _loads(plan, work, weekly)
    return FlowRun(
        cases=main.count,
        per_week=float(found.per_week[0]),
        visits=visits,
        weekly=weekly,
        spread=told,
        work=work,
        role_work=_sums((role, mine[name]) for name, role in performers),
        department_work=_sums(
            (role.partition(".")[0], mine[name]) for name, role in performers if process.role(role).kind == "people"
        ),
        handoffs=_handoffs(log, plan, main),
        contacts={way: _contacts(log, way, main) / main.heads for way in ("in", "out")},
        documents=_documents(log, main) / main.heads + log.settings.documents,
        load=load,
        enough=people,
        lead_time=_lead_time(log, main),
    )


class _Main:
    """The families of the main process in a flow run."""

    def __init__(self, log: EventLog, found: Families) -> None:
        self._found = found
        own = log.cases["process"] == 0
        self.cases = own & (found.root == np.arange(len(own)))
        self.count = int(self.cases.sum())
        self.heads = int(found.count[0])
        self.rows = found.rows_of(log, 0)

    def alone(self) -> Families:
        """Give the families as if only those of the main process came."""
        return replace(self._found, per_week=np.eye(1, len(self._found.count))[0])


def _sums(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: math.fsum(values) for name, values in sorted(found.items())}


# -- the process without waiting -------------------------------------------------------------------------------------


def _freed(plan: Plan, cases: int) -> Plan:
    """Take everything away that makes cases wait; let arrivals go on over the years until there are enough cases."""
    main = _freed_one(plan, cases)
    others = [_freed_one(each, cases) for each in plan.others]
    length = max(each.length for each in (main, *others))
    horizon = length + DRAIN_YEARS * YEAR
    others = [replace(each, length=length, horizon=horizon) for each in others]
    return replace(main, length=length, horizon=horizon, others=tuple(others))


def _freed_one(plan: Plan, cases: int) -> Plan:
    """Free one of the processes; where nobody comes but by calls, that stays so (for the main one, cases come)."""
    always = OpenTable((0,), (NEVER,))
    roles = tuple(role.ample(AMPLE, AMPLE * i) for i, role in enumerate(plan.roles))
    most = plan.arrivals.most
    if most == 0 and plan.number == 0:
        plan = replace(plan, arrivals=replace(plan.arrivals, every=constant(HOUR), pieces=((0, YEAR, 1.0, 0),), most=1))
    a_year = _a_year(plan)
    years = min(MOST_YEARS, 2 + math.ceil(1.2 * cases / a_year)) if a_year > 0 else 1
    pieces = tuple(
        (begin + year * YEAR, length, profile, day + year * WEEKS * 7)
        for year in range(years)
        for begin, length, profile, day in plan.arrivals.pieces
    )
    asks, clocks = plan.client is not None and plan.client.chases is not None, len(plan.deadlines)
    nodes = tuple(_free(node, years + DRAIN_YEARS, asks=asks, clocks=clocks) for node in plan.nodes)
    return replace(
        plan,
        length=years * YEAR,
        horizon=(years + DRAIN_YEARS) * YEAR,
        nodes=nodes,
        roles=roles,
        queues=tuple(replace(queue, discipline="fifo") for queue in plan.queues),
        pools=tuple(replace(pool, simple=False, breaks=False) for pool in plan.pools),
        tables=(always,) * len(plan.tables),
        arrivals=replace(plan.arrivals, pieces=pieces, most=cases if plan.number == 0 else min(cases, most)),
        channels=tuple(replace(channel, delay=constant(0)) for channel in plan.channels),
        priority=None,
        preempts=None,
        breaks_off=False,
        deadlines=(),
        dues=(),
        client=replace(plan.client, withdraws=None) if asks and plan.client else None,
    )


def _free(node: NodePlan, years: int, *, asks: bool, clocks: int) -> NodePlan:
    """Take batches and transfers away from a node; the times that a timer waits for come every year.

    Where clients ask about the state, they do not while they have something to do: the client who waits is clock 0.
    """
    until = node.until
    if until is not None:
        until = tuple(year * YEAR + time for year in range(years) for time in until if time < YEAR)
    stops, wish = ((0,) if asks and clocks in node.stops else ()), replace(node.wish, named=False)
    freed = replace(
        node, stops=stops, batch=None, transfers=(), reneging=None, wish=wish, until=until, hold_after=NEVER
    )
    return replace(freed, milestone=not node.work)


def _a_year(plan: Plan) -> float:
    """Give the number of cases that arrive in a year, on average."""
    arrivals = plan.arrivals
    if arrivals.most == 0:
        return 0.0
    stretched = math.fsum(length * profile for _, length, profile, _ in arrivals.pieces)
    return stretched / arrivals.every.mean() * (arrivals.size.mean() if arrivals.size else 1) if stretched else 0.0


def _steady(process: Process) -> Process:
    """Let as many cases come in every year: without growth and shocks; evenly, where their times are given."""
    others = {
        name: one.model_copy(update={"cases": _evenly(one.cases, process)}) for name, one in process.others.items()
    }
    return process.model_copy(update={"cases": _evenly(process.cases, process), "others": others})


def _evenly(cases: Cases, process: Process) -> Cases:
    arrivals = cases.arrivals
    more: dict[str, object] = {"growth": 0.0, "shocks": ()}
    if arrivals.times:
        times = [moment.at(START) for moment in arrivals.times]
        span = max(max(times) - min(times), 7 * DAY)
        more |= {"every": constant(max(span // len(times), 1)), "times": ()}
    elif arrivals.appointments:
        booked = arrivals.appointments
        slots = booked.clients * (1 - booked.no_show)
        more |= {"every": constant(max(booked.every / slots, 1)), "appointments": None}
    elif cases.trigger and cases.trigger.vacancy:
        role = process.role(cases.trigger.vacancy)
        a_year = role.staff * (role.leaving.rate if role.leaving else 0.0)
        more |= {"every": constant(365 * DAY / a_year if a_year else NEVER), "at_most": None}
    return cases.model_copy(update={"arrivals": arrivals.model_copy(update=more)})


# -- what the log says -----------------------------------------------------------------------------------------------


def _visits(log: EventLog, found: Families, home: Numbers) -> Figures:
    """Give the passes of every node for a case of its home."""
    return found.a_case(totals(log, found), home)


def _spread(log: EventLog, found: Families, rank: int, home: int) -> float:
    """Give the standard deviation of a node's passes over the families of its home."""
    mine = found.root[log.items["case"][log.items["node"] == rank]]
    heads = np.unique(found.root[found.kind == home])
    return float(np.bincount(mine, minlength=len(found.root))[heads].std()) if len(heads) else 0.0


def _work(log: EventLog, plan: Plan, families_: Families, per_week: Mapping[str, float]) -> dict[str, float]:
    """Give the work of each task for a case: the whole of it, or a member's part of a batch with its setup."""
    done = (log.items["completed"] != NONE) & (log.items["started"] != NONE)
    took = np.where(done, log.items["completed"] - log.items["started"], 0).astype(np.float64)
    home = families_.home([node.process for node in plan.nodes])
    spent = families_.a_case(totals(log, families_, took), home)
    passes = families_.a_case(totals(log, families_, done.astype(np.float64)), home)
    found = {}
    for i, node in enumerate(plan.nodes):
        mine = float(spent[i])
        if node.work and node.batch is not None:
            members = _members(node.batch, per_week[node.name] / (7 * DAY))
            setups = node.batch.setup.mean() * float(passes[i])
            mine = mine + setups / members if node.batch.one_by_one else (mine + setups) / members
        if node.work:
            found[node.name] = mine
    return found


def _members(batch: BatchPlan, rate: float) -> float:
    """Estimate the members of a run, when so many items come per millisecond: whatever fires first."""
    found = [float(batch.size), float(batch.most)]
    if batch.max_wait < NEVER:
        found.append(1 + rate * batch.max_wait)
    if batch.times:
        found.append(rate * YEAR / len(batch.times))
    return max(1.0, min(found))


def _lead_time(log: EventLog, main: _Main) -> float:
    """Give the mean time of the cases that ended, along the critical way, without waits for the same person."""
    items, spent = log.items, list[int]()
    begun = np.where(items["started"] == NONE, items["released"], items["started"])
    for pred, lasted in zip(items["pred"].tolist(), (items["completed"] - begun).tolist(), strict=True):
        spent.append(_spent(log, pred, spent) + max(lasted, 0))
    last = log.cases["last"][(log.cases["ended"] != NONE) & main.cases].tolist()
    return math.fsum(_spent(log, row, spent) for row in last) / max(len(last), 1)


def _spent(log: EventLog, pred: int, spent: Sequence[int]) -> int:
    """Give the time until the row (or the firing of a join, which waits for the longest) that enabled another."""
    if pred >= 0:
        return spent[pred]
    if pred > FIRST_JOIN:
        return 0
    firing = FIRST_JOIN - pred
    preds = log.join_preds[log.join_starts[firing] : log.join_starts[firing + 1]].tolist()
    return max(_spent(log, one, spent) for one in preds)


def _contacts(log: EventLog, way: str, main: _Main) -> float:
    """Count contacts of one direction; a letter that nobody answered went out all the same."""
    wanted = np.array([way in node.contact for node in log.settings.nodes])[log.items["node"]]
    status = log.items["status"]
    wanted &= main.rows
    return float((wanted & ((status == COMPLETED) | ((status == TIMED_OUT) & (way == "out")))).sum())


def _documents(log: EventLog, main: _Main) -> float:
    wanted = np.array([node.documents for node in log.settings.nodes], np.int64)[log.items["node"]]
    return float(wanted[(log.items["status"] == COMPLETED) & main.rows].sum())


def _handoffs(log: EventLog, plan: Plan, main: _Main) -> dict[str, float]:
    """Count the causal arcs between items of people that change role, department or body.

    An item is done by its first performer, or by who is named by `same_person_as`.
    """
    settings = plan.settings
    human = np.array([info.kind == "people" for info in settings.nodes])[log.items["node"]]
    roles = np.where(human, log.items["person"].astype(np.int64) // AMPLE, NONE).tolist()
    before: list[frozenset[int]] = []
    arcs: Counter[tuple[int, int]] = Counter()
    for role, pred, mine in zip(roles, log.items["pred"].tolist(), main.rows.tolist(), strict=True):
        here = _before(log, pred, before)
        if role == NONE:
            before.append(here)
            continue
        arcs.update((roles[row], role) for row in here if mine)
        before.append(frozenset((len(before),)))
    units: dict[str, Sequence[object]] = {
        "role": list(range(len(settings.roles))),
        "department": [role.department for role in settings.roles],
        "body": [settings.departments[role.department].body for role in settings.roles],
    }
    return {
        level: sum(count for (one, other), count in arcs.items() if bool(unit[one] != unit[other])) / main.heads
        for level, unit in units.items()
    }


def _before(log: EventLog, pred: int, before: Sequence[frozenset[int]]) -> frozenset[int]:
    """Give the nearest rows done by people, from the row (or the firing of a join) that enabled another."""
    if pred >= 0:
        return before[pred]
    if pred > FIRST_JOIN:
        return frozenset()
    firing = FIRST_JOIN - pred
    preds = log.join_preds[log.join_starts[firing] : log.join_starts[firing + 1]].tolist()
    return frozenset[int]().union(*(_before(log, one, before) for one in preds))


# -- load ------------------------------------------------------------------------------------------------------------


def _loads(
    plan: Plan, work: Mapping[str, float], weekly: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, int]]:
    """Give the load of every role, work spread as evenly as the performers allow, and the people that would do."""
    capacity = [
        sum(
            person.proficiency * person.employed(YEAR) * plan.tables[person.calendar].between(0, YEAR) * number
            for person, number in role.alike()
        )
        * role.present()
        / WEEKS
        for role in plan.roles
    ]
    demands = [
        (weekly[node.name] * work[node.name], [role for group in groups for role in group])
        for node in plan.nodes
        if node.kind == "people"
        for groups in plan.queues[node.queue].seats or (plan.queues[node.queue].groups,)
    ]
    load = spread_evenly(demands, capacity)
    people = {
        role.name: enough(demands, capacity, i, role.staff) if 1 <= load[i] < math.inf else role.staff
        for i, role in enumerate(plan.roles)
    }
    return {role.name: load[i] for i, role in enumerate(plan.roles)}, people


def load_findings(process: Process, flow: FlowRun | None = None) -> list[Finding]:
    """Say where work comes in faster than it can be done, or which rule of the process fails for a case."""
    try:
        passes: float = len(process.flow)
        if flow is None and nodes_in_cycles(process):  # what goes round for ever is found before 2,000 cases do
            passes = max(passes, sum(flow_run(process, cases=FEW).visits.values()))
        flow = flow or flow_run(process, cases=min(2000, max(FEW, int(PASSES / passes))))
    except RunError as error:
        return [Finding(error.code, ("flow",), error.what, error.hint, key=True)]
    found = []
    for name, load in flow.load.items():
        if load >= 1:
            what = f"load {load:.3g}: the queue of {name} grows without end"
            hint = f"{flow.enough[name]} people would do." if math.isfinite(load) else "Give it people with hours."
            found.append(Finding("BP451", (*role_path(name), "staff"), what, hint))
    found += _rare_batches(process, flow)
    return found


def _rare_batches(process: Process, flow: FlowRun) -> list[Finding]:
    """Find batches that wait for a number which takes more than a year to come together."""
    found = []
    for name, task in process.tasks().items():
        batch = task.batch
        if batch is None or batch.size is None or batch.schedule or batch.max_wait < NEVER:
            continue
        years = batch.size / (flow.weekly[name] * flow.visits[name] * WEEKS or 1e-9)
        if years > 1:
            what = f"it takes {years:.2g} years until {batch.size:,} have come together"
            found.append(
                Finding("BP417", ("flow", name, "batch", "size"), what, "Take a smaller size, or add max_wait.")
            )
    return found


# -- traffic equations -----------------------------------------------------------------------------------------------


def traffic(process: Process) -> dict[str, float] | None:
    """Solve for the expected visits of every node; None when a way depends on the case, or on a timeout."""
    plan = compile_plan(process, start=START, length=DAY, drain=0)
    plain = all(node.call is None and not node.boundaries and not node.branches for node in plan.nodes)
    if plan.client or not plain or any(node.rule in {"odds", "first", "only"} for node in plan.nodes):
        return None
    into = Counter(target for targets in flows(process).values() for target in targets)
    matrix = np.eye(len(plan.nodes))
    for rank, node in enumerate(plan.nodes):
        shares = np.diff(node.cumulative, prepend=0.0) if node.rule == "shares" else np.ones(len(node.targets))
        if node.rule == "shares":
            shares[-1] = 1 - sum(shares[:-1])  # the last entry takes the rest
        for target, share in zip(node.targets, shares.tolist(), strict=True):
            parts = into[plan.nodes[target].name] if plan.nodes[target].kind == "join" else 1
            matrix[target, rank] -= share / parts
    start = np.zeros(len(plan.nodes))
    start[plan.start] = 1
    solved = np.linalg.solve(matrix, start)
    return {node.name: float(visits) for node, visits in zip(plan.nodes, solved, strict=True)}
