"""Files that belong together: what is shared, who is called, and where problems are shown."""

from pathlib import Path

import pytest

from bpsim.errors import ModelError
from bpsim.model.process import Process
from bpsim.reading.load import check_file, load, load_process, load_scenario

TOWN = """shared: town
calendars: {office: {mon-fri: "09:00-17:00"}}
departments: {town: {calendar: office, roles: {clerk: {staff: {value: 2, evidence: {grade: log}}}}}}
channels:
  portal: {share: 60%}
  counter: {share: 40%, calendar: office}
transfers: {within: 5min}
"""
REVIEW = """process: review
uses: [town.yaml]
cases: {entry: called, attributes: {grade: "uniform(1, 5)"}}
flow:
  begin: {type: start, next: look}
  look: {performer: town.clerk, duration: 30min, next: finish}
  finish: {type: end}
"""
PERMIT = """process: permit
uses: [town.yaml, review.yaml]
cases: {arrivals: exponential(mean=9h)}
flow:
  received: {type: start, next: reviewed}
  reviewed: {type: call, process: review, next: done}
  done: {type: end}
"""
COMPLAINTS = """process: complaints
cases: {arrivals: exponential(mean=40h)}
departments: {court: {roles: {judge: {staff: 1}}}}
flow:
  received: {type: start, next: answer}
  answer: {performer: court.judge, duration: 40min, next: done}
  done: {type: end}
"""
FILES = {"town": TOWN, "review": REVIEW, "permit": PERMIT, "complaints": COMPLAINTS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write files that belong together."""
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def told(path: Path) -> list[str]:
    """Check a file; give the problems with the names of files only."""
    return [str(problem).removeprefix(f"{path.parent}/") for problem in check_file(path)]


def test_all_are_in_order(folder: Path) -> None:
    """Each file can be checked by itself: a process, one that is called, a shared one."""
    assert [told(folder / f"{name}.yaml") for name in FILES] == [[], [], [], []]


def test_what_is_shared_is_there_once(folder: Path) -> None:
    """Departments, calendars and transfers of the files; channels go to who uses them; evidence is kept."""
    process = load_process(folder / "permit.yaml")
    assert set(process.departments) == {"town"}
    assert list(process.others) == ["review"]
    assert set(process.channels) == {"portal", "counter"}
    assert set(process.others["review"].channels) == {"portal", "counter"}
    assert str(process.transfers.within.delay) == "5min"
    assert process.evidence["departments.town.roles.clerk.staff"].grade == "log"


def test_a_scenario_of_several_processes(folder: Path) -> None:
    """The first is the main one, or the base is; each keeps the channels of its file."""
    (folder / "both.yaml").write_text("scenario: both\nprocesses: [permit.yaml, complaints.yaml]\n")
    scenario = load_scenario(folder / "both.yaml")
    assert scenario.process.process == "permit"
    assert set(scenario.process.others) == {"review", "complaints"}
    assert list(scenario.process.others["complaints"].channels) == ["direct"]
    (folder / "more.yaml").write_text("scenario: more\nbase: permit.yaml\nprocesses: [complaints.yaml]\n")
    assert load_scenario(folder / "more.yaml").process == scenario.process
    (folder / "last.yaml").write_text(
        "scenario: last\nbase: more.yaml\nchanges: [{staff: {role: town.clerk, add: 1}}]\n"
    )
    assert load_scenario(folder / "last.yaml").resolved().role("town.clerk").staff == 3


def test_problems_stand_in_their_files(folder: Path) -> None:
    """Whatever is wrong is shown where it is written, in words of that place."""
    (folder / "review.yaml").write_text(REVIEW.replace("30min", "30 minuts").replace("town.clerk", "town.clark"))
    (folder / "town.yaml").write_text(TOWN.replace("within: 5min", "within: 5 mins, x -> town: 1h"))
    assert told(folder / "permit.yaml") == [
        'review.yaml:6:46: BP204 error: flow.look.duration: unknown unit "minuts". Did you mean "minutes"?'
    ]
    (folder / "review.yaml").write_text(REVIEW.replace("town.clerk", "town.clark"))
    found = told(folder / "permit.yaml")
    assert "review.yaml:6:21: BP401 error: flow.look.performer: town has no role clark." in found[0]
    assert "town.yaml:7:29: BP420 error: transfers.x -> town: there is no department x." in found[1]


@pytest.mark.parametrize(
    ("uses", "problem"),
    [
        ("5", "permit.yaml:2:7: BP104 error: uses: the number 5 where a list belongs"),
        ("[5]", "permit.yaml:2:8: BP378 error: uses.0: the number 5 where a path belongs"),
        ("[none.yaml]", "permit.yaml:2:8: BP378 error: uses.0: 'none.yaml': there is no such file"),
        ("[both.yaml]", "permit.yaml:2:8: BP378 error: uses.0: 'both.yaml' is a scenario"),
        ("[permit.yaml]", "permit.yaml:2:8: BP116 error: uses.0: the files use each other: permit.yaml -> permit.yaml"),
        ("[new.yaml]", "new.yaml:1:11: BP113 error: language: the file is written in language 2"),
        ("[bare.yaml]", "bare.yaml:1:1: BP384 error: neither a process nor a file that others share"),
    ],
)
def test_files_that_cannot_be_used(folder: Path, uses: str, problem: str) -> None:
    """Each is told at its name."""
    (folder / "both.yaml").write_text("scenario: both\nbase: permit.yaml\n")
    (folder / "new.yaml").write_text("language: 2\nshared: new\n")
    (folder / "bare.yaml").write_text("title: nothing\n")
    (folder / "permit.yaml").write_text(PERMIT.replace("[town.yaml, review.yaml]", uses))
    assert any(line.startswith(problem) for line in told(folder / "permit.yaml")), told(folder / "permit.yaml")


def test_processes_that_cannot_be_read(folder: Path) -> None:
    """Each is told at its place in the list."""
    (folder / "both.yaml").write_text("scenario: both\nprocesses: [permit.yaml, 5, none.yaml, town.yaml]\n")
    found = told(folder / "both.yaml")
    assert [line.partition(": ")[0].partition(" ")[0] for line in found[:2]] == ["both.yaml:2:26", "both.yaml:2:29"]
    (folder / "both.yaml").write_text("scenario: both\nprocesses: permit.yaml\n")
    assert "BP104 error: processes: text where a list belongs" in told(folder / "both.yaml")[0]


def test_a_shared_file_cannot_be_run(folder: Path) -> None:
    """It is in order, but no process."""
    for read in (load, load_process):
        with pytest.raises(ModelError, match="BP114 error: shared: this is a shared file"):
            read(folder / "town.yaml")
    (folder / "town.yaml").write_text(TOWN.replace("office: {mon-fri", "office: {mon-fry"))
    assert told(folder / "town.yaml")[0].startswith("town.yaml:2:22: BP223 error: calendars.office.mon-fry")
    (folder / "town.yaml").write_text(TOWN.replace("calendar: office, roles", "calendar: ofice, roles"))
    assert "BP402" in "".join(told(folder / "town.yaml"))


def test_a_companion_written_in_the_file(folder: Path) -> None:
    """What stands under `others` of a used file comes along."""
    inner = "others:\n  inner:\n    cases: {entry: called}\n    flow: {b: {type: start, next: e}, e: {type: end}}\n"
    call = "  look: {type: call, process: inner, next: finish}\n"
    old = "  look: {performer: town.clerk, duration: 30min, next: finish}\n"
    (folder / "review.yaml").write_text(REVIEW.replace(old, call) + inner)
    process = load_process(folder / "permit.yaml")
    assert isinstance(process, Process)
    assert set(process.others) == {"review", "inner"}
