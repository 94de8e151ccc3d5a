"""Small files, and commands run as a user runs them but inside the test's process."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bpsim.cli import app

PROCESS = """\
process: small
title: A small permit
calendars:
  office: {mon-fri: "09:00-17:00"}
departments:
  desk: {title: Service desk, calendar: office, roles: {clerk: {staff: 1, cost: 20/h}}}
  permits: {calendar: office, roles: {officer: {staff: 1, cost: 40/h}}}
cases:
  arrivals: {every: exponential(mean=2h)}
  calendar: office
flow:
  received: {type: start, next: register}
  register: {performer: desk.clerk, duration: exponential(mean=30min), contact: in, next: decide}
  decide: {performer: permits.officer, duration: 20min, batch: {schedule: "mon-fri 16:00"}, next: done}
  done: {type: end}
"""
AS_IS = """\
scenario: as-is
base: process.yaml
experiment: {length: 2 weeks, warmup: 0min, replications: 3, seed: 1}
targets: {lead_time.mean: "<= 1 min"}
"""
TO_BE = """\
scenario: to-be
base: as-is.yaml
changes:
  - batch: {task: decide, rule: none}
"""


class Ended(NamedTuple):
    """How a command ended: its exit code, what it printed, and what it said on the side."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a process, its as-is and a redesign."""
    (tmp_path / "process.yaml").write_text(PROCESS)
    (tmp_path / "as-is.yaml").write_text(AS_IS)
    (tmp_path / "to-be.yaml").write_text(TO_BE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bpsim(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001 - the place to stand in
    """Run a command in that folder."""

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            app(list(arguments), prog_name="bpsim")
        printed = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run
