"""Changes in a run of several processes: names such as interview/talk say where."""

from typing import Any

import pytest

from bpsim.errors import ChangeError
from bpsim.model.process import Process
from bpsim.redesign.operators import read_change
from bpsim.redesign.resolving import resolve
from tests.redesign.sketch import line


def two() -> Process:
    """Make a process that calls another; both have a task called work."""

    def flow(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - as it may be written
        work = {"performer": "desk.clerk", "duration": "1h", "next": "finish"}
        return {"begin": {"type": "start", "next": "work"}, "work": work | more, "finish": {"type": "end"}}

    call = {"type": "call", "process": "sub", "with": {"level": "rank + visits(work)"}, "next": "finish"}
    return Process.model_validate(
        {
            "process": "main",
            "departments": {"desk": {"roles": {"clerk": {"staff": 2}}}},
            "cases": {"arrivals": "8h", "attributes": {"rank": 1}},
            "flow": flow(next="ask") | {"ask": call},
            "others": {"sub": {"cases": {"entry": "called", "attributes": {"level": 0}}, "flow": flow()}},
        }
    )


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"tune": {"sub/flow.work.duration": "30min"}}, "sub"),
        ({"tune": {"flow.work.duration": "30min"}}, ""),
        ({"tune": {"main/flow.work.duration": "30min"}}, ""),
        ({"remove": {"task": "sub/work", "share": "30%"}}, "sub"),
        ({"batch": {"task": "sub/work", "rule": {"size": 3}}}, "sub"),
        ({"automate": {"tasks": ["sub/work"], "duration": "1min"}}, "sub"),
        ({"insert": {"task": {"look": {"performer": "desk.clerk"}}, "on": ["sub/begin", "sub/work"]}}, "sub"),
        ({"split": {"task": "sub/work", "into": ["one", "two"]}}, "sub"),
        ({"triage": {"task": "sub/work", "cases": {"p": 0.3}, "instead": "skip"}}, "sub"),
    ],
)
def test_a_change_is_made_where_its_names_say(written: dict[str, Any], path: str) -> None:
    """Only the process that is named changes, as if it stood alone; the footprint says so."""
    process, change = two(), read_change(written)
    after = change.apply(process)
    alone = read_change({k: _plain(v) for k, v in written.items()}).changed(process.of("sub") if path else process)
    assert (after.of("sub") if path else after) == alone
    if path:
        assert after.flow == process.flow
        assert all(name.startswith("others.sub.flow.") for name in change.footprint_in(process).writes)
    else:
        assert after.others == process.others


def _plain(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.rpartition("/")[2] if isinstance(value, str) else value


def test_staff_is_shared() -> None:
    """A change of people concerns all processes."""
    after = read_change({"staff": {"role": "desk.clerk", "add": 1}}).apply(two())
    assert after.of("sub").role("desk.clerk").staff == after.role("desk.clerk").staff == 3


def test_what_is_wrong_is_placed_in_the_change() -> None:
    """Nodes that are not there, in a process that is or is not."""
    for name in ("sub/wrok", "sbu/work"):
        with pytest.raises(ChangeError, match="there is no node"):
            read_change({"remove": {"task": name}}).apply(two())
    (problem,) = resolve(two(), [read_change({"tune": {"sub/flow.wrok.duration": "1h"}})]).troubles
    assert problem[1].path[0] == "sub/flow.wrok.duration"


def test_a_call_needs_what_it_speaks_of() -> None:
    """The task whose visits a call hands over cannot go."""
    (problem,) = resolve(two(), [read_change({"remove": {"task": "work"}})]).troubles
    assert "counts its visits" in problem[1].what


def test_what_a_change_reads_and_writes_beside_the_main_process() -> None:
    """Paths of a process beside it say so; what all share is named as it is."""
    alone = line("a", "b")
    change = read_change({"remove": {"task": "a"}})
    assert change.footprint_in(alone) == change.footprint(alone)
    staff = read_change({"staff": {"role": "desk.clerk", "add": 1}})
    assert staff.footprint_in(two()).writes == {"departments.desk.roles.clerk.staff"}
    there = read_change({"batch": {"task": "sub/work", "rule": {"size": 3}}}).footprint_in(two())
    assert there.writes == {"others.sub.flow.work.batch"}
