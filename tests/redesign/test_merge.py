"""Uniting tasks: one after another, with gateways between them, or the branches of a parallel block."""

import pytest

from bpsim.model.flow import Duration, Exclusive, Part
from bpsim.model.process import Process
from bpsim.model.written import NEVER
from bpsim.redesign.operators import Merge
from bpsim.values.durations import DAY
from tests.redesign.sketch import Written, applied, line, refused, sketch, ways

ALSO = {
    "desk": {"roles": {"clerk": {"staff": 2, "also": ["back.handler"]}, "senior": {"staff": 1}}},
    "back": {"roles": {"handler": {"staff": 2}}},
}


def test_a_sequence() -> None:
    """Two neighbours become one task whose duration is that of its parts; the others are untouched."""
    process = line("a", "b", "c", "d", b={"duration": "5-20 min"})
    after = applied(process, merge={"tasks": ["b", "c"], "into": "bc"})
    assert ways(after) == {"came": ["a"], "a": ["bc"], "bc": ["d"], "d": ["done"], "done": []}
    task = after.tasks()["bc"]
    assert task.was == "b"
    assert task.parts == (
        Part(was="b", duration=process.tasks()["b"].duration),
        Part(was="c", duration=process.tasks()["c"].duration),
    )
    assert task.duration == Duration()
    assert task.performer == ("desk.clerk",)


def test_the_order_is_that_of_the_flow() -> None:
    """The tasks may be named in any order; without a name the new one has the old names."""
    after = applied(line("a", "b", "c"), merge={"tasks": ["b", "a"]})
    assert ways(after)["b_a"] == ["c"]
    assert [part.was for part in after.tasks()["b_a"].parts] == ["a", "b"]


def test_the_name_of_one_of_them() -> None:
    """The new task may have the name of an old one; then its lineage is that of the first."""
    after = applied(line("a", "b"), merge={"tasks": ["a", "b"], "into": "b"})
    assert (ways(after)["came"], after.tasks()["b"].was) == (["b"], "a")
    after = applied(line("a", "b"), merge={"tasks": ["a", "b"], "into": "a"})
    assert (ways(after)["a"], after.tasks()["a"].was) == (["done"], "")


def test_what_the_new_task_has() -> None:
    """Titles are joined, documents and prices added up, contacts united; what the law requires stays required."""
    process = line(
        "a",
        "b",
        a={"title": "Receive", "contact": "out", "documents": 1, "price": 1.5, "assign": {"size": "2"}},
        b={"contact": "both", "documents": 2, "price": 2, "legal": True},
    )
    process = process.model_copy(
        update={"cases": type(process.cases).model_validate({"arrivals": "1h", "attributes": {"size": 1}})}
    )
    task = applied(process, merge={"tasks": ["a", "b"]}).tasks()["a_b"]
    assert (task.title, task.contact, task.documents, task.legal) == ("Receive and b", ("in", "out"), 3, True)
    assert (task.assign, task.price) == (process.flow["a"].assign, 3.5)
    assert type(task.introduces_error) is float  # as it would be read, so that equal processes have equal digests


def test_errors_of_the_parts() -> None:
    """Something goes wrong in the new task when it does in either part; two attributes cannot decide it."""
    process = line("a", "b", "c", a={"introduces_error": "10%"}, b={"introduces_error": "20%", "detects_error": "50%"})
    task = applied(process, merge={"tasks": ["a", "b"]}).tasks()["a_b"]
    assert task.introduces_error == pytest.approx(0.28)
    assert task.detects_error == 0.5
    by = {"by": "hard", "of": {"true": "50%", "else": 0}}
    cases = {"attributes": {"hard": "bernoulli(50%)", "odd": "bernoulli(50%)"}}
    flow = {"came": {"type": "start", "next": "a"}, "a": {"introduces_error": by, "next": "b"}}
    flow |= {"b": {"introduces_error": "20%", "next": "done"}, "done": {"type": "end"}}
    task = applied(sketch(flow, cases), merge={"tasks": ["a", "b"]}).tasks()["a_b"]
    assert task.introduces_error.by == "hard"
    assert task.introduces_error.of == pytest.approx({"true": 0.6, "else": 0.2})
    flow["b"]["introduces_error"] = {**by, "by": "odd"}
    assert refused(sketch(flow, cases), merge={"tasks": ["a", "b"]}) == [
        "BP617 tasks: introduces_error depends on hard and odd. Let one of them decide, or none."
    ]


def knockout() -> dict[str, Written]:
    """A check that may end the case or send it back, then a decision."""
    return {
        "came": {"type": "start", "next": "check"},
        "check": {"next": "checked"},
        "checked": {"type": "exclusive", "next": {"decide": "90%", "repair": "4%", "refused": "else"}},
        "repair": {"next": "check"},
        "decide": {"next": "done"},
        "refused": {"type": "end"},
        "done": {"type": "end"},
    }


def test_ways_out_between_are_carried_over() -> None:
    """They are decided after the new task, by the same gateway with the same shares; what is sent back comes to it."""
    process = sketch(knockout())
    after = applied(process, merge={"tasks": ["check", "decide"], "into": "judge"})
    assert ways(after) == {
        "came": ["judge"],
        "judge": ["checked"],
        "checked": ["done", "refused", "repair"],
        "repair": ["judge"],
        "refused": [],
        "done": [],
    }
    assert [b.share.text for b in after.flow["checked"].next if b.kind == "share"] == ["90%", "4%"]


def test_ways_out_between_are_dropped() -> None:
    """Then every case goes on, and what only they led to is gone."""
    process = sketch(knockout())
    after = applied(process, merge={"tasks": ["check", "decide"], "into": "judge", "exits": "drop"})
    assert ways(after) == {"came": ["judge"], "judge": ["done"], "done": []}
    flow = knockout()
    flow["repair"]["legal"] = True
    hint = "Say which change of the law allows it: legal_change: ..."
    assert refused(sketch(flow), merge={"tasks": ["check", "decide"], "exits": "drop"}) == [
        f"BP606 exits: repair is required by law. {hint}"
    ]
    assert refused(sketch(flow), merge={"tasks": ["check", "decide"]}) == []


def test_what_a_later_part_sets_is_set_where_it_was() -> None:
    """The data of a later part stay in a gateway of its lineage, so that their luck stays too."""
    flow = knockout()
    flow["decide"] |= {"assign": {"size": "empirical([1, 2])"}, "was": "judgement"}
    process = sketch(flow, {"attributes": {"size": 1}})
    after = applied(process, merge={"tasks": ["check", "decide"], "into": "judge"})
    assert ways(after)["checked"] == ["decide_data", "refused", "repair"]
    kept = after.flow["decide_data"]
    assert isinstance(kept, Exclusive)
    assert (kept.was, kept.assign) == ("judgement", process.flow["decide"].assign)
    assert [branch.to for branch in kept.next] == ["done"]
    assert after.tasks()["judge"].parts[1].was == "judgement"
    assert after.tasks()["judge"].assign == {}


def block(**more: Written) -> dict[str, Written]:
    """Two checks side by side, the second in two steps."""
    flow: dict[str, Written] = {
        "came": {"type": "start", "next": "split"},
        "split": {"type": "parallel", "next": ["a", "b"]},
        "a": {"next": "join"},
        "b": {"next": "c"},
        "c": {"next": "join"},
        "join": {"type": "parallel", "next": "d"},
        "d": {"next": "done"},
        "done": {"type": "end"},
    }
    for name, node in more.items():
        flow[name] = flow[name] | node
    return flow


def test_a_parallel_block() -> None:
    """A block that holds nothing but the tasks goes with its gateways; what comes after may be united with it."""
    after = applied(sketch(block()), merge={"tasks": ["b", "a", "c"], "into": "abc"})
    assert ways(after) == {"came": ["abc"], "abc": ["d"], "d": ["done"], "done": []}
    assert [part.was for part in after.tasks()["abc"].parts] == ["b", "c", "a"]
    after = applied(sketch(block()), merge={"tasks": ["a", "b", "c", "d"], "into": "abcd"})
    assert ways(after) == {"came": ["abcd"], "abcd": ["done"], "done": []}


def test_a_branch_of_a_block() -> None:
    """Neighbours within a branch are a sequence."""
    after = applied(sketch(block()), merge={"tasks": ["b", "c"], "into": "bc"})
    assert (ways(after)["split"], ways(after)["bc"]) == (["a", "bc"], ["join"])


HINT = "Only gateways may stand between tasks that are merged, and nothing may enter there."


def test_blocks_that_do_more() -> None:
    """A split that sets data, a join that a clock names, a third branch: no single piece of the flow."""
    said = [f"BP615 tasks.1: b does not follow a. {HINT}"]
    tasks = {"tasks": ["a", "b", "c"]}
    assert refused(sketch(block(split={"assign": {"x": "1"}}), {"attributes": {"x": 1}}), merge=tasks) == said
    assert refused(sketch(block(), {"clocks": {"own": {"to": "join", "limit": "1d"}}}), merge=tasks) == said
    assert refused(sketch(block()), merge={"tasks": ["a", "b"]}) == said
    flow = block(split={"next": ["a", "b", "e"]}) | {"e": {"type": "timer", "delay": "1d", "next": "join"}}
    assert refused(sketch(flow), merge=tasks) == said


def test_pieces_that_are_none() -> None:
    """A task between, alternatives, a flow from elsewhere."""
    assert refused(line("a", "b", "c"), merge={"tasks": ["a", "c"]}) == [f"BP615 tasks.1: c does not follow a. {HINT}"]
    flow = knockout()
    assert refused(sketch(flow), merge={"tasks": ["check", "decide", "repair"]}) == [
        f"BP615 tasks.2: after check comes either decide or repair. {HINT}"
    ]
    flow["repair"]["next"] = "decide"
    assert refused(sketch(flow), merge={"tasks": ["check", "decide"]}) == [
        f"BP615 tasks.1: repair leads to decide, between check and decide. {HINT}"
    ]
    flow["repair"]["next"] = "checked"
    assert refused(sketch(flow), merge={"tasks": ["check", "decide"]}) == [
        f"BP615 tasks.1: repair leads to checked, between check and decide. {HINT}"
    ]


def test_gateways_that_meet_again() -> None:
    """Between two tasks the ways may part and meet, as long as nothing is done on them."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "which"},
            "which": {"type": "exclusive", "next": {"left": "30%", "right": "20%", "b": "else"}},
            "left": {"type": "exclusive", "next": "met"},
            "right": {"type": "exclusive", "next": "met"},
            "met": {"type": "exclusive", "next": "b"},
            "b": {"next": "done", "duration": {"value": "10min", "factor": "size"}},
            "done": {"type": "end"},
        },
        {"attributes": {"size": "empirical([1, 2])"}},
    )
    after = applied(process, merge={"tasks": ["a", "b"], "into": "ab"})
    assert ways(after)["ab"] == ["which"]
    assert ways(after)["met"] == ["done"]
    dropped = applied(process, merge={"tasks": ["a", "b"], "into": "ab", "exits": "drop"})
    assert ways(dropped) == {"came": ["ab"], "ab": ["done"], "done": []}


def test_a_loop_around() -> None:
    """In a loop either task could be the first: the one by which the cases enter is."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "again"},
            "again": {"type": "exclusive", "next": {"a": "20%", "done": "else"}},
            "done": {"type": "end"},
        }
    )
    after = applied(process, merge={"tasks": ["b", "a"], "into": "ab"})
    assert ways(after) == {"came": ["ab"], "ab": ["again"], "again": ["ab", "done"], "done": []}
    assert [part.was for part in after.tasks()["ab"].parts] == ["a", "b"]


def test_names() -> None:
    """Unknown, too few, taken, impossible."""
    process = line("a", "b", "c")
    assert refused(process, merge={"tasks": ["a"]}) == [
        "BP612 tasks: not two different tasks. Name the tasks to unite, each once."
    ]
    assert refused(process, merge={"tasks": ["a", "a"]}) == refused(process, merge={"tasks": ["a"]})
    assert refused(process, merge={"tasks": ["a", "x"], "into": "c"}) == [
        "BP603 tasks.1: there is no node x. There are: a, b, c, came, done.",
        "BP608 into: there is a node c already. Choose another name.",
    ]
    hint = "Use lower-case letters, digits and _."
    for name in ("A b", "client"):
        assert refused(process, merge={"tasks": ["a", "b"], "into": name}) == [
            f"BP608 into: {name} cannot be the name of a task. {hint}"
        ]


def test_kinds() -> None:
    """One performer's work: no gateway, no client's task among people's, no timeout."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "ask"},
            "ask": {"performer": "client", "duration": "1d", "next": "send", "timeout": {"after": "5d", "next": "b"}},
            "send": {"performer": "client", "next": "b"},
            "b": {"next": "done"},
            "done": {"type": "end"},
        }
    )
    assert refused(process, merge={"tasks": ["a", "done"]}) == [
        "BP605 tasks.1: done is an end, not a task. Name tasks."
    ]
    assert refused(process, merge={"tasks": ["a", "ask"]}) == [
        "BP617 tasks.1: ask is a task of the client, and a a task done by people. Unite what one performer does."
    ]
    assert refused(process, merge={"tasks": ["ask", "send"]}) == [
        "BP617 tasks.0: ask has a timeout. It cannot be a part of another task."
    ]


def test_who_does_it() -> None:
    """Somebody who can do every part: a performer of the first, or whoever else can."""
    process = line("a", "b", a={"performer": ["desk.clerk", "back.handler"]}, b={"performer": "back.handler"})
    assert applied(process, merge={"tasks": ["a", "b"]}).tasks()["a_b"].performer == ("back.handler",)
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"performer": "back.handler", "next": "b"},
            "b": {"performer": "desk.clerk", "next": "done"},
            "done": {"type": "end"},
        },
        departments=ALSO,
    )
    assert applied(process, merge={"tasks": ["a", "b"]}).tasks()["a_b"].performer == ("desk.clerk",)
    assert applied(process, merge={"tasks": ["a", "b"], "performer": "desk.clerk"}).tasks()["a_b"].performer == (
        "desk.clerk",
    )
    assert refused(process, merge={"tasks": ["a", "b"], "performer": "back.handler"}) == [
        (
            "BP616 performer: back.handler cannot do all of a and b. "
            "Cross-train first: staff: {role: back.handler, also: [...]}."
        )
    ]
    assert refused(process, merge={"tasks": ["a", "b"], "performer": "desk.clark"}) == [
        "BP603 performer: there is no role desk.clark. Did you mean 'desk.clerk'?"
    ]


def test_nobody_can_do_it() -> None:
    """Then the way out is to cross-train."""
    process = line("a", "b", b={"performer": "back.handler"})
    assert refused(process, merge={"tasks": ["a", "b"]}) == [
        "BP616 tasks: nobody can do a and b. Cross-train first: staff: {role: desk.clerk, also: [...]}."
    ]


def outsiders(**more: object) -> Process:
    """Two tasks of the client."""
    wait: Written = {"performer": "client", "duration": "1d"}
    return line("a", "b", a=wait, b=wait | more)


def test_tasks_of_the_client() -> None:
    """The client's tasks are united as people's are; working days cannot be added to a time."""
    after = applied(outsiders(), merge={"tasks": ["a", "b"]})
    assert after.tasks()["a_b"].performer == ("client",)
    assert refused(outsiders(calendar="office"), merge={"tasks": ["a", "b"]}) == [
        "BP617 tasks.1: b and a have different calendars. Unite what has one calendar."
    ]
    assert refused(outsiders(duration="2 working days"), merge={"tasks": ["a", "b"]}) == [
        "BP617 tasks.1: b takes working days, which cannot be added to a time. Give the new task a duration of its own."
    ]
    assert refused(outsiders(duration="2 working days"), merge={"tasks": ["a", "b"], "duration": "1d"}) == []


def test_runs() -> None:
    """Tasks of equal batches are united; unlike ones are not."""
    runs = {"batch": {"size": 3, "max_wait": "1d"}}
    after = applied(line("a", "b", a=runs, b=runs), merge={"tasks": ["a", "b"]})
    assert after.tasks()["a_b"].batch is not None
    first, second = line("a", "b", a=runs), line("a", "b", b=runs)
    assert refused(first, merge={"tasks": ["a", "b"]}) == [
        "BP617 tasks.1: b and a are not done in the same runs. First: batch: {task: a, rule: none}."
    ]
    assert refused(second, merge={"tasks": ["a", "b"]}) == [
        "BP617 tasks.1: b and a are not done in the same runs. First: batch: {task: b, rule: none}."
    ]


def test_the_same_person() -> None:
    """Whose person did the first part does the new task; between the parts it is the same person anyway."""
    kept = {"same_person_as": "a", "keeps_for": "1d"}
    process = line("a", "b", "c", "d", b=kept, c={"same_person_as": "b"}, d={"same_person_as": "c"})
    after = applied(process, merge={"tasks": ["b", "c"], "into": "bc"})
    assert (after.tasks()["bc"].same_person_as, after.tasks()["bc"].keeps_for) == ("a", DAY)
    assert after.tasks()["d"].same_person_as == "bc"
    after = applied(line("a", "b", b=kept), merge={"tasks": ["a", "b"]})
    assert (after.tasks()["a_b"].same_person_as, after.tasks()["a_b"].keeps_for) == ("", NEVER)


def test_the_same_person_as_before() -> None:
    """A part that goes to whoever did a later part last time makes the new task go to whoever did it last time."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b", "same_person_as": "b", "keeps_for": "1d"},
            "b": {"next": "again"},
            "again": {"type": "exclusive", "next": {"a": "20%", "done": "else"}},
            "done": {"type": "end"},
        }
    )
    after = applied(process, merge={"tasks": ["a", "b"], "into": "ab"})
    assert after.tasks()["ab"].same_person_as == "ab"


def test_several_persons() -> None:
    """Two different people cannot do one task; nor can a run be kept for somebody."""
    process = line("a", "b", "c", "d", c={"same_person_as": "a"}, d={"same_person_as": "b"})
    assert refused(process, merge={"tasks": ["c", "d"]}) == [
        "BP617 tasks: the person is to be that of a or b. End one of them first: allocate: {tasks: [...], policy: any}."
    ]


def test_clocks() -> None:
    """Clocks speak of the new task; one that would run inside it forbids it."""
    tasks: dict[str, Written] = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "b"},
        "b": {"next": "c"},
        "c": {"next": "done"},
        "done": {"type": "end"},
    }
    clocks = {"own": {"from": "a", "to": ["c"], "limit": "5d", "stops_while": ["a", "b"]}}
    after = applied(sketch(tasks, {"clocks": clocks}), merge={"tasks": ["a", "b"]})
    clock = after.cases.clocks["own"]
    assert (clock.start, clock.to, clock.stops_while) == ("a_b", ("c",), ("a_b",))
    clocks["own"]["to"] = ["b"]
    assert refused(sketch(tasks, {"clocks": clocks}), merge={"tasks": ["a", "b"]}) == [
        "BP607 tasks: the clock own runs from a to b. It would run inside one task."
    ]


def test_counted_visits() -> None:
    """Expressions count the visits of the new task, wherever they stand."""
    process = sketch(
        {
            "came": {"type": "start", "next": "a"},
            "a": {"next": "b"},
            "b": {"next": "which", "assign": {"size": "visits( b ) + 1"}},
            "which": {"type": "exclusive", "next": {"rest": "visits(b) < 2", "done": "else"}},
            "rest": {"type": "timer", "delay": {"value": "1d", "factor": "visits(a) + visits(bb)"}, "next": "bb"},
            "bb": {"next": "a", "duration": {"value": "1h", "factor": "visits(b)"}},
            "done": {"type": "end"},
        },
        {"attributes": {"size": 1}, "priority": "visits(b)"},
    )
    after = applied(process, merge={"tasks": ["a", "b"], "into": "ab"})
    assert after.cases.priority.text == "visits(ab)"
    assert str(after.flow["b_data"].assign["size"]) == "visits(ab) + 1"
    assert after.flow["which"].next[1].when.text == "visits(ab) < 2"
    assert after.flow["rest"].delay.factor.text == "visits(ab) + visits(bb)"
    assert after.tasks()["bb"].duration.factor.text == "visits(ab)"


def test_time_saved() -> None:
    """Every part is shortened by the same share, so that the mean falls by the time saved."""
    process = line("a", "b", a={"duration": "40min"}, b={"duration": "exponential(mean=20min)"})
    after = applied(process, merge={"tasks": ["a", "b"], "setup_saved": "15min"})
    assert [part.share for part in after.tasks()["a_b"].parts] == [0.75, 0.75]
    assert refused(process, merge={"tasks": ["a", "b"], "setup_saved": "2h"}) == [
        "BP618 setup_saved: 2h saved of 1h of work on average. Save less."
    ]
    after = applied(process, merge={"tasks": ["a", "b"], "setup_saved": "1h"})
    assert [part.share for part in after.tasks()["a_b"].parts] == [0, 0]
    process = line("a", "b", b={"duration": {"value": "10min", "factor": "now.month"}})
    assert refused(process, merge={"tasks": ["a", "b"], "setup_saved": "5min"}) == [
        "BP612 setup_saved: time saved from a duration that depends on the case. Write the new duration: duration: ..."
    ]


def test_a_duration_of_its_own() -> None:
    """Then there are no parts, and nothing is said of the old durations any more."""
    said = {"evidence": {"flow.a.duration": {"grade": "log"}, "flow.b.duration": {"grade": "log"}}}
    process = Process.model_validate(line("a", "b").as_written() | said)
    after = applied(process, merge={"tasks": ["a", "b"], "into": "a", "duration": "12min"})
    task = after.tasks()["a"]
    assert (task.parts, str(task.duration.value), after.evidence) == ((), "12min", {})
    assert refused(process, merge={"tasks": ["a", "b"], "duration": "12min", "setup_saved": "5min"}) == [
        "BP612 setup_saved: time saved from a duration that is given anyway. Write the duration that is left, or sum."
    ]


def test_merging_again() -> None:
    """A merged task is united with another: all its parts stay, and what is said of them."""
    said = {"evidence": {f"flow.{name}.duration": {"grade": "log", "source": name} for name in "abc"}}
    process = Process.model_validate(line("a", "b", "c").as_written() | said)
    once = applied(process, merge={"tasks": ["a", "b"], "setup_saved": "5min"})
    assert sorted(once.evidence) == ["flow.a_b.parts.0.duration", "flow.a_b.parts.1.duration", "flow.c.duration"]
    twice = applied(once, merge={"tasks": ["a_b", "c"], "into": "all"})
    assert [(part.was, part.share) for part in twice.tasks()["all"].parts] == [("a", 0.75), ("b", 0.75), ("c", 1.0)]
    assert {path: twice.evidence[path].source for path in twice.evidence} == {
        f"flow.all.parts.{i}.duration": name for i, name in enumerate("abc")
    }


def test_times_that_depend_on_what_was_set() -> None:
    """A part cannot take its time from what an earlier part (or a gateway between) sets."""
    flow: dict[str, Written] = {
        "came": {"type": "start", "next": "a"},
        "a": {"next": "which", "assign": {"size": "2"}},
        "which": {"type": "exclusive", "next": "b", "assign": {"level": "3"}},
        "b": {"next": "done", "duration": {"value": "10min", "factor": "size"}},
        "done": {"type": "end"},
    }
    attributes = {"attributes": {"size": 1, "level": 1}}
    hint = "Give the new task a duration of its own."
    assert refused(sketch(flow, attributes), merge={"tasks": ["a", "b"]}) == [
        f"BP617 tasks.1: b takes its time from size, which a sets before it. {hint}"
    ]
    flow["b"]["duration"]["factor"] = "level"
    assert refused(sketch(flow, attributes), merge={"tasks": ["a", "b"]}) == [
        f"BP617 tasks.1: b takes its time from level, which which sets before it. {hint}"
    ]
    assert refused(sketch(flow, attributes), merge={"tasks": ["a", "b"], "duration": "1h"}) == []


def test_runs_for_one_person() -> None:
    """A run and a person who is waited for exclude each other, also when they come from the model."""
    process = line(
        "a", "b", "c", "d", b={"batch": {"size": 2, "max_wait": "1d"}}, c={"batch": {"size": 2, "max_wait": "1d"}}
    )
    nodes = dict(process.flow)
    nodes["c"] = nodes["c"].model_copy(update={"same_person_as": "a"})
    process = process.model_copy(update={"flow": nodes})
    assert refused(process, merge={"tasks": ["b", "c"]}) == [
        "BP621 tasks: b_c would be done in runs and by the same person as a. End one of them first."
    ]


def test_in_words_and_footprint() -> None:
    """One plain sentence; it writes the tasks, what leads to them and what speaks of them."""
    change = Merge(tasks=("a", "b"), into="ab")
    assert str(change) == "a and b become one task, ab"
    assert change.makes() == ("ab",)
    process = line("x", "a", "b", "c", "d", d={"same_person_as": "b"})
    assert change.footprint(process).writes == {"flow.x", "flow.a", "flow.b", "flow.ab", "flow.d"}
    assert change.footprint(process).reads == {"departments.desk.roles", "departments.back.roles"}
    process = sketch(
        {"came": {"type": "start", "next": "a"}, "a": {"next": "b"}, "b": {"next": "done"}, "done": {"type": "end"}},
        {"clocks": {"own": {"to": "b", "limit": "1d"}}},
    )
    assert "cases" in change.footprint(process).writes


@pytest.mark.parametrize("duration", ["sum", "12min"])
def test_written(duration: str) -> None:
    """What was left out stays left out."""
    change = Merge(tasks=("a", "b"), duration=duration)
    given = {"tasks": ["a", "b"]} | ({} if duration == "sum" else {"duration": {"value": "12min"}})
    assert change.parameters() == given
