"""What a story tells of errors, of limits that have passed, and of how a case came to be there."""

from typing import Any

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.model.process import Process
from bpsim.reporting.portrait import portrait
from bpsim.reporting.processmap import draw_svg
from bpsim.reporting.story import tell
from bpsim.values.distributions import Constant
from tests.engine.drawn import DAY, MONDAY, Written, flow


def told(written: Written, case: int = 0, backlog: Any = ()) -> str:  # noqa: ANN401
    """Run a process for a day, and tell a case."""
    plan = compile_plan(Process.model_validate(written), start=MONDAY, length=DAY, drain=DAY, backlog=backlog)
    return tell(replicate(plan, seed=1, replication=0), case).text()


def work(following: str, **more: object) -> Written:
    """Write an hour of a clerk's work."""
    return {"performer": "desk.clerk", "duration": "1h", "next": following, **more}


def test_errors() -> None:
    """An error is told where it was made, found and corrected; one that nobody found says so."""
    nodes = {
        "draft": work("check", introduces_error="100%"),
        "check": work("known", detects_error="100%"),
        "known": {"type": "exclusive", "next": {"draft": "errors > 0", "file": "else"}},
        "file": work("gone", introduces_error="100%"),
    }
    nodes["check"]["detects_error"] = {"by": "first", "of": {"true": "100%", "false": 0}}
    nodes["check"]["assign"] = {"first": "false"}
    text = told(flow(nodes, arrivals={"every": "1h", "at_most": 1}, attributes={"first": "bernoulli(100%)"}))
    notes = [line.strip() for line in text.splitlines() if "error" in line or line.startswith((" 1", " 2", " 3", " 5"))]
    assert notes == [
        "1  draft (desk, clerk 1)",
        "an error was made here",
        "2  check (desk, clerk 2)",
        "the error of draft was found",
        "3  draft (desk, clerk 1)",
        "the error of draft was corrected",
        "an error was made here, which nobody found",
        "5  file (desk, clerk 1)",
        "an error was made here, which nobody found",
    ]


def passing(target: Written) -> Written:
    """Write a process in which the limit passes while somebody works."""
    nodes = {"decide": work("gone", duration="9h"), "late": target}
    clocks = {"statutory": {"limit": "2h", "on_pass": {"next": "late"}}}
    return flow(nodes, arrivals={"every": "1h", "at_most": 1}, clocks=clocks)


def test_a_limit_that_has_passed() -> None:
    """What was cancelled says which limit had passed, whether a task follows or an end."""
    for target in (work("gone"), {"type": "end"}):
        text = told(passing(target))
        assert "    cancelled\n    the limit of statutory had passed\n" in text


def test_in_words_and_pictures() -> None:
    """The portrait names what a passed limit leads to and how often work goes wrong; the map has a flow for it."""
    written = passing(work("gone", introduces_error={"by": "n", "of": {"0": "5%", "else": "1%"}}, detects_error="50%"))
    written["cases"]["attributes"] = {"n": 0}
    process = Process.model_validate(written)
    text = portrait(process).text()
    assert "desk.clerk, 1h, 1 % to 5 % wrong, finds 50 % of errors" in text
    assert "When the limit of statutory has passed, all work on the case is cancelled and it goes on at late." in text
    assert "statutory has passed" in draw_svg(process)


def test_how_it_came_to_be_there() -> None:
    """A case of the backlog was there already; an early client waited for the appointment."""
    nodes = {"decide": work("gone")}
    written = flow(nodes, arrivals={"appointments": {"every": "12h", "earliness": "-2h"}})
    queue = [("decide", "decide", 1, Constant("2d", 2.0 * DAY))]
    text = told(written, 0, queue)
    line = next(line for line in text.splitlines() if "it was there already when the run began" in line)
    assert line.endswith(" 2 d 00:00:00")
    written["cases"]["arrivals"]["appointments"]["earliness"] = "2h"
    assert "the client was early, and waited for the appointment" in told(written, 1)


def test_waves_of_demand() -> None:
    """The figures of the portrait are those of a usual week; what they leave out is said."""
    shocks = [{"at": "1d", "times": 2, "lasts": "1d"}]
    for rule, words in (
        ({"growth": "-5% per year", "shocks": shocks * 2}, "without a growth of -5 % per year and 2 shocks"),
        ({"shocks": shocks}, "without 1 shock"),
    ):
        written = flow({"decide": work("gone")}, arrivals={"every": "1h", **rule})
        text = portrait(Process.model_validate(written)).text()
        assert f"About 168 cases a week, {words}. A case takes 60.0 min of people's work," in text


def test_what_came_first() -> None:
    """What follows tells which of several boundaries came, through gateways and to an end; else both are named."""
    on = {"pays": {"after": "2h", "next": "far"}, "asks": {"after": "9h", "next": "near"}}
    nodes: Written = {
        "wait": {
            "performer": "client",
            "duration": "20h",
            "on": on,
            "timeout": {"after": "9h", "next": "far"},
            "next": "gone",
        },
        "far": {"type": "exclusive", "next": "pay"},
        "pay": work("gone"),
        "near": {"type": "end"},
    }
    one = {"every": "1h", "at_most": 1}
    assert "    its time was over or pays came first\n" in told(flow(nodes, arrivals=one))
    nodes["wait"]["timeout"]["next"] = "near"
    assert "    pays came first\n" in told(flow(nodes, arrivals=one))
    on["asks"]["after"], on["pays"]["next"] = "1h", "pay"
    assert "    its time was over or asks came first\n" in told(flow(nodes, arrivals=one))
    nodes["wait"]["timeout"]["next"] = "pay"
    assert "    asks came first\n" in told(flow(nodes, arrivals=one))


def test_a_hold_that_was_too_long() -> None:
    """Work that left its batch says so; a timeout of the task cannot be meant where it leads elsewhere."""
    batch = {"size": 9, "timeout": {"after": "1h", "next": "alone"}}
    nodes = {"check": work("gone", batch=batch, timeout={"after": "5h", "next": "late"}), "alone": work("gone")}
    text = told(flow({**nodes, "late": {"type": "end"}}, arrivals={"every": "1h", "at_most": 1}))
    assert "    it had been held too long\n" in text


def test_the_message_that_is_waited_for() -> None:
    """A step that waits for a message names it."""
    nodes = {
        "hear": {"type": "receive", "message": "decided", "timeout": {"after": "3h", "next": "gone"}, "next": "gone"}
    }
    text = told(flow(nodes, arrivals={"every": "1h", "at_most": 1}))
    assert " 1  hear (the message decided)\n" in text
    assert "    timed out\n" in text


def test_a_block_that_was_broken_off() -> None:
    """The boundary is a step of no length, named as it is written."""
    both = {"type": "parallel", "on": {"pays": {"after": "30min", "next": "met"}}, "next": ["one", "two"]}
    nodes = {"both": both, "one": work("joined"), "two": work("joined"), "joined": {"type": "parallel", "next": "met"}}
    text = told(flow({**nodes, "met": {"type": "exclusive", "next": "gone"}}, arrivals={"every": "1h", "at_most": 1}))
    assert "3  both: on pays (what came first), after 1\n    Mon  6 Jan 2025 01:30 to Mon  6 Jan 2025 01:30\n" in text
