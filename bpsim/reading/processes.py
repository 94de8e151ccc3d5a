"""Process files: from what a file holds to a checked process."""

from pydantic import ValidationError

from bpsim.engine.flowrun import load_findings
from bpsim.errors import Problem
from bpsim.model.checks import check
from bpsim.model.process import Evidence, Process
from bpsim.reading.compose import dotted
from bpsim.reading.names import check_names, title_mistake
from bpsim.reading.placing import Placer
from bpsim.reading.source import Source, lift_evidence
from bpsim.reading.times import with_times
from bpsim.values.calendars import calendar_warnings

#: After these, what the checks would say of names is not to be trusted.
_MISLEADING = ("BP013", "BP019", "BP108", "BP109", "BP110", "BP111")


def process_of(source: Source, problems: list[Problem], *, with_load: bool = True) -> Process | None:
    """Make a process of what a file holds; problems are added to the list. None when no process can be made of it.

    `with_load` asks also whether its people can do the work that comes in.
    """
    data, evidence = lift_evidence(source, problems=problems)
    place = Placer(source, data)
    if "process" not in data and "scenario" in data:
        hint = "Where a process is wanted, name the file that its 'base' leads to."
        problems.append(place.problem("BP114", ("scenario",), "this is a scenario, not a process", hint, key=True))
        return None
    _look_at_words(place, problems)
    for path, said in evidence.items():
        problems += place.evidence(path, said)
    try:
        process = Process.model_validate(with_times(place, data, problems))
    except ValidationError as error:
        problems += place.errors(error)
        problems += place.nothings(problems)
        return None
    problems += place.nothings(problems)
    if not any(problem.code in _MISLEADING for problem in problems):
        problems += (place.finding(found) for found in check(process))
    if not usable(problems):
        return None
    if with_load:
        problems += (place.finding(found) for found in load_findings(process))
    told = {dotted(path): Evidence.model_validate(said) for path, said in evidence.items()}
    return process.model_copy(update={"evidence": told})


def usable(problems: list[Problem]) -> bool:
    """Tell whether there is nothing worse than warnings."""
    return all(problem.severity == "warning" for problem in problems)


def _look_at_words(place: Placer, problems: list[Problem]) -> None:
    """Note what the model cannot see: how names are spelled, and hours that overlap."""
    data = place.data
    problems += (place.mistake(named.path, mistake, key=True) for named, mistake in check_names(data))
    name = data.get("process")
    mistake = title_mistake(name) if isinstance(name, str) else None
    if mistake:
        problems.append(place.mistake(("process",), mistake))
    calendars = data.get("calendars")
    for named, hours in calendars.items() if isinstance(calendars, dict) else ():
        problems += (place.mistake(("calendars", named, day), warning) for day, warning in calendar_warnings(hours))
