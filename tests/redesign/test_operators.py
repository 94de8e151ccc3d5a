"""How a change stands in a file: one operator with its parameters, and what may stand beside it."""

from typing import Any

import pytest
from pydantic import ValidationError

from bpsim.errors import CODES, ChangeError
from bpsim.model.process import Evidence
from bpsim.redesign.change import Change, Costs, Footprint, Mistakes, Trouble
from bpsim.redesign.operators import OPERATORS, PRESETS, Batch, Remove, operator_of, read_change, written_change
from tests.redesign.sketch import line, shown

EXAMPLES: list[dict[str, Any]] = [
    {"remove": {"task": "a"}},
    {"remove": {"task": "a", "share": 0.25, "legal_change": "Act"}, "id": "R1"},
    {"merge": {"tasks": ["a", "b"], "into": "ab", "setup_saved": "5min", "performer": "desk.clerk", "exits": "drop"}},
    {"merge": {"tasks": ["a", "b"], "duration": {"value": "5min"}}},
    {"merge": {"tasks": ["a", "b"], "duration": {"choice": {"by": "x", "of": {"1": "5min", "else": "1 working day"}}}}},
    {"staff": {"role": "desk.clerk", "add": 1, "also": ["back.handler"], "calendar": "late"}},
    {"staff": {"role": "desk.clerk", "set": 0, "other_duties": "none"}},
    {"staff": {"role": "desk.clerk", "other_duties": {"share": 0.2, "block": "1h"}}},
    {"batch": {"task": "a", "rule": "none"}},
    {
        "batch": {
            "task": "a",
            "rule": {"size": 3, "max": 5, "max_wait": "1d", "schedule": "tue, thu 10:00", "setup": "5min"},
        }
    },
    {"allocate": {"tasks": ["a", "b"], "policy": "same_person", "keeps_for": "4h"}},
    {"allocate": {"tasks": ["a", "b"], "policy": "same_person", "keeps_for": {"by": "x", "of": {"true": "1h"}}}},
    {"automate": {"tasks": ["a"], "share": 0.5, "duration": {"value": "1min"}, "fallout": 0.1, "residual_factor": 1.5}},
    {"automate": {"transfers": {"desk -> back": "1min", "within": "5-20 min"}}},
    {"automate": {"tasks": ["a"], "error": {"by": "channel", "of": {"web": 0.1, "else": 0.0}}}},
    {
        "channel": {
            "add": {"app": {"calendar": "late", "delay": "1h", "client_time": "5min", "client_cost": 1.5}},
            "shift": {"web": {"app": 0.25}},
            "clarity": {"sets": {"flow.a.duration": {"app": {"multiply": 0.5}}, "flow.b.next.c": {"app": 0.1}}},
            "interface": {"web": {"client_time": "1min"}},
            "routing": "client",
        }
    },
    {"source": {"replaces": "a", "from": "buffer"}},
    {"trigger": {"kind": "bundle", "services": ["a-b", "c"]}},
    {"trigger": {"kind": "register_event", "event": "e", "vanish": ["a"], "rule": "x", "consent": 0.5}},
    {
        "source": {
            "replaces": "a",
            "from": "trusted_party",
            "hit": 0.8,
            "latency": {"value": "2d"},
            "stale": 0.05,
            "fallback": "b",
        }
    },
    {"transfer": {"desk -> back": "1min", "within": {"delay": "5-20 min", "calendar": "office"}}},
    {"tune": {"flow.a.duration": {"multiply": 0.8}, "flow.b.duration": "5min", "flow.c.documents": 2}},
]


@pytest.mark.parametrize("entry", EXAMPLES)
def test_there_and_back(entry: dict[str, Any]) -> None:
    """What was read is written as it was written, and read again to the same."""
    change = read_change(entry)
    assert written_change(change) == entry
    assert read_change(written_change(change)) == change


def test_what_stands_beside() -> None:
    """An id, evidence and the cost of a change stand beside the operator, and are written again."""
    entry = {
        "id": "R7",
        "eliminate": {"task": "a"},
        "evidence": {"grade": "assumption", "source": "workshop", "range": [0.1, 0.3]},
        "cost": {"once": 1000.0},
    }
    change = read_change(entry)
    assert change == Remove(
        id="R7",
        task="a",
        evidence=Evidence(grade="assumption", source="workshop", range=(0.1, 0.3)),
        cost=Costs(once=1000),
    )
    assert written_change(change) == {**{k: v for k, v in entry.items() if k != "eliminate"}, "remove": {"task": "a"}}
    assert read_change(change) is change
    yearly = read_change({"remove": {"task": "a"}, "cost": {"per_year": 10}})
    assert written_change(yearly)["cost"] == {"per_year": 10.0}


def said(entry: object) -> list[str]:
    """Give the mistakes of an entry."""
    with pytest.raises(Mistakes) as caught:
        read_change(entry)
    assert all(trouble.code in CODES for trouble in caught.value.troubles)
    return [shown(trouble) for trouble in caught.value.troubles]


ALL = "Write one of: " + ", ".join(sorted(OPERATORS)) + "."


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ("remove", ["BP602 : a change is a mapping with one operator. Write {remove: {task: ...}}."]),
        ({"id": "R1"}, [f"BP602 : no operator. {ALL}"]),
        (
            {"remove": {"task": "a"}, "batch": {"task": "a"}},
            ["BP602 batch: several operators in one change: remove, batch. Write each as an entry of its own."],
        ),
        ({"remove": {"task": "a"}, "evidnce": {}}, ["BP101 evidnce: unknown key. Did you mean 'evidence'?"]),
        (
            {"x": 1, "y": 2},
            ["BP602 y: several operators in one change: x, y. Write each as an entry of its own."],
        ),
        ({"remov": {"task": "a"}}, ["BP601 remov: unknown operator. Did you mean 'remove'?"]),
        ({"triag": {"task": "a"}}, ["BP601 triag: unknown operator. Did you mean 'triage'?"]),
        ({"x": {"task": "a"}}, ["BP601 x: unknown operator. Operators are: " + ", ".join(sorted(OPERATORS)) + "."]),
        ({"remove": "a"}, ["BP104 remove: 'a' where the parameters of remove belong."]),
        ({"remove": None}, ["BP104 remove: nothing where the parameters of remove belong."]),
        ({"remove": ["a"]}, ["BP104 remove: a list where the parameters of remove belong."]),
        (
            {"remove": {"task": "a", "id": "R1", "cost": {}}},
            [
                "BP101 remove.id: not a parameter. Write it beside remove, not inside it.",
                "BP101 remove.cost: not a parameter. Write it beside remove, not inside it.",
            ],
        ),
        (
            {"remove": {"tsk": "a", "share": "130%"}},
            [
                "BP103 remove.task: missing.",
                "BP231 remove.share: the probability 130% is above 1. Did you mean 1.3 % = 0.013?",
                "BP101 remove.tsk: unknown key. Did you mean 'task'?",
            ],
        ),
        (
            {"remove": {"task": "a", "x": 1}},
            ["BP101 remove.x: unknown key. Parameters are: task, share, legal_change."],
        ),
        ({"batch": {"task": "a", "rule": {"sise": 2}}}, ["BP101 batch.rule.sise: unknown key."]),
        ({"remove": {"task": 3}}, ["BP104 remove.task: input should be a valid string."]),
        ({"remove": {"task": "a"}, "cost": {"once": -3}}, ["BP502 cost.once: -3 is negative. Write zero or more."]),
    ],
)
def test_mistakes(entry: object, lines: list[str]) -> None:
    """Each mistake is placed from the entry inwards, all at once."""
    assert said(entry) == lines


def test_the_table() -> None:
    """Second names stand for operators that there are; what is for later is not there yet."""
    assert set(PRESETS) <= set(OPERATORS)
    assert {kind.operator for kind in OPERATORS.values()} <= set(OPERATORS)
    assert all(OPERATORS[kind.operator] is kind for kind in OPERATORS.values())


def test_the_key_of_an_entry() -> None:
    """The one key that is not id, evidence or cost."""
    assert operator_of({"id": "R1", "batch": {}, "cost": {}}) == "batch"
    assert operator_of({"id": "R1"}) == operator_of({"a": 1, "b": 2}) == ""


def test_apply_refuses() -> None:
    """A precondition that does not hold is an error that names operator, id and node."""
    with pytest.raises(ChangeError) as caught:
        Batch(task="b", rule=None).apply(line("a"))
    assert str(caught.value) == "sketch: BP603 error: batch.task: there is no node b. There are: a, came, done."
    with pytest.raises(ChangeError, match=r"sketch: BP603 error: changes\.R1\.batch\.task: there is no node b"):
        Batch(id="R1", task="b", rule=None).apply(line("a"))


def test_python_refuses_too() -> None:
    """A wrong parameter in Python is a ValueError of the model."""
    with pytest.raises(ValidationError, match="the probability 3 is above 1"):
        Remove(task="a", share=3)


def test_many_names_are_not_listed() -> None:
    """A hint names the nearest, or a few, or none."""
    process = line(*(f"t{i}" for i in range(20)))
    assert [shown(t) for t in Remove(task="zz").check(process)] == ["BP603 task: there is no node zz."]


def test_footprints() -> None:
    """Two changes commute when neither writes what the other reads or writes; a path stands for what is below it."""

    def foot(reads: str = "", writes: str = "") -> Footprint:
        return Footprint(frozenset(reads.split()), frozenset(writes.split()))

    assert foot(writes="flow.a").commutes_with(foot(writes="flow.b"))
    assert foot(writes="flow.a").commutes_with(foot(writes="flow.ab"))
    assert not foot(writes="flow.a").commutes_with(foot(writes="flow.a.duration"))
    assert not foot(writes="flow.a.duration").commutes_with(foot(reads="flow"))
    assert not foot(reads="flow.a").commutes_with(foot(writes="flow.a"))
    assert foot(reads="flow.a").commutes_with(foot(reads="flow.a"))


def test_no_change_of_its_own() -> None:
    """The class of all changes is none itself: what it does is for the operators to say."""
    assert Trouble("BP603", ("a", 0), "what").problem("f", "x").path == "x.a.0"
    assert Change.model_fields.keys() == {"id", "evidence", "cost"}
