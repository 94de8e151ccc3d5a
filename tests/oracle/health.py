"""Says which constructs of the language a run has reached, so that a drawn process cannot be an easy one unnoticed."""

from collections import Counter
from collections.abc import Iterator

from bpsim.model.flow import Call, End, EventBased, Exclusive, Inclusive, Parallel, Receive, Task, Timer
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.values.durations import WorkingDays
from tests.oracle.hours import HOUR, Hours
from tests.oracle.reference import OPEN, TIMED_OUT, Reference
from tests.oracle.staff import (
    ABSENCE,
    ABSENT,
    ARRIVAL,
    BACKLOG,
    CALLED_AWAY,
    CANCELLED,
    COMPLETED,
    PREEMPTED,
    RENEGED,
    TRAINING,
    VACANT,
)

#: Every construct that `reached` may name.
CONSTRUCTS = frozenset({
    "pause", "lunch break", "other duties", "fit", "alternative performer", "also", "machine", "priority",
    "zero duration", "batch", "batch by size", "batch by patience", "batch by schedule", "cut-off", "one by one",
    "setup", "largest run", "loop", "join", "shares", "conditions", "ordered conditions", "computed shares",
    "same person", "patience by attribute", "transfer", "client", "external", "system", "timer", "time-out",
    "working days", "parts", "lineage", "choice by attribute", "factor", "assign", "channel", "delayed channel",
    "profile", "daily dispersion", "milestone", "open at the stop", "outcome", "simple pool",
    "terminated", "block broken off", "inclusive split", "inclusive join", "timer until", "backlog",
    "together in arrivals", "growth", "shock", "times",
    "appointments", "profile of hours", "error made", "error found", "error corrected", "errors decide",
    "named person", "group of staff", "proficiency", "discipline edd", "discipline spt", "discipline siro",
    "discipline lifo", "overtime", "absence", "not employed", "interrupted by absence",
    "interrupted by duties", "called case", "returns", "instances", "sequence of instances", "application",
    "not waited for", "companion", "message", "message not got", "several people", "people held", "owner or team",
    "named by the case", "four eyes", "learning", "familiarity", "preempted", "preempting case", "trained", "vacancy",
    "hired", "work timed out", "racer", "escalated", "held no longer", "race of events", "clock that acts", "withdrawn",
    "reneged", "question", "answer", "unclear letter", "wrong desk", "channel by group", "channel shift",
})  # fmt: skip


def reached(process: Process, history: Reference, hours: dict[str, Hours]) -> frozenset[str]:
    """Name the constructs that made a difference in a run (or that were at least passed)."""
    found = {*_of_work(process, history, hours), *_of_flow(process, history), *_of_cases(process, history)}
    return frozenset(
        {
            *found,
            *_of_people(process, history),
            *_of_families(process, history),
            *_of_demand(process, history),
            *_of_boundaries(process, history),
            *_of_clients(process, history),
        }
    )


def _of_work(process: Process, history: Reference, hours: dict[str, Hours]) -> Iterator[str]:
    """Constructs of people and batches."""
    roles = process.roles()
    people = [name for name in sorted(roles) for _ in range(roles[name].staff)]
    tasks = process.work()
    for _, name, _, _, person, created, transferred, released, started, completed, _ in history.rows:
        node = process.flow.get(name)
        if person < 0 or not isinstance(node, Task):
            continue
        role, calendar = people[person], hours[roles[people[person]].calendar]
        own = node.performer[0] == role
        paused = completed - started - calendar.open_time(started, completed) if completed >= 0 else 0
        yield from {"pause"} if paused else ()
        yield from {"lunch break"} if 0 < paused <= HOUR else ()
        yield from {"fit"} if roles[role].at_shift_end == "fit" and started > released else ()
        yield from {"alternative performer"} if role in node.performer[1:] else ()
        yield from {"also"} if not own and role not in node.performer else ()
        yield from {"machine"} if roles[role].kind == "system" else ()
        yield from {"zero duration"} if completed == started else ()
        yield from {"same person"} if node.same_person_as and started > released else ()
        yield from {"patience by attribute"} if not isinstance(node.keeps_for, int) else ()
        yield from {"transfer"} if transferred > created else ()
        yield from {"parts"} if node.parts else ()
        yield from {"simple pool"} if len(process.performers(node)) == 1 and process.cases.priority.text == "0" else ()
    yield from {"other duties"} if history.duties else ()
    for name, released, _, _, _, setup, members in history.batches:
        batch = tasks[name].batch
        waits = [history.rows[member][6] for member in members]
        yield from {"batch"} if len(members) > 1 else ()
        yield from {"batch by size"} if batch.size and len(members) == batch.size else ()
        yield from {"batch by patience"} if released == min(waits) + batch.max_wait and released > min(waits) else ()
        yield from {"batch by schedule"} if batch.schedule and batch.max_wait == NEVER and not batch.size else ()
        yield from {"cut-off"} if batch.cutoff else ()
        yield from {"one by one"} if batch.mode == "one_by_one" and len(members) > 1 else ()
        yield from {"setup"} if setup else ()
        yield from {"largest run"} if batch.max and len(members) == batch.max else ()


def _of_flow(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of nodes and flows that some case has passed."""
    passed = {row[1] for row in history.rows}
    for name in passed & process.flow.keys():
        node = process.flow[name]
        yield from {"timer"} if isinstance(node, Timer) else ()
        yield from {"timer until"} if isinstance(node, Timer) and node.until else ()
        yield from {"lineage"} if node.was else ()
        yield from {"assign"} if node.assign else ()
        yield from {"milestone"} if not isinstance(node, Task | Timer) else ()
        duration = getattr(node, "duration", None) or getattr(node, "delay", None)
        yield from {"choice by attribute"} if duration and duration.choice else ()
        yield from {"factor"} if duration and duration.scaled() else ()
        timeout = getattr(node, "timeout", None)
        written = (duration and duration.value, timeout and timeout.after)
        yield from {"working days"} if any(isinstance(value, WorkingDays) for value in written) else ()
        yield from {node.performer[0]} & {"client", "external", "system"} if isinstance(node, Task) else ()
    for node in process.flow.values():
        if isinstance(node, Exclusive) and len(node.next) > 1 and {branch.to for branch in node.next} & passed:
            kinds = {branch.kind for branch in node.next}
            computed = any(branch.share.names() for branch in node.next)
            yield from {"ordered conditions" if node.ordered else "conditions"} if "when" in kinds else ()
            yield from {"computed shares" if computed else "shares"} if "share" in kinds else ()
    yield from {"loop"} if any(row[2] > 0 for row in history.rows) else ()
    yield from {"join"} if history.joins else ()
    splits = [node for node in process.flow.values() if isinstance(node, Inclusive) and len(node.next) > 1]
    yield from {"inclusive split"} if any({branch.to for branch in node.next} & passed for node in splits) else ()
    yield from {"inclusive join"} if splits and history.joins else ()
    ends = any(isinstance(node, End) and node.terminate for node in process.flow.values())
    yield from {"terminated"} if ends and any(row[10] == CANCELLED for row in history.rows) else ()
    blocks = tuple(f"{name}." for name, node in process.flow.items() if isinstance(node, Parallel | Inclusive))
    broken_off = any(row[1].startswith(blocks) and row[6] == row[9] for row in history.rows)
    yield from {"block broken off"} if broken_off else ()
    yield from {"time-out"} if any(row[10] == TIMED_OUT for row in history.rows) else ()
    yield from {"open at the stop"} if any(row[10] == OPEN for row in history.rows) else ()


def _of_cases(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of demand."""
    arrivals = process.cases.arrivals
    yield from {"priority"} if process.cases.priority.text != "0" else ()
    yield from {"channel"} if len({case[5] for case in history.cases}) > 1 else ()
    yield from {"delayed channel"} if any(case[2] > case[1] for case in history.cases) else ()
    yield from {"profile"} if arrivals.profile else ()
    yield from {"daily dispersion"} if arrivals.dispersion else ()
    yield from {"outcome"} if len({case[4] for case in history.cases}) > 1 else ()


def _of_families(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of several processes."""
    parents = [case[8] for case in history.cases]
    yield from {"called case"} if max(parents, default=-1) >= 0 else ()
    yield from {"companion"} if any(case[7] and case[8] < 0 for case in history.cases) else ()
    nodes = {name: node for one in process.every().values() for name, node in one.flow.items()}
    calls = [node for node in nodes.values() if isinstance(node, Call)]
    if max(parents, default=-1) >= 0:
        yield from {"returns"} if any(call.returns for call in calls) else ()
        yield from {"sequence of instances"} if any(call.order == "sequential" for call in calls) else ()
        yield from {"application"} if any(call.applies_after for call in calls) else ()
        yield from {"not waited for"} if not all(call.wait for call in calls) else ()
        yield from {"instances"} if max(Counter(parent for parent in parents if parent >= 0).values()) > 1 else ()
    for row in history.rows:
        if isinstance(nodes.get(row[1].rpartition("/")[2]), Receive):
            yield "message" if row[10] == COMPLETED else "message not got"


def _of_people(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of people who differ, are absent and are preempted."""
    roles = process.roles()
    everybody = [(roles[name], *one) for name in sorted(roles) for one in roles[name].everybody()]
    worked = {row[4] for row in history.rows if row[4] >= 0}
    for number in worked:
        role, name, job = everybody[number]
        yield from {"named person"} if name else ()
        yield from {"group of staff"} if role.groups and not name else ()
        yield from {"proficiency"} if job.proficiency != 1 else ()
        yield from {f"discipline {role.discipline}"} if role.discipline != "fifo" else ()
        yield from {"overtime"} if role.at_shift_end == "finish" else ()
        yield from {"learning"} if role.learning else ()
    for task in (process.work()[row[1]] for row in history.rows if row[4] >= 0):
        yield from {"several people"} if task.together else ()
        yield from {"owner or team"} if task.case_owner or task.case_team else ()
        yield from {"named by the case"} if task.person else ()
        yield from {"four eyes"} if task.never_same_person_as else ()
        yield from {"familiarity"} if task.familiarity != 1 else ()
    yield from {"people held"} if history.reserved else ()
    kinds = {duty[3] for duty in history.duties}
    yield from {"absence"} if ABSENCE in kinds else ()
    yield from {"not employed"} if VACANT in kinds else ()
    ends = {stint[4] for stint in history.stints}
    yield from {"interrupted by absence"} if ABSENT in ends else ()
    yield from {"interrupted by duties"} if CALLED_AWAY in ends else ()
    yield from {"preempted"} if PREEMPTED in ends else ()
    yield from {"preempting case"} if PREEMPTED in ends and process.cases.preempts.text != "false" else ()
    yield from {"trained"} if TRAINING in kinds else ()
    gone = {duty[0]: duty[2] for duty in history.duties if duty[3] == VACANT and everybody[duty[0]][0].leaving}
    yield from {"vacancy"} if gone else ()
    yield from {"hired"} if any(row[4] in gone and row[8] >= gone[row[4]] for row in history.rows) else ()


def _of_boundaries(process: Process, history: Reference) -> Iterator[str]:
    """Constructs that break work off, or begin something beside it."""
    tasks = process.work()
    for row in history.rows:
        task, over = tasks.get(row[1]), row[10] == TIMED_OUT
        yield from {"work timed out"} if over and task and task.timeout else ()
        yield from {"racer"} if over and task and task.on else ()
        yield from {"held no longer"} if over and task and task.batch and row[6] >= 0 > row[7] else ()
        yield from {"escalated"} if row[1].endswith(".timeout") else ()
    races = {branch.to for node in process.flow.values() if isinstance(node, EventBased) for branch in node.next}
    yield from {"race of events"} if any(row[1] in races and row[10] == CANCELLED for row in history.rows) else ()
    limits = {clock.on_pass.next for clock in process.cases.clocks.values() if clock.on_pass}
    yield from {"clock that acts"} if any(row[1] in limits for row in history.rows) else ()


def _of_clients(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of clients who wait, and of what they misunderstand."""
    passed = {row[1].rpartition("/")[2] for row in history.rows}
    yield from {"withdrawn"} if any(case[4] == "withdrawn" for case in history.cases) else ()
    yield from {"reneged"} if any(row[10] == RENEGED for row in history.rows) else ()
    yield from {"question"} if history.contacts else ()
    yield from {"answer"} if any(contact[3] >= 0 for contact in history.contacts) else ()
    yield from {"wrong desk"} if any(name.endswith("_wrong_desk") for name in passed) else ()
    unclear = {name.removesuffix("_complete") for name in process.flow if name.endswith("_complete")}
    yield from {"unclear letter"} if unclear & passed else ()
    shares = [channel.share for channel in process.channels.values()]
    yield from {"channel shift"} if any(channel.shift for channel in process.channels.values()) else ()
    yield from {"channel by group"} if not all(isinstance(share, float | int) for share in shares) else ()


def _of_demand(process: Process, history: Reference) -> Iterator[str]:
    """Constructs of demand beside the oldest ones, and errors."""
    arrivals = process.cases.arrivals
    yield from {"backlog"} if any(case[9] == BACKLOG for case in history.cases) else ()
    needs = Counter(case[0] for case in history.cases if case[9] == ARRIVAL)
    yield from (
        {"together in arrivals"} if not arrivals.size.is_constant() and max(needs.values(), default=0) > 1 else ()
    )
    for name in ("growth", "shocks", "times", "appointments"):
        yield from {name.removesuffix("s") if name == "shocks" else name} if getattr(arrivals, name) else ()
    yield from {"profile of hours"} if arrivals.hours() else ()
    yield from {"error made"} if history.errors else ()
    yield from {"error found"} if any(error[3] >= 0 for error in history.errors) else ()
    yield from {"error corrected"} if any(error[4] >= 0 for error in history.errors) else ()
    tests = " ".join(branch.when.text for node in process.flow.values() for branch in node.next)
    yield from {"errors decide"} if history.errors and ("errors" in tests or "undetected" in tests) else ()
