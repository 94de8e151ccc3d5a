"""Laws that every log obeys, whatever the process: tokens, capacity, sums of work, Little's law."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpsim.engine.replication import replicate
from bpsim.eventlog import COMPLETED, FIRST_JOIN, NONE, OPEN, TIMED_OUT, EventLog
from bpsim.measures.measured import measure
from bpsim.measures.waiting import PROCESSING, SETUP, Ledger
from bpsim.model.flow import End, Parallel, Task, Timer
from bpsim.model.process import Process
from tests.engine.drawn import DAY, MONDAY, Written, plan
from tests.oracle.generate import processes
from tests.oracle.hours import Hours

LENGTH = 5 * DAY
Span = tuple[int, int, int]


def services(log: EventLog) -> dict[int, list[Span]]:
    """Give what each person did, a run of a batch as one piece: (start, end, number of the row or of minus the run)."""
    stopped, members = log.settings.stopped, set(log.batch_rows.tolist())
    done: dict[int, list[Span]] = defaultdict(list)
    for table, offset in ((log.items, 0), (log.batches, 1)):
        columns = (table[name].tolist() for name in ("person", "started", "completed"))
        for row, (person, start, end) in enumerate(zip(*columns, strict=True)):
            if person >= 0 and (offset or row not in members):
                done[person].append((start, end if end >= 0 else stopped, -row - 1 if offset else row))
    return {person: sorted(spans) for person, spans in done.items()}


def check_tokens(process: Process, log: EventLog) -> None:
    """Every row is enabled by one before it, tokens go on once, and a case is open while an item of it is."""
    items = {name: column.tolist() for name, column in log.items.items()}
    preds = log.join_preds.tolist()
    assert all(pred < row for row, pred in enumerate(items["pred"]))
    assert all(status in {COMPLETED, TIMED_OUT, OPEN} for status in items["status"])
    finished = [max(items["completed"][row], 0) for row in range(len(items["case"])) if items["status"][row] != OPEN]
    assert finished == sorted(finished)
    used = Counter(pred for pred in [*items["pred"], *preds, *log.cases["last"].tolist()] if pred != NONE)
    splits = any(isinstance(node, Parallel) for node in process.flow.values())
    for row, status in enumerate(items["status"]):
        assert (used[row] == 0) == (status == OPEN) or splits
        assert used[row] <= 1 or splits
    assert all(FIRST_JOIN - pred < len(log.join_starts) - 1 for pred in used if pred <= FIRST_JOIN)
    alive = {case for case, status in zip(items["case"], items["status"], strict=True) if status == OPEN}
    for case, (ended, arrived) in enumerate(
        zip(log.cases["ended"].tolist(), log.cases["arrived"].tolist(), strict=True)
    ):
        assert (case in alive) == (ended == NONE and arrived <= log.settings.stopped) or arrived == log.settings.stopped
    ends = {node.outcome for node in process.flow.values() if isinstance(node, End)}
    assert {log.settings.outcomes[outcome] for outcome in log.cases["outcome"].tolist() if outcome >= 0} <= ends


def check_people(process: Process, log: EventLog) -> None:
    """Nobody does two things at once, starts off shift or while away, or does what they are not eligible for."""
    roles = process.roles()
    people = [name for name in sorted(roles) for _ in range(roles[name].staff)]
    hours = {name: Hours(calendar, MONDAY) for name, calendar in process.calendars.items()}
    away: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for person, start, end in zip(*(log.duties[name].tolist() for name in ("person", "start", "end")), strict=True):
        away[person].append((start, end))
    for person, spans in services(log).items():
        calendar = hours[roles[people[person]].calendar]
        for (_, end, _), (start, _, _) in pairwise(spans):
            assert end <= start
        for start, _, _ in spans:
            assert calendar.opening(start)
            assert not any(begin <= start < back for begin, back in away[person])
    nodes = [process.flow[node.name] for node in log.settings.nodes]
    for node, person in set(zip(log.items["node"].tolist(), log.items["person"].tolist(), strict=True)):
        assert person == NONE or people[person] in process.performers(nodes[node])


def check_sums(process: Process, log: EventLog) -> None:
    """Busy time is service time, part for part: by the ledger of items and by what people did."""
    parts = Ledger(log).parts(slice(0, len(log.items["node"])))
    work = parts[:, PROCESSING] + parts[:, SETUP]
    by_people = log.items["person"] >= 0
    starts = log.batch_starts.tolist()
    for number, (low, high) in enumerate(pairwise(starts)):
        if not log.settings.nodes[int(log.batches["node"][number])].one_by_one:
            by_people[log.batch_rows[low + 1 : high]] = False
    roles = process.roles()
    people = [name for name in sorted(roles) for _ in range(roles[name].staff)]
    hours = {name: Hours(calendar, MONDAY) for name, calendar in process.calendars.items()}
    busy = sum(
        hours[roles[people[person]].calendar].open_time(start, end)
        for person, spans in services(log).items()
        for start, end, _ in spans
    )
    assert busy == int(work[by_people].sum())


def check_little(log: EventLog) -> None:
    """The cases in progress, summed over time, are the times in progress, summed over cases; so are items in queues."""
    measured, stopped = measure(log), log.settings.stopped
    ended = np.where(log.cases["ended"] == NONE, stopped, log.cases["ended"])
    inside = np.minimum(ended, LENGTH) - np.minimum(log.cases["need"], LENGTH)
    assert measured.value("work_in_progress.mean") == inside.sum() / LENGTH
    for rank, node in enumerate(log.settings.nodes):
        if node.kind in {"people", "machine"}:
            mine = (log.items["node"] == rank) & (log.items["released"] != NONE)
            released, started = (
                log.items["released"][mine].astype(np.int64),
                log.items["started"][mine].astype(np.int64),
            )
            started = np.where(started == NONE, stopped, started)
            waited = np.minimum(started, LENGTH) - np.minimum(released, LENGTH)
            assert measured.value("queue.mean", f"task={node.name}") == waited.sum() / LENGTH


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(processes(), st.integers(0, 10**6))
def test_every_log_obeys_the_laws(written: Written, seed: int) -> None:
    """Tokens, people, sums and Little's law hold in every drawn process."""
    process = Process.model_validate(written)
    log = replicate(plan(written, days=5, drain=7), seed=seed, replication=0)
    check_tokens(process, log)
    check_people(process, log)
    check_sums(process, log)
    check_little(log)


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(processes(), st.integers(0, 10**6))
def test_a_task_is_visited_as_often_as_its_occurrence_says(written: Written, seed: int) -> None:
    """Visits of nodes of one lineage count from 0 without a gap, case by case."""
    process = Process.model_validate(written)
    log = replicate(plan(written, days=5, drain=7), seed=seed, replication=0)
    counted = {name for name, node in process.flow.items() if isinstance(node, Task | Timer)}
    visits: dict[tuple[int, str], list[int]] = defaultdict(list)
    for case, node, visit in zip(*(log.items[name].tolist() for name in ("case", "node", "visit")), strict=True):
        if log.settings.nodes[node].name in counted:
            visits[case, log.settings.nodes[node].lineage].append(visit)
    assert all(sorted(found) == list(range(len(found))) for found in visits.values())
