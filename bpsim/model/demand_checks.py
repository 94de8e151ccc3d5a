"""Checks of demand: how cases come, and errors that are made and found."""

from collections.abc import Iterator
from itertools import pairwise

from bpsim.errors import Mistake, did_you_mean
from bpsim.model import flow
from bpsim.model.attributes import readings
from bpsim.model.demand import MONTHS, WEEKDAYS, Arrivals
from bpsim.model.findings import Check, Finding, Path, listed
from bpsim.model.flow_checks import enclosed
from bpsim.model.process import Process
from bpsim.model.written import ALWAYS, NEVER, chances
from bpsim.values.distributions import Distribution
from bpsim.values.moments import parse_hours_range

ARRIVALS: Path = ("cases", "arrivals")
#: The ways in which arrivals may be given, of which one is taken.
FORMS = ("every", "times", "file", "appointments")
#: What only arrivals with `every` have.
ONLY_EVERY = ("size", "profile", "dispersion", "growth", "shocks")
#: More than so many times as many cases are a slip.
MOST = 1000
#: More cases than this do not come in one instant.
TOGETHER = 10_000


def form(process: Process) -> Iterator[Finding]:
    """Arrivals are given in one way, and nothing is said that this way does not take."""
    found = process.cases.arrivals
    if _otherwise(process):
        return
    given = [name for name in FORMS if getattr(found, name)]
    if not given:
        hint = "Say how often: every: exponential(mean=2h)."
        yield Finding("BP103", ARRIVALS, "'every' is missing", hint, key=True)
    elif len(given) > 1:
        what = f"arrivals are given in {len(given)} ways: {listed(given)}"
        yield Finding("BP439", (*ARRIVALS, given[1]), what, f"Keep one of {listed(FORMS, 'or')}.", key=True)
    elif given != ["every"]:
        for name in ONLY_EVERY:
            if getattr(found, name) != Arrivals.model_fields[name].default:
                what = f"{name} does nothing where arrivals are given by {given[0]}"
                yield Finding("BP440", (*ARRIVALS, name), what, "Leave it out, or write every.", key=True)
        if given[0] != "appointments" and process.cases.calendar != ALWAYS:
            what = f"the hours of cases do nothing where arrivals are given by {given[0]}"
            yield Finding("BP440", ("cases", "calendar"), what, "Leave it out: cases come at these times.", key=True)


def arrivals(process: Process) -> Iterator[Finding]:
    """Cases come, and not without end at one instant."""
    found = process.cases.arrivals
    if _otherwise(process):
        return
    if found.every is not None and found.every.mean() <= 0:
        hint = "Write it with a unit, such as every: 2h."
        yield Finding("BP424", (*ARRIVALS, "every"), "no time between two cases", hint)
    if found.at_most == 0:
        yield Finding("BP424", (*ARRIVALS, "at_most"), "no cases at all", "Write 1 or more.")
    if found.size.mean() <= 0:
        yield Finding("BP424", (*ARRIVALS, "size"), "no cases at all", "Write 1, or how many come together.")
    if found.size.mean() > TOGETHER:
        what = f"{found.size.mean():.3g} cases at once on average"
        yield Finding("BP424", (*ARRIVALS, "size"), what, f"Write at most {TOGETHER}.")
    if found.growth <= -1:
        what = f"a growth of {found.growth:.0%} per year leaves no cases"
        yield Finding("BP444", (*ARRIVALS, "growth"), what, "Write more than -100% per year.")
    if found.growth > MOST:
        what = f"a growth of {found.growth:g} times the cases per year"
        yield Finding("BP444", (*ARRIVALS, "growth"), what, f"Write at most {100 * MOST}% per year.")
    for i, shock in enumerate(found.shocks):
        yield from _factor("BP445", (*ARRIVALS, "shocks", i, "times"), shock.times)
        if shock.lasts == 0:
            what = "a shock that takes no time"
            yield Finding("BP445", (*ARRIVALS, "shocks", i, "lasts"), what, "Write how long, such as 2 weeks.")
    yield from _appointments(found)


def _otherwise(process: Process) -> bool:
    """Tell whether cases come in another way than by arrivals."""
    return process.cases.trigger is not None or process.cases.entry == "called"


def _appointments(found: Arrivals) -> Iterator[Finding]:
    path, booked = (*ARRIVALS, "appointments"), found.appointments
    if booked is None:
        return
    if booked.every in (0, NEVER):
        yield Finding("BP446", (*path, "every"), "no time from slot to slot", "Write it, such as every: 20min.")
    if booked.clients == 0:
        yield Finding("BP446", (*path, "clients"), "slots for nobody", "Write 1 or more.")
    if booked.no_show == 1:
        yield Finding("BP446", (*path, "no_show"), "nobody ever comes", "Write a share below 100%.")


def _factor(code: str, path: Path, factor: float) -> Iterator[Finding]:
    if factor < 0:
        yield Finding(code, path, f"the factor {factor:g} is negative", "Write zero or more.")
    elif factor > MOST:
        yield Finding(code, path, f"the factor {factor:g} is more than {MOST}", f"Write at most {MOST}.")


def profile(process: Process) -> Iterator[Finding]:
    """A profile has factors of weekdays, months and hours, which do not overlap and leave some cases."""
    found, path = process.cases.arrivals, (*ARRIVALS, "profile")
    known = (*WEEKDAYS, *MONTHS)
    hours: list[tuple[int, int, str]] = []
    for key, factor in found.profile.items():
        try:
            part = parse_hours_range(key)
        except Mistake as mistake:
            yield Finding(mistake.code, (*path, key), mistake.what, mistake.hint, key=True)
            continue
        if part is not None:
            hours.append((*part, key))
        elif key not in known:
            hint = did_you_mean(key, known) or 'Write mon ... sun, jan ... dec, or hours such as "08-10".'
            what = f"{key} is no weekday, month or part of a day"
            yield Finding("BP425", (*path, key), what, hint, key=True)
        yield from _factor("BP425", (*path, key), factor)
    for (_, end, one), (start, _, other) in pairwise(sorted(hours)):
        if start < end:
            what = f"{one} and {other} overlap"
            yield Finding("BP443", (*path, other), what, "Write parts of the day that follow each other.", key=True)
    for days in (WEEKDAYS, MONTHS):
        if all(found.profile.get(day, 1) == 0 for day in days):
            what = f"the profile is zero for {days[0]} to {days[-1]}: no cases at all"
            yield Finding("BP424", path, what, "Give some days a factor above zero.")


def errors(process: Process) -> Iterator[Finding]:
    """Errors that are looked for are made, and what is counted can be found."""
    tasks = process.tasks()
    makers = [name for name, task in tasks.items() if max(chances(task.introduces_error).values()) > 0]
    finders = [name for name, task in tasks.items() if max(chances(task.detects_error).values()) > 0]
    if finders and not makers:
        what = "no task makes errors: there is nothing to find"
        hint = "Write introduces_error: 4% on the task where they are made."
        yield Finding("BP485", ("flow", finders[0], "detects_error"), what, hint, key=True)
    for found in readings(process):
        asked = set(found.expression.builtins())
        if "errors" in asked and not (finders and makers):
            what = "`errors` is always 0: no error is ever found"
            hint = "Write introduces_error where they are made, and detects_error where they are found."
            yield Finding("BP486", found.path, what, hint)
        elif "undetected" in asked and not makers:
            what = "`undetected` is always 0: no task makes errors"
            yield Finding("BP486", found.path, what, "Write introduces_error: 4% on the task where they are made.")


def clocks_that_act(process: Process) -> Iterator[Finding]:
    """A clock that acts leads to a node outside all blocks, and its limit stays the same during a case."""
    for name, clock in process.cases.clocks.items():
        if clock.on_pass is None:
            continue
        path: Path = ("cases", "clocks", name)
        target = clock.on_pass.next
        if target not in process.flow:
            hint = did_you_mean(target, process.flow) or "Name a node of the flow."
            yield Finding("BP490", (*path, "on_pass", "next"), f"there is no node {target}", hint)
        elif isinstance(process.flow[target], flow.Start):
            what = "a case does not begin again when a limit has passed"
            yield Finding("BP491", (*path, "on_pass", "next"), what, "Name the node where it goes on.")
        elif isinstance(process.flow[target], flow.Parallel) or _inside(process, target):
            what = f"{target} is part of a parallel block, and only one token goes on when a limit has passed"
            yield Finding("BP491", (*path, "on_pass", "next"), what, "Name a node outside of all blocks.")
        by = getattr(clock.limit, "by", "")
        writers = [other for other, node in process.flow.items() if by and by in node.assign]
        if writers:
            what = f"the limit depends on {by}, which {writers[0]} assigns"
            hint = "Choose by an attribute that stays as it was drawn, or leave out on_pass."
            yield Finding("BP492", (*path, "limit", "by"), what, hint)


def _inside(process: Process, name: str) -> bool:
    """Tell whether a node stands in a parallel block when no clock acts."""
    clocks = {key: clock.model_copy(update={"on_pass": None}) for key, clock in process.cases.clocks.items()}
    cases = process.cases.model_copy(update={"clocks": clocks})
    found = enclosed(process.model_copy(update={"cases": cases}))
    return found is not None and bool(found.places.get(name))


def distributions(process: Process) -> Iterator[tuple[Path, Distribution]]:
    """Give every distribution of times of how cases come."""
    if process.cases.arrivals.every is not None:
        yield (*ARRIVALS, "every"), process.cases.arrivals.every


CHECKS: tuple[Check, ...] = (form, arrivals, profile, errors, clocks_that_act)
