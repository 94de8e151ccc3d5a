"""Makes every run of saved results again and says whether they are reproduced, to the byte."""

import json
import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bpsim.errors import RunError
from bpsim.experiment.again import plan_of
from bpsim.experiment.journal import Key, Payload
from bpsim.experiment.results import Results, as_plain, label
from bpsim.experiment.run import Progress, Report, Task, carry_out_all, here, labour
from bpsim.version import __version__


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of making all runs again: how many there are, and in what they differ.

    `elsewhere` says on which other platform or with which other libraries the results were made.
    """

    runs: int
    differs: tuple[str, ...]
    elsewhere: str = ""

    @property
    def reproduced(self) -> bool:
        """Tell whether everything came out the same."""
        return not self.differs

    def __str__(self) -> str:
        """Give the answer as text."""
        if self.reproduced:
            return f"reproduced: {self.runs} run{'s' if self.runs > 1 else ''}, every event and every measure the same"
        lines = [f"not reproduced: {len(self.differs)} of {self.runs} runs differ", *self.differs]
        return "\n".join([*lines, self.elsewhere] if self.elsewhere else lines)

    __repr__ = __str__


def verify(
    subject: Results | str | os.PathLike[str], *, workers: int | None = None, progress: Report | None = None
) -> Verification:
    """Make every run of results (or of a folder of results) again, and compare events and measures.

    RunError when the results cannot be read, hold no process, or are of another version of bpsim.
    """
    results = subject if isinstance(subject, Results) else Results.load(subject)
    version = results.provenance.get("bpsim")
    if version != __version__:
        what = f"the results are of bpsim {version}, and this is bpsim {__version__}: another version may give others"
        raise RunError("BP810", what, "Verify them with the version that made them, or run the experiment again.")
    settings = results.settings
    tasks = [
        Task(Key("run", name, i), pickled, settings.seed, settings.warmup)
        for name, result in results.items()
        for pickled in (pickle.dumps(plan_of(result, settings)),)
        for i in range(len(result.logs))
    ]
    found: dict[Key, str] = {}
    with labour(workers) as pool:
        for done, (task, payload) in enumerate(carry_out_all(pool, tasks), start=1):
            said = _differs(results, task.key, payload)
            if said:
                found[task.key] = said
            if progress:
                progress(Progress(done, len(tasks)))
    differs = tuple(found[task.key] for task in tasks if task.key in found)
    return Verification(len(tasks), differs, _elsewhere(results.provenance))


def _differs(results: Results, key: Key, payload: Payload) -> str:
    """Say in what a run differs from the one that was kept; empty when in nothing."""
    kept = results[key.scenario]
    if payload["log"] != kept.logs[key.replication]:
        return f"{key}: other events"
    old, new = (
        json.loads(json.dumps(each)) for each in (as_plain(kept.measured[key.replication]), payload["measured"])
    )
    if old == new:
        return ""
    names = list(_names(old, new))
    return f"{key}: the same events, but other {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}"  # noqa: PLR2004


def _names(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    rows = [{(name, group): rest for name, group, *rest in each["measures"]} for each in (old, new)]
    yield from (label(*key) for key in dict.fromkeys([*rows[0], *rows[1]]) if rows[0].get(key) != rows[1].get(key))
    yield from (part for part in ("counts", "cells", "tasks") if old[part] != new[part])


def _elsewhere(provenance: dict[str, Any]) -> str:
    mine = here()
    differs = [
        f"{name} {provenance.get(name)} (here {mine[name]})" for name in mine if provenance.get(name) != mine[name]
    ]
    return f"The results were made elsewhere: {'; '.join(differs)}." if differs else ""


def stated(folder: str | os.PathLike[str], name: str) -> dict[str, Any] | None:
    """Give an answer that is kept in a folder of results, or None; RunError when it cannot be read."""
    path = Path(folder) / name
    if not path.exists():
        return None
    try:
        answer: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as reason:
        raise RunError("BP724", f"{path} is damaged: {reason}", "Run the experiment again.") from reason
    return answer
