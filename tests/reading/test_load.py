"""Loading: what becomes of good files, and where the slips of bad ones are placed."""

import os
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bpsim.engine.plan import compile_plan
from bpsim.engine.replication import replicate
from bpsim.errors import ModelError, Problem
from bpsim.measures.measured import measure
from bpsim.model.findings import Finding
from bpsim.model.process import Process
from bpsim.reading.load import (
    check_file,
    check_text,
    load,
    load_process,
    load_process_text,
    load_scenario,
    read_process,
    read_scenario,
)
from bpsim.reading.measures import measure_names
from bpsim.reading.placing import Placer, written_path
from bpsim.reading.source import parse_source
from bpsim.reading.words import LATER_KEYS
from bpsim.redesign.scenario import Scenario, Sequential
from bpsim.values.durations import DAY

VALID = Path(__file__).parent.parent / "corpus" / "valid"
DESK = """process: desk
calendars: {office: {mon-fri: "09:00-17:00"}}
departments:
  desk: {calendar: office, roles: {clerk: {staff: 2}}}
cases:
  arrivals: exponential(mean=1h)
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: 20min, next: done}
  done: {type: end}
"""


def told(text: str, file: str = "f") -> list[str]:
    """Give the diagnostics of a text without the file's name."""
    return [str(problem).removeprefix(f"{file}:") for problem in check_text(text, file)]


def desk(old: str, new: str) -> str:
    """Change the desk at one place."""
    assert DESK.count(old) == 1
    return DESK.replace(old, new)


# What is loaded


def test_process() -> None:
    """A process file becomes a process; its names, hours and numbers are those of the file."""
    process = load_process(VALID / "permit-receipt.yaml")
    assert process.process == "permit-receipt"
    assert list(process.flow)[:3] == ["received", "register", "complete"]
    assert process.role("front_office.senior").also == ("front_office.clerk",)
    assert process.flow["lapsed"].outcome == "lapsed"  # type: ignore[union-attr]


def test_evidence() -> None:
    """Evidence is kept by the dotted path of its number, wherever it stood in the file."""
    process = load_process(VALID / "evidence.yaml")
    grades = {path: evidence.grade for path, evidence in process.evidence.items()}
    assert grades == {
        "departments.desk.roles.clerk.staff": "published",
        "cases.arrivals": "log",
        "flow.register.duration": "assumption",
        "flow.check.duration": "assumption",
        "flow.complete.next.register": "log",
        "departments.desk.roles.clerk.cost": "published",
    }
    assert process.evidence["flow.register.duration"].range == ("10min", "40min")


def test_the_resolved_form_can_be_read() -> None:
    """What a process gives as plain data is a process again, the same."""
    process = load_process(VALID / "permit-receipt.yaml")
    assert Process.model_validate(process.as_written()).digest() == process.digest()


def test_scenario() -> None:
    """A scenario file becomes a scenario over the process that its base leads to."""
    scenario = load_scenario(VALID / "single-owner.yaml")
    assert scenario.process.process == "permit-receipt"
    assert [change.id for change in scenario.changes] == ["R1", "R2", "R3"]
    assert scenario.experiment.seed == 2021
    assert isinstance(scenario.experiment.replications, Sequential)
    assert scenario.lineage == ()
    assert {target.name: target.value for target in scenario.targets} == {
        "lead_time.p90": 20 * DAY,
        "handoffs.department.mean": 3.0,
        "on_time.statutory": 0.95,
    }


def test_inheritance() -> None:
    """A scenario inherits what it does not say: changes, the rest of the experiment, targets; not title and cost."""
    parent, child = load_scenario(VALID / "single-owner.yaml"), load_scenario(VALID / "more-staff.yaml")
    assert child.changes[:3] == parent.changes
    assert [change.operator for change in child.changes] == ["allocate", "batch", "automate", "staff"]
    assert child.experiment == parent.experiment.model_copy(update={"replications": 20})
    assert [target.name for target in child.targets] == [t.name for t in parent.targets] + ["cost_per_case.mean"]
    assert (child.title, child.cost.once) == ("", 0.0)
    assert child.lineage == ("single-owner",)


def test_targets_said_again(tmp_path: Path) -> None:
    """A target that is said again takes the place of the inherited one."""
    text = f"scenario: x\nbase: {os.path.relpath(VALID / 'single-owner.yaml', tmp_path)}\n"
    (tmp_path / "x.yaml").write_text(text + "targets: {lead_time.p90: <= 5 days}\n")
    targets = {target.name: target.value for target in load_scenario(tmp_path / "x.yaml").targets}
    assert targets == {"lead_time.p90": 5 * DAY, "handoffs.department.mean": 3.0, "on_time.statutory": 0.95}


def test_evidence_of_a_change(tmp_path: Path) -> None:
    """Evidence beside a number of a change is the change's, unless it has its own."""
    number = "{value: 1, evidence: {grade: log}}"
    changes = f"[staff: {{role: front_office.clerk, add: {number}}}, {{remove: {{task: recheck}}}}]"
    base = os.path.relpath(VALID / "permit-receipt.yaml", tmp_path)
    (tmp_path / "x.yaml").write_text(f"scenario: x\nbase: {base}\nchanges: {changes}\n")
    first, second = load_scenario(tmp_path / "x.yaml").changes
    assert first.evidence is not None
    assert first.evidence.grade == "log"
    assert second.evidence is None


def test_a_process_as_scenario() -> None:
    """A process file stands for its as-is: no changes, the usual experiment."""
    scenario = load_scenario(VALID / "desk.yaml")
    assert (scenario.scenario, scenario.changes, scenario.experiment.replications) == ("as-is", (), 30)
    assert scenario.process == load_process(VALID / "desk.yaml")


def test_load_either() -> None:
    """`load` gives whichever the file holds."""
    assert isinstance(load(VALID / "desk.yaml"), Process)
    assert isinstance(load(VALID / "more-staff.yaml"), Scenario)


def test_load_text() -> None:
    """A process can be read from text."""
    assert load_process_text(DESK).process == "desk"
    with pytest.raises(ModelError, match=r"<text>:9:60: BP306 error: flow.register.next: there is no node don"):
        load_process_text(desk("next: done", "next: don"))


@pytest.mark.parametrize("loader", [load, load_process, load_scenario])
def test_errors_are_raised(loader: Callable[[Path], Any], tmp_path: Path) -> None:
    """A file that cannot be used is a ModelError that carries every problem."""
    (tmp_path / "x.yaml").write_text(desk("staff: 2", "staf: 2").replace("20min", "20"))
    with pytest.raises(ModelError) as caught:
        loader(tmp_path / "x.yaml")
    assert [problem.code for problem in caught.value.problems] == ["BP101", "BP201"]
    with pytest.raises(ModelError, match="BP801"):
        loader(tmp_path / "no.yaml")


def test_warnings_do_not_hinder(tmp_path: Path) -> None:
    """A process with warnings is given, and they with it."""
    (tmp_path / "x.yaml").write_text(desk("duration: 20min, ", ""))
    process, problems = read_process(tmp_path / "x.yaml")
    assert process is not None
    assert [(problem.code, problem.severity) for problem in problems] == [("BP434", "warning")]
    assert load(tmp_path / "x.yaml") == process
    scenario, problems = read_scenario(tmp_path / "x.yaml")
    assert scenario is not None
    assert len(problems) == 1


def test_a_scenario_is_no_process() -> None:
    """Where a process is wanted, a scenario is refused with the way out."""
    process, problems = read_process(VALID / "single-owner.yaml")
    assert process is None
    assert [str(problem).partition("single-owner.yaml:")[2] for problem in problems] == [
        (
            "3:1: BP114 error: scenario: this is a scenario, not a process. "
            "Where a process is wanted, name the file that its 'base' leads to."
        )
    ]


# Many problems


def test_fifty_problems_and_a_count() -> None:
    """At most 50 problems are listed, and how many more there are."""
    attributes = "\n".join(f"    a{number}: seven" for number in range(73))
    problems = check_text(desk("  arrivals", f"  attributes:\n{attributes}\n  arrivals"), "f")
    assert len(problems) == 51
    assert [problem.line for problem in problems] == [*range(7, 57), 57]
    assert str(problems[-1]) == "f:57:10: BP199 error: and 23 more problems"


def test_a_count_of_warnings() -> None:
    """When all that is not listed are warnings, so is the count."""
    roles = ", ".join(f"r{number}: {{staff: 1}}" for number in range(60))
    problems = check_text(desk("clerk: {staff: 2}", f"clerk: {{staff: 2}}, {roles}"), "f")
    assert [problem.severity for problem in problems] == ["warning"] * 51


def test_several_files() -> None:
    """Errors of the base come with those of the scenario, each with its file; its warnings do not."""
    text = "scenario: x\nbase: base.yaml\nexperiment: {seed: -1}\n"
    folder = VALID.parent / "parts"
    problems = check_text(text, str(folder / "x.yaml"))
    assert [(Path(problem.file).name, problem.code) for problem in problems] == [
        ("x.yaml", "BP115"),
        ("x.yaml", "BP650"),
    ]


def test_errors_of_the_base(tmp_path: Path) -> None:
    """A base that is wrong is reported where it is wrong."""
    (tmp_path / "base.yaml").write_text(desk("20min", "20").replace("staff: 2", "staff: 0"))
    (tmp_path / "open.yaml").write_text("process: 'x\n")
    problems = check_text("scenario: x\nbase: base.yaml\n", str(tmp_path / "x.yaml"))
    assert [(Path(problem.file).name, problem.line, problem.code) for problem in problems] == [
        ("base.yaml", 9, "BP201")
    ]
    problems = check_text("scenario: x\nbase: open.yaml\n", str(tmp_path / "x.yaml"))
    assert [(Path(problem.file).name, problem.line, problem.code) for problem in problems] == [
        ("open.yaml", 1, "BP011")
    ]


def test_overload_of_the_base(tmp_path: Path) -> None:
    """People who cannot do the work are told of at the changes only when the changes bring it about."""
    (tmp_path / "base.yaml").write_text(desk("mean=1h", "mean=5min"))
    title = "changes: [{tune: {departments.desk.roles.clerk.cost: 5}}]\n"
    assert [problem.code for problem in check_file(tmp_path / "base.yaml")] == ["BP451"]
    assert check_text(f"scenario: x\nbase: base.yaml\n{title}", str(tmp_path / "x.yaml")) == []


def test_a_ring_further_down(tmp_path: Path) -> None:
    """Files below that build on each other are told at the file that was asked for."""
    (tmp_path / "a.yaml").write_text("scenario: a\nbase: b.yaml\n")
    (tmp_path / "b.yaml").write_text("scenario: b\nbase: a.yaml\n")
    problems = check_text("scenario: x\nbase: a.yaml\n", str(tmp_path / "x.yaml"))
    assert [(problem.line, problem.code) for problem in problems] == [(2, "BP116")]
    assert problems[0].what == "the files build on each other: a.yaml -> b.yaml -> a.yaml"


# Places


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "{staff: 2}",
            "{staff: {value: x, evidence: {grade: log}}}",
            "4:59: BP208 error: departments.desk.roles.clerk.staff",
        ),
        ("calendar: office", "calendar: [office]", "4:20: BP104 error: departments.desk.calendar: a list where text"),
        (
            "calendar: office",
            "calendar: null",
            "4:10: BP104 error: departments.desk.calendar: nothing where text belongs",
        ),
        ("exponential(mean=1h)", "{every: 1 hore}", "6:23: BP204 error: cases.arrivals.every: unknown unit"),
        ("exponential(mean=1h)", "1 hore", "6:15: BP204 error: cases.arrivals: unknown unit"),
        (
            "20min",
            "{value: {by: a, of: {b: 1 hore}}}",
            "9:73: BP204 error: flow.register.duration.value.of.b: unknown unit",
        ),
        ("20min", "{by: a, of: {b: 1 hore}}", "9:65: BP204 error: flow.register.duration.of.b: unknown unit"),
        ("20min", "{value: 1 hore, factor: 2}", "9:57: BP204 error: flow.register.duration.value: unknown unit"),
        ("desk.clerk", "[desk.clerk, 7]", "9:38: BP104 error: flow.register.performer.1: the number 7 where text"),
        (
            "desk.clerk",
            "{role: desk.clerk}",
            "9:25: BP104 error: flow.register.performer: a mapping where a list belongs",
        ),
        ("desk.clerk", "[]", "9:25: BP103 error: flow.register.performer: there is nothing in it. Say who does it"),
        ("next: done", "next: 7", "9:60: BP104 error: flow.register.next: the number 7 where a node's name"),
        ("next: done", "next: [7]", "9:61: BP104 error: flow.register.next.0: the number 7 where a node's name"),
        ("next: done", "next: done, batch: ", "9:66: BP104 error: flow.register.batch: nothing where a value belongs"),
        ("next: done", "next: done, title: [null]", "9:73: BP104 error: flow.register.title: a list where text"),
        ("staff: 2", "staff: 2e9", "4:51: BP501 error: departments.desk.roles.clerk.staff: 2e+09 is more than can be"),
        ("staff: 2", "staff: 2, calendar: x", "4:64: BP402 error: departments.desk.roles.clerk.calendar: there is no"),
        ("next: done", "next: {done: [7]}", "9:67: BP104 error: flow.register.next.done: a list where a number or"),
        ("next: done", "next: [{to: done, when: a >}]", "9:78: BP241 error: flow.register.next.0.when: `a >` is not a"),
        ("next: done", "next: [{to: done, p: x y}]", "9:77: BP241 error: flow.register.next.0.p: `x y` is not a"),
        ("next: done", "next: [{to: 7}]", "9:66: BP104 error: flow.register.next.0.to: the number 7 where text"),
        ("next: done", "next: done, documents: true", "9:77: BP104 error: flow.register.documents: true where a whole"),
        ("next: done", "next: done, legal: maybe", "9:73: BP104 error: flow.register.legal: text where true or false"),
        ("next: done", "next: done, batch: 5", "9:73: BP104 error: flow.register.batch: the number 5 where a mapping"),
        ("type: end", "type: [end]", "10:16: BP106 error: flow.done.type: no type of node: a list"),
        (
            "type: end",
            "type: end, type_of: 5",
            "10:21: BP101 error: flow.done.type_of: unknown key. Did you mean 'type'?",
        ),
        ("process: desk", "process: Desk 1", "1:10: BP108 error: process: 'Desk 1' cannot be a name. Write lower-case"),
        ("process: desk", "process: " + "x" * 81, "1:10: BP112 error: process: a name of 81 characters"),
        (
            "process: desk",
            "process: d\u0435sk",
            "1:10: BP110 error: process: mixed scripts: the '\u0435' in 'd\u0435sk' is Cyrillic",
        ),
        (
            "process: desk",
            "process: desk\ntransfers: {desk->a: 1 hore}",
            "2:24: BP204 error: transfers.desk->a: unknown unit",
        ),
        (
            "process: desk",
            "process: desk\ntransfers: {default: 1 hore}",
            "2:24: BP204 error: transfers.default: unknown unit",
        ),
        ("process: desk", "process: desk\ntransfers: {a -> b: 1h}", "2:13: BP420 error: transfers.a -> b: there is no"),
        (
            "process: desk",
            "process: desk\ntransfers: {pairs: {a -> b: 1 hore}}",
            "2:31: BP204 error: transfers.pairs.a -> b: unknown",
        ),
        (
            "cases:\n",
            "cases:\n  clocks: {a: {limit: {by: x, of: {1: 8d}, off: 1}}}\n",
            "6:44: BP101 error: cases.clocks.a.limit.off: unknown",
        ),
        ("process: desk", "process: desk\ntransfers: 7", "2:12: BP104 error: transfers: the number 7 where a mapping"),
        ("process: desk", "process: desk\nevidence: 7", "2:11: BP104 error: evidence: the number 7 where a mapping"),
        (
            "process: desk",
            "process: desk\nchannels: {a: {}}",
            "2:12: BP103 error: channels.a: 'share' is missing. Say how",
        ),
        ("process: desk", "process: desk\nflow_of: 1", "2:1: BP101 error: flow_of: unknown key. Did you mean 'flow'?"),
        (
            "process: desk",
            "process: desk\nroles: 1",
            "2:1: BP101 error: roles: unknown key. It belongs under departments.*",
        ),
        (
            "process: desk",
            "process: desk\nshare: 1",
            "2:1: BP101 error: share: unknown key. It belongs under departments.*.roles",
        ),
        (
            "process: desk",
            "process: desk\nxyzzy: 1",
            "2:1: BP101 error: xyzzy: unknown key. Keys here are process, title",
        ),
        (
            "process: desk",
            "process: desk\nrunz: 1",
            "2:1: BP101 error: runz: unknown key. Keys here are process, title",
        ),
        (
            "process: desk",
            "process: desk\ndauer: 1",
            "2:1: BP101 error: dauer: unknown key. The keys are English words: did",
        ),
        ("process: desk", "process: desk\nkpi: 1", "2:1: BP101 error: kpi: unknown key"),
        ("09:00-17:00", "9-17", '2:31: BP222 error: calendars.office.mon-fri: "9" is not a time of day'),
        (
            "cases:\n",
            "cases:\n  attributes: {a: {by: 1, of: {}}}\n",
            "6:24: BP104 error: cases.attributes.a.by: the number 1",
        ),
        (
            "cases:\n",
            "cases:\n  attributes: {a: {x: 20, y: 80%}}\n",
            "6:23: BP231 error: cases.attributes.a.x: the probability 20",
        ),
        (
            "cases:\n",
            "cases:\n  clocks: {a: {limit: 8 weekz}}\n",
            "6:25: BP204 error: cases.clocks.a.limit: unknown unit",
        ),
        (
            "cases:\n",
            "cases:\n  clocks: {a: {limit: {by: x, of: {1: 8 weekz}}}}\n",
            "6:41: BP204 error: cases.clocks.a.limit.of.1",
        ),
    ],
)
def test_places(old: str, new: str, line: str) -> None:
    """Whatever the written form, the first diagnostic names the place, the path and the slip."""
    assert told(desk(old, new))[0].startswith(line)


def test_a_default_that_came_from_elsewhere() -> None:
    """A calendar that a role has from its department is told once, where it is written."""
    assert told(desk("calendar: office", "calendar: ofice")) == [
        "4:20: BP402 error: departments.desk.calendar: there is no calendar ofice. Did you mean 'office'?"
    ]


@pytest.mark.parametrize(
    ("written", "path", "key", "place"),
    [
        ("next: done", ("flow", "a", "next", "done"), True, (2, 13)),
        ("next: done", ("flow", "a", "next", 0), False, (2, 13)),
        ("next: [x, done]", ("flow", "a", "next", "done"), True, (2, 17)),
        ("next: [x, done]", ("flow", "a", "next", "y"), True, (2, 13)),
        ("next: {x: 30%, done: 5%}", ("flow", "a", "next", "done"), True, (2, 22)),
        ("next: {x: 30%, done: 5%}", ("flow", "a", "next", "done"), False, (2, 28)),
        ("next: {x: 30%, done: 5%}", ("flow", "a", "next", 0), True, (2, 22)),
        ("next: [{to: x}, {to: done, p: 5%}]", ("flow", "a", "next", "done"), True, (2, 28)),
        ("next: [{to: x}, {to: done, p: 5%}]", ("flow", "a", "next", "done"), False, (2, 37)),
        ("next: [{to: x}, {to: done, when: b}]", ("flow", "a", "next", "done"), False, (2, 40)),
        ("next: [{to: x}, {to: done}]", ("flow", "a", "next", "done"), False, (2, 23)),
        ("next: done", ("flow", "a", "next"), True, (2, 7)),
        ("performer: [x, y]", ("flow", "a", "performer", 1), False, (2, 22)),
        ("performer: x", ("flow", "a", "performer", 0), False, (2, 18)),
    ],
)
def test_places_of_findings(written: str, path: tuple[str | int, ...], key: bool, place: tuple[int, int]) -> None:  # noqa: FBT001
    """A check speaks in the model's terms; the place is where that was written."""
    source = parse_source(f"flow:\n  a: {{{written}}}\n".replace("a: {", "a: {"), "f")
    found = Placer(source, source.data).finding(Finding("BP306", path, "what", key=key))
    assert (found.line, found.column) == place


def test_written_paths() -> None:
    """Steps that only the model has are left out."""
    data = {"transfers": {"default": "1h", "a->b": "2h"}, "departments": {"d": {"roles": {"r": {"staff": 1}}}}}
    assert written_path(data, ("transfers", "between_bodies", "delay")) == (("transfers", "default"), False)
    assert written_path(data, ("transfers", "pairs", "a -> b", "delay")) == (("transfers", "a->b"), False)
    assert written_path(data, ("departments", "d", "roles", "r", "calendar")) == (("departments", "d"), False)


def test_names() -> None:
    """Names are judged wherever they are given."""
    text = (
        DESK.replace("clerk", "Clerk")
        .replace("office", "civil")
        .replace("  arrivals", "  attributes: {age: 1}\n  arrivals")
    )
    assert [line[: line.index(" error")] for line in told(text.replace("desk:", "client:"))] == [
        "2:13: BP109",
        "4:3: BP109",
        "4:37: BP108",
        "6:16: BP109",
    ]


# What this version does not read (words that are read by now drop out by themselves)


@pytest.mark.parametrize(("old", "new"), [("20min", f"20min, {key}: 1") for key in sorted(LATER_KEYS)])
def test_known_not_in_this_version(old: str, new: str) -> None:
    """A construct of the language that this version does not carry out is named as such, and never as unknown."""
    problems = check_text(desk(old, new), "f")
    assert [problem.code for problem in problems if problem.severity == "error"] == ["BP102"]
    assert "known, not in this version" in problems[0].what


# Never a crash


JUNK: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**90, "", "x", "20 minuts", "-5min", "else", "30%", "\u0430", "9" * 60, "triangular("),
    *(
        [],
        {},
        ["x"],
        {"x": "y"},
        [[]],
        {"value": 1},
        {"by": "x"},
        {"by": 1, "of": 2},
        {"of": {}},
        {"by": "x", "of": {}},
    ),
    *({"type": "task"}, {"all": ["x"]}, {"a -> b": 1}, {"value": "5min", "evidence": {}}, ["client", "desk.clerk"]),
    *(float("inf"), float("nan")),
]


def mutated(data: Any, random_: random.Random) -> Any:  # noqa: ANN401 - what a file may hold
    """Delete, replace, rename or exchange something somewhere."""
    places = [(holder, step) for holder, step in walk(data)]
    holder, step = random_.choice(places)
    way = random_.randrange(4)
    if way == 0:
        del holder[step]
    elif way == 1:
        holder[step] = random_.choice(JUNK)
    elif way == 2:
        other, place = random_.choice(places)
        holder[step] = plain(other[place])
    elif isinstance(holder, dict):
        holder[f"{step}x"[random_.randrange(2) :] or "x"] = holder.pop(step)
    return data


def walk(data: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - what a file may hold
    """Give every place in the data as its holder and the step from there."""
    steps = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [pair for step in steps for pair in [(data, step), *walk(data[step])]]


def plain(data: Any) -> Any:  # noqa: ANN401 - what a file may hold
    """Copy data."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    return [plain(value) for value in data] if isinstance(data, list) else data


def as_text(data: Any) -> str:  # noqa: ANN401 - what a file may hold
    """Write data as YAML in brackets."""
    if isinstance(data, dict):
        return "{" + ", ".join(f'"{key}": {as_text(value)}' for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(as_text, data)) + "]"
    if isinstance(data, float):
        return str(data).replace("inf", ".inf").replace("nan", ".nan")
    return (
        {None: "null", True: "true", False: "false"}.get(data, str(data)) if not isinstance(data, str) else quoted(data)
    )


def quoted(text: str) -> str:
    """Write a text in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@pytest.mark.parametrize("name", ["permit-receipt", "single-owner", "gateways", "operators"])
def test_garbage(name: str) -> None:
    """Whatever is done to a valid file: problems with a place, or none; never another exception."""
    path = VALID / f"{name}.yaml"
    data = parse_source(path.read_text(), "f").data
    random_ = random.Random(name)  # noqa: S311 - no secret
    for _ in range(40):
        text = as_text(mutated(mutated(plain(data), random_), random_))
        for problem in check_text(text, str(path)):
            assert problem.line >= 1
            assert problem.column >= 1
            assert problem.what


# Measures


def test_measure_names() -> None:
    """The names that targets may use are those that a run gives."""
    process = load_process(VALID / "permit-receipt.yaml")
    plan = compile_plan(process, start=date(2025, 1, 6), length=30 * DAY, drain=60 * DAY)
    measured = {found.name for found in measure(replicate(plan, seed=1, replication=0)).measures}
    assert measured == set(measure_names(process))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lead_time", "Write lead_time.mean."),
        ("lead_tme.p90", "Did you mean 'lead_time.p90'?"),
        ("on_time.legal", "It needs a clock, defined under cases.clocks."),
        ("happiness", "Such as lead_time.p90 or handoffs.mean."),
    ],
)
def test_unknown_measures(name: str, hint: str) -> None:
    """A measure that does not exist is told with the way to one that does."""
    text = f"scenario: x\nbase: desk.yaml\ntargets: {{{name}: <= 5}}\n"
    problems = check_text(text, str(VALID / "x.yaml"))
    assert [(problem.code, problem.hint) for problem in problems] == [("BP657", hint)]
    until = f"{{at_least: 2, until: {{measure: {name}, half_width: 2%}}, at_most: 9}}"
    problems = check_text(
        f"scenario: x\nbase: desk.yaml\nexperiment: {{replications: {until}}}\n", str(VALID / "x.yaml")
    )
    assert [(problem.code, problem.hint, problem.column) for problem in problems] == [("BP657", hint, 59)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("scenario: X 1\nbase: desk.yaml\n", "1:11: BP108 error: scenario: 'X 1' cannot be a name"),
        ("scenario: x\n", "1:1: BP103 error: 'base' is missing. Say what it builds on"),
        ("scenario: x\nbase: desk.yaml\nexperiment: {drain: }\n", "3:14: BP104 error: experiment.drain: nothing where"),
        (
            "scenario: x\nbase: desk.yaml\nchanges: [{staff: {role: desk.clerk, set: }}]\n",
            "3:38: BP104 error: changes.0.staff.set: nothing where a value belongs",
        ),
        ("scenario: x\nbase: [desk.yaml]\n", "2:7: BP104 error: base: a list where a path belongs"),
        ("scenario: x\nbase: desk.yaml\nchanges: {a: 1}\n", "3:10: BP104 error: changes: changes are a list"),
        ("scenario: x\nbase: desk.yaml\nchanges: [7]\n", "3:11: BP602 error: changes.0: a change is a mapping"),
        ("scenario: x\nbase: desk.yaml\nchanges: [{id: R1}]\n", "3:11: BP602 error: changes.0: no operator"),
        ("scenario: x\nbase: desk.yaml\nchanges: [{remove: 7}]\n", "3:20: BP104 error: changes.0.remove: '7' where"),
        ("scenario: x\nbase: desk.yaml\ntargets: 7\n", "3:10: BP104 error: targets: targets are a mapping"),
        (
            "scenario: x\nbase: desk.yaml\nexperiment: 7\n",
            "3:13: BP104 error: experiment: the number 7 where a mapping",
        ),
        ("scenario: x\nbase: desk.yaml\nprocess: y\n", "3:1: BP101 error: process: unknown key"),
        ("scenario: x\nbase: desk.yaml\ncost: {once: -5}\n", "3:14: BP502 error: cost.once: -5 is negative"),
        (
            "scenario: x\nbase: desk.yaml\ntargets: {Lead time: <= 5}\n",
            "3:11: BP657 error: targets.Lead time: there is no",
        ),
        (
            "scenario: x\nbase: no.yaml\ntargets: {Lead time: <= 5}\n",
            "2:7: BP115 error: base: 'no.yaml': there is no such",
        ),
        ("scenario: x\nbase: .\n", "2:7: BP115 error: base: '.': this is a folder"),
        (
            "scenario: x\nbase: desk.yaml\nchanges: [[{value: 1, evidence: {grade: log}}]]\n",
            "3:11: BP602 error: changes.0: a change",
        ),
        (
            "scenario: x\nbase: desk.yaml\nchanges: {value: 1, evidence: {grade: log}}\n",
            "3:18: BP104 error: changes: changes are",
        ),
        (
            "scenario: x\nbase: desk.yaml\nchanges: [{remove: {task: a}, evidence: {grade: sure}}]\n",
            "3:49: BP105 error: changes.0.evidence.grade: 'grade' cannot be 'sure'",
        ),
    ],
)
def test_scenarios(text: str, line: str) -> None:
    """What can be wrong with a scenario file, each at its place."""
    file = str(VALID / "x.yaml")
    assert told(text, file)[0].startswith(line)


def test_order_and_once() -> None:
    """Problems are in the order of places, each once."""
    problems = check_file(VALID.parent / "invalid" / "five-problems.yaml")
    assert problems == sorted(set(problems), key=lambda found: (found.line, found.column))
    assert all(isinstance(problem, Problem) for problem in problems)
