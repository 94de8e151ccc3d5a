"""Clients: by which channel a group comes, what waiting makes them do, how often an answer is incomplete."""

import math
from typing import Any

import numpy as np
import pytest

from bpsim.engine.flowrun import flow_run
from bpsim.eventlog import CANCELLED, COMPLETED, NONE, EventLog
from bpsim.measures.measured import measure
from bpsim.model.process import Process
from tests.engine.drawn import HOUR, MINUTE, Written, flow, run
from tests.oracle.luck import luck, share_of


def work(following: str, duration: str = "1h", **more: object) -> Written:
    """Write work of a clerk."""
    return {"performer": "desk.clerk", "duration": duration, "next": following, **more}


def rows(log: EventLog, node: str) -> list[dict[str, int]]:
    """Give the rows of a node."""
    rank = [info.name for info in log.settings.nodes].index(node)
    mine = np.flatnonzero(log.items["node"] == rank).tolist()
    return [{name: int(column[row]) for name, column in log.items.items()} | {"row": row} for row in mine]


def test_a_channel_by_the_group() -> None:
    """The kind is drawn first, the channel's draw meets the shares of that kind, the size comes after it."""
    shares = {"firm": {"counter": 0.1, "web": 0.9}, "citizen": {"counter": 0.6, "web": 0.4}}
    written = flow(
        {"ask": work("gone")},
        arrivals={"every": "1h", "at_most": 200},
        attributes={
            "kind": {"firm": "30%", "citizen": "70%"},
            "size": {"by": "channel", "of": {"web": 1, "counter": 2}},
        },
    )
    written["channels"] = {
        name: {"share": {"by": "kind", "of": {"firm": shares["firm"][name], "else": shares["citizen"][name]}}}
        for name in ("web", "counter")
    }
    log = run(written, days=10)
    names = [channel.name for channel in log.settings.channels]
    for case, (kind, channel, size) in enumerate(
        zip(log.attributes["kind"], log.cases["channel"], log.attributes["size"], strict=True)
    ):
        expected = share_of({"citizen": 0.7, "firm": 0.3}, luck("1/2/attribute/kind", 0, case))
        assert kind == expected
        assert names[channel] == share_of(shares[expected], luck("1/2/channel/", 0, case))
        assert size == {"web": 1, "counter": 2}[names[channel]]


def test_who_comes_by_another_channel() -> None:
    """The first draw stays; a second one meets the shares of the shift, and the kind decides some of them."""
    written = flow(
        {"ask": work("gone")},
        arrivals={"every": "1h", "at_most": 300},
        attributes={"kind": {"firm": "30%", "citizen": "70%"}},
    )
    moves = {"web": {"by": "kind", "of": {"firm": "50%", "else": "10%"}}, "post": "20%"}
    written["channels"] = {
        "web": {"share": "30%"},
        "counter": {"share": "50%", "shift": moves},
        "post": {"share": "20%", "shift": {"web": "100%"}},
    }
    log = run(written, days=20)
    names = [channel.name for channel in log.settings.channels]
    seen = set()
    for case, (kind, channel) in enumerate(zip(log.attributes["kind"], log.cases["channel"], strict=True)):
        first = share_of({"counter": 0.5, "post": 0.2, "web": 0.3}, luck("1/2/channel/", 0, case))
        u = luck("1/2/channel shift/", 0, case)
        to_web = 0.5 if kind == "firm" else 0.1
        expected = {"web": "web", "post": "web"}.get(first, "")
        expected = expected or ("post" if u < 0.2 else "web" if u < 0.2 + to_web else "counter")
        assert names[channel] == expected
        seen.add((first, expected))
    assert len(seen) == 5


def waiting(**client: Any) -> Written:  # noqa: ANN401
    """Write one case that two clerks work on, hour by hour: ten hours of a timer, an hour of work."""
    nodes = {"rest": {"type": "timer", "delay": "10h", "next": "finish"}, "finish": work("gone")}
    return flow(nodes, arrivals={"every": "1h", "at_most": 1}, client=client)


def test_questions_without_work() -> None:
    """They are contacts, and leave no row."""
    log = run(waiting(chases={"every": "4h"}))
    assert (log.contacts["time"] / HOUR).tolist() == [5, 9]
    assert log.contacts["row"].tolist() == [NONE, NONE]
    assert measure(log).value("contacts.mean") == 2


def test_questions_that_a_system_answers() -> None:
    """Each takes its time from the moment on, also when the case ends before."""
    log = run(waiting(chases={"every": "5h", "work": {"performer": "system", "duration": "2h"}}))
    answers = rows(log, "chases")
    assert [(row["created"] / HOUR, row["completed"] / HOUR, row["status"]) for row in answers] == [
        (6, 8, COMPLETED),
        (11, 13, COMPLETED),
    ]
    assert log.cases["ended"].tolist() == [12 * HOUR]
    assert log.contacts["row"].tolist() == [row["row"] for row in answers]


def test_a_question_under_way_at_the_end_of_the_case() -> None:
    """Who has begun to answer does it to the end; the run does not wait for that."""
    chases = {"every": "625min", "work": {"performer": "desk.aide", "duration": "3h"}}
    written = flow(
        {"rest": {"type": "timer", "delay": "10h", "next": "finish"}, "finish": work("gone")},
        arrivals={"every": "1h", "at_most": 2},
        client={"chases": chases},
    )
    log = run(written)
    first, second = rows(log, "chases")
    assert (first["created"] / MINUTE, first["completed"] / MINUTE) == (685, 865)
    assert second["status"] == COMPLETED
    assert log.cases["ended"].tolist() == [12 * HOUR, 13 * HOUR]


@pytest.mark.parametrize(
    ("patience", "outcome", "ended"),
    [("10h", "withdrawn", 11), ("11h", "gone", 12), ("never", "gone", 12)],
)
def test_patience(patience: str, outcome: str, ended: int) -> None:
    """At 11:00 the timer is over, which is no contact; the completion of the same instant wins against patience."""
    log = run(waiting(withdraws_after=patience))
    assert [log.settings.outcomes[number] for number in log.cases["outcome"]] == [outcome]
    assert log.cases["ended"].tolist() == [ended * HOUR]


def test_patience_by_a_group() -> None:
    """The attribute decides when the case arrives, whatever is assigned later."""
    written = waiting(withdraws_after={"by": "hasty", "of": {"true": "2h", "false": "never"}})
    written["cases"]["attributes"] = {"hasty": "bernoulli(100%)"}
    written["flow"]["came"]["assign"] = {"hasty": "false"}
    assert run(written).cases["ended"].tolist() == [3 * HOUR]


def test_the_clock_stands_for_the_client() -> None:
    """A task of the client that begins at the very instant at which patience is over keeps the client so long."""
    nodes = {
        "rest": {"type": "timer", "delay": "5h", "next": "answer"},
        "answer": {"performer": "client", "duration": "3h", "next": "finish"},
        "finish": work("gone"),
    }
    written = flow(nodes, arrivals={"every": "1h", "at_most": 1}, client={"withdraws_after": "5h"})
    log = run(written)
    assert log.cases["ended"].tolist() == [9 * HOUR]  # 01:00 + 5 h of waiting + 3 h of the client's own
    assert rows(log, "finish")[0]["status"] == CANCELLED
    written["flow"]["answer"]["contact"] = "both"
    assert run(written).cases["ended"].tolist() == [10 * HOUR]


def test_reneging_by_a_group() -> None:
    """Two clerks are busy for five hours; firms wait for one hour, others for ten."""
    written = flow(
        {"serve": work("gone", "5h", reneges_after={"by": "firm", "of": {"true": "1h", "false": "10h"}})},
        arrivals={"every": "1h", "at_most": 4},
        attributes={"firm": "bernoulli(50%)"},
    )
    log = run(written)
    for case, firm in enumerate(log.attributes["firm"].tolist()):
        assert firm == (luck("1/2/attribute/firm", 0, case) < 0.5)
        need, ended = int(log.cases["need"][case]), int(log.cases["ended"][case])
        if case < 2:
            assert ended - need == 5 * HOUR
        elif firm:
            assert ended - need == HOUR


def test_answers_become_better() -> None:
    """With 0.4 and half of that each time: 1 + 0.4 + 0.4 x 0.2 + ... visits of the client's task."""
    clarity = {"incomplete": 0.4, "each_pass": 0.5, "next": "answer"}
    nodes = {"answer": {"performer": "client", "duration": "1h", "clarity": clarity, "next": "gone"}}
    process = Process.model_validate(flow(nodes))
    exact, way = 1.0, 1.0
    for k in range(30):
        way *= 0.4 * 0.5 ** min(k, 9)
        exact += way
    found = flow_run(process, cases=4000)
    assert abs(found.visits["answer"] - exact) < 3.29 * found.spread["answer"] / math.sqrt(found.cases)


def test_documents_and_trips() -> None:
    """Two documents with the application, one with the client's task; two contacts in one trip cost time once."""
    written = flow(
        {
            "bring": {"performer": "client", "duration": "1h", "produces": "letter", "documents": 2, "next": "first"},
            "first": work("second", contact="in", needs=["form", "letter", "record"]),
            "second": work("gone", contact="in", visit="with first"),
        },
        arrivals={"every": "1h", "at_most": 1},
    )
    written["items"] = {
        "form": {"from": "client"},
        "plan": {"from": "client"},
        "letter": {"from": "client"},
        "record": {"from": "registry"},
    }
    written["channels"] = {"counter": {"share": 1, "client_time": "30min", "client_cost": 4}}
    found = measure(run(written))
    assert found.value("documents.mean") == 2 + 3
    assert found.value("contacts.in.mean") == 2
    assert (found.value("client_time.mean"), found.value("client_cost.mean")) == (30 * MINUTE, 4)


def test_nobody_waits_in_the_static_prediction() -> None:
    """There people ask while they wait for others than the office; nobody withdraws or leaves."""
    written = waiting(
        chases={"every": "4h", "work": {"performer": "desk.aide", "duration": "6min"}}, withdraws_after="1h"
    )
    written["flow"]["finish"]["reneges_after"] = "1min"
    found = flow_run(Process.model_validate(written), cases=50)
    assert found.visits["chases"] == 2
    assert found.visits["gone"] == 1
    assert found.work["chases"] == 2 * 6 * MINUTE
