"""Checks of how people change: what they learn, who leaves, and who is hired."""

from collections.abc import Iterator

from bpsim.model import flow
from bpsim.model.findings import Check, Finding
from bpsim.model.organisation import Role
from bpsim.model.people_checks import no_role, role_path
from bpsim.model.process import Process


def growth(process: Process) -> Iterator[Finding]:
    """People learn, and start with some speed; machines do neither."""
    for name, role in process.roles().items():
        path = role_path(name)
        if role.kind == "system":
            for key in ("learning", "training", "leaving", "onboarding"):
                if getattr(role, key):
                    what = f"machines do not change by {key}"
                    yield Finding("BP541", (*path, key), what, "Leave it out, or make them people.", key=True)
        if role.learning and not role.learning.rate:
            what = "who does it twice would take no time at all"
            yield Finding("BP540", (*path, "learning", "rate"), what, "Write a part above zero, such as 85%.")
        if role.onboarding and not role.onboarding.start:
            what = "a new person who does nothing never gets up to speed"
            yield Finding("BP540", (*path, "onboarding", "start"), what, "Write a part above zero, such as 50%.")
        if role.onboarding and not _leaves(role):
            what = "nobody leaves, so nobody is new"
            yield Finding("BP423", (*path, "onboarding"), what, "Add leaving: {rate: 12% per year}.", key=True)


def dated(process: Process) -> Iterator[Finding]:
    """Who leaves by chance has no dates."""
    for name, role in process.roles().items():
        if not _leaves(role):
            continue
        if any(person.begins or person.until for _, person in role.everybody()):
            what = "people leave by chance, and some of them by date"
            hint = "Leave from and until out, or leaving; or make those with dates a role of their own."
            yield Finding("BP548", (*role_path(name), "leaving"), what, hint, key=True)


def _leaves(role: Role) -> bool:
    return role.leaving is not None and role.leaving.rate > 0


def replaced(process: Process) -> Iterator[Finding]:
    """Who leaves is replaced."""
    hired = {
        node.effect.hire
        for one in process.every().values()
        for node in one.flow.values()
        if isinstance(node, flow.End) and node.effect
    }
    for name, role in process.roles().items():
        if _leaves(role) and name not in hired:
            what = f"nobody is ever hired for {name}: all its posts fall vacant in the end"
            hint = f"Add effect: {{hire: {name}}} to an end, or leave leaving out."
            yield Finding("BP544", (*role_path(name), "leaving"), what, hint, key=True)


def hires(process: Process) -> Iterator[Finding]:
    """Ends hire for roles that people leave."""
    roles = process.roles()
    for node, end in process.flow.items():
        if not isinstance(end, flow.End) or end.effect is None:
            continue
        path = ("flow", node, "effect", "hire")
        if end.effect.hire not in roles:
            yield Finding("BP401", path, *no_role(process, end.effect.hire))
        elif not _leaves(roles[end.effect.hire]):
            what = f"nobody leaves {end.effect.hire}: there is no vacancy to fill"
            yield Finding("BP545", path, what, "Give the role leaving: {rate: 12% per year}.")


def vacancies(process: Process) -> Iterator[Finding]:
    """Vacancies make cases where people leave, and instead of arrivals."""
    trigger, roles = process.cases.trigger, process.roles()
    if trigger is None or not trigger.vacancy:
        return
    path = ("cases", "trigger", "vacancy")
    if trigger.vacancy not in roles:
        yield Finding("BP401", path, *no_role(process, trigger.vacancy))
    elif not _leaves(roles[trigger.vacancy]):
        what = f"nobody leaves {trigger.vacancy}: no case ever comes"
        yield Finding("BP543", path, what, "Give the role leaving: {rate: 12% per year}.")
    if process.cases.arrivals.at_most != 0:
        what = "cases come from vacancies, and do not arrive"
        yield Finding("BP542", ("cases", "arrivals"), what, "Leave arrivals out, or the trigger.", key=True)


CHECKS: tuple[Check, ...] = (growth, dated, replaced, hires, vacancies)
