"""Process files: from what a file holds to a checked process."""

from collections.abc import Sequence

from pydantic import ValidationError

from bpsim.engine.flowrun import load_findings
from bpsim.errors import Problem
from bpsim.model.checks import Finding, check
from bpsim.model.process import Evidence, Process, Shared
from bpsim.reading.compose import dotted
from bpsim.reading.names import check_names, title_mistake
from bpsim.reading.placing import Placer
from bpsim.reading.sharing import JoinedPlacer, Joining
from bpsim.reading.source import Path, Source, lift_evidence
from bpsim.reading.times import with_times
from bpsim.values.calendars import calendar_warnings

#: After these, what the checks would say of names is not to be trusted.
_MISLEADING = ("BP013", "BP019", "BP108", "BP109", "BP110", "BP111")


def process_of(
    source: Source, problems: list[Problem], *, with_load: bool = True, also: Sequence[str] = ()
) -> Process | None:
    """Make a process of what a file holds; problems are added to the list. None when no process can be made of it.

    `with_load` asks also whether its people can do the work that comes in. `also` are processes that run beside it.
    """
    kind = next((key for key in ("scenario", "shared") if "process" not in source.data and key in source.data), "")
    if kind:
        hint = "Where a process is wanted, name the file that its 'base' leads to."
        hint = hint if kind == "scenario" else "A process names it under `uses`."
        what = f"this is a {kind if kind == 'scenario' else 'shared file'}, not a process"
        problems.append(Placer(source, source.data).problem("BP114", (kind,), what, hint, key=True))
        return None
    files = Joining(source, problems, also)
    for part in files.parts:
        _look_at_words(part.place, problems)
    data, evidence, place = files.joined()
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
        problems += (place.finding(found) for found in check(process) if not _shared_role(place, found))
    if not usable(problems):
        return None
    if with_load:
        problems += (place.finding(found) for found in load_findings(process))
    told = {dotted(path): Evidence.model_validate(said) for path, said in evidence.items()}
    return process.model_copy(update={"evidence": told})


def _shared_role(place: Placer, found: Finding) -> bool:
    """Tell whether a role is only not needed here: it stands in a file that others share, who may need it."""
    return found.code == "BP405" and isinstance(place, JoinedPlacer) and "shared" in place.at(found.path)[0].data


def look_at_shared(source: Source, problems: list[Problem]) -> None:
    """Find what is wrong with a file that processes share; problems are added to the list."""
    data, _ = lift_evidence(source, problems=problems)
    elsewhere = ("BP402",) if data.pop("uses", None) else ()  # calendars of files that are read with a process only
    place = Placer(source, data, Shared)
    _look_at_words(place, problems)
    try:
        made = Shared.model_validate(data)
    except ValidationError as error:
        problems += place.errors(error)
        return
    finally:
        problems += place.nothings(problems)
    if not any(problem.code in _MISLEADING for problem in problems):
        found = check(Process.model_validate(_ALONE | {key: getattr(made, key) for key in _SHARED}))
        about = [
            one for one in found if one.path[:1] and one.path[0] in _SHARED and one.code not in (_UNUSED, *elsewhere)
        ]
        problems += (place.finding(one) for one in about)


#: What stands in a shared file, the simplest process around it, and what is only wrong with the whole.
_SHARED = ("calendars", "departments", "transfers")
_ALONE = {
    "process": "alone",
    "cases": {"arrivals": "1h"},
    "flow": {"begin": {"type": "start", "next": "finish"}, "finish": {"type": "end"}},
}
_UNUSED = "BP405"


def usable(problems: list[Problem]) -> bool:
    """Tell whether there is nothing worse than warnings."""
    return all(problem.severity == "warning" for problem in problems)


def _look_at_words(place: Placer, problems: list[Problem]) -> None:
    """Note what the model cannot see: how names are spelled, and hours that overlap."""
    data = place.data
    problems += (place.mistake(named.path, mistake, key=True) for named, mistake in check_names(data))
    others = data.get("others")
    titles: list[tuple[Path, object]] = [((key,), data[key]) for key in ("process", "shared") if key in data]
    titles += [(("others", name), name) for name in (others if isinstance(others, dict) else ())]
    for path, name in titles:
        mistake = title_mistake(name) if isinstance(name, str) else None
        if mistake:
            problems.append(place.mistake(path, mistake, key=path[0] == "others"))
    calendars = data.get("calendars")
    for named, hours in calendars.items() if isinstance(calendars, dict) else ():
        problems += (place.mistake(("calendars", named, day), warning) for day, warning in calendar_warnings(hours))
