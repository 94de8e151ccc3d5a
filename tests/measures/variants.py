"""Drawn processes with one family of further constructs added to them at random: more for the measures to get wrong."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Any

from pydantic import ValidationError

from bpsim.model.process import Process

Written = dict[str, Any]
Variant = Callable[[Written, Random], Written]


def roles(written: Written) -> list[Written]:
    """Give all roles of a process."""
    return [role for department in written["departments"].values() for role in department["roles"].values()]


def by_people(written: Written) -> list[Written]:
    """Give the tasks that roles do."""
    found = []
    for node in written["flow"].values():
        performer = node.get("performer", ())
        first = performer if isinstance(performer, str) else next(iter(performer), "")
        found += [node] if "." in first else []
    return found


def with_people(written: Written, luck: Random) -> Written:
    """Let people be absent, differ, work overtime, be preempted; let queues have disciplines."""
    for role in roles(written):
        if luck.random() < 0.4:
            role["absences"] = [
                {
                    "name": "sick",
                    "every": luck.choice(("exponential(mean=1d)", "20h", "exponential(mean=5h)")),
                    "lasts": luck.choice(("3h", "exponential(mean=6h)", "0h")),
                    "interrupts": luck.random() < 0.6,
                }
            ]
        if role.get("other_duties") and luck.random() < 0.5:
            role["other_duties"]["interrupts"] = True
        if luck.random() < 0.25:
            role["at_shift_end"] = "finish"
        if luck.random() < 0.3 and role.get("kind", "people") == "people":
            anna = {"proficiency": 1.3, "cost": "77/h", "calendar": luck.choice(("office", "early"))}
            role |= {"people": {"anna": anna, "bo": {"until": "2025-01-08"}}, "staff": max(role["staff"], 2)}
        role |= {
            "discipline": luck.choice(("fifo", "fifo", "edd", "spt", "siro", "lifo")),
            "proficiency": luck.choice((1, 1, 0.7, 1.5)),
            "overtime_cost": "55/h",
        }
    for task in by_people(written):
        task["preempts"] = luck.random() < 0.4
    if luck.random() < 0.3:
        written["cases"]["preempts"] = 'kind == "a"'
    return written


def insert(written: Written, after: str, name: str, node: Written) -> None:
    """Put a node behind a task; `next` of the node names itself where the flow goes on."""
    following = written["flow"][after]["next"]
    node["next"] = {(following if to == name else to): rule for to, rule in node["next"].items()}
    written["flow"] |= {after: {**written["flow"][after], "next": name}, name: node}


def with_ends(written: Written, luck: Random) -> Written:
    """Let some tasks lead to an end that terminates the case, whatever else is under way."""
    tasks = sorted(name for name, node in written["flow"].items() if "performer" in node)
    for number, task in enumerate(luck.sample(tasks, min(2, len(tasks)))):
        name = f"cut{number}"
        insert(written, task, name, {"type": "exclusive", "next": {f"no{number}": "30%", name: "else"}})
        written["flow"][f"no{number}"] = {"type": "end", "terminate": True, "outcome": "cut"}
    return written


def with_demand(written: Written, luck: Random) -> Written:
    """Let cases come in groups, with growth and shocks, and a clock act when its limit has passed."""
    written["cases"]["arrivals"] |= {
        "size": luck.choice((1, "empirical([0, 1, 3])")),
        "growth": luck.choice(("1% per year", "300% per year")),
        "shocks": [{"at": "2025-01-07 09:00", "times": 3, "lasts": "4h"}],
    }
    limit = luck.choice(("8h", "1d", "2d"))
    written["cases"].setdefault("clocks", {})["acts"] = {"limit": limit, "on_pass": {"next": "deemed"}}
    written["flow"]["deemed"] = {"type": "end", "outcome": "deemed"}
    return written


def with_calls(written: Written, luck: Random) -> Written:
    """Let cases call cases of another process, which shares their people and has cases of its own, too."""
    doers = [task["performer"] for task in by_people(written)]
    flow = {
        "begin": {"type": "start", "next": "first"},
        "first": {"performer": luck.choice(doers) if doers else "system", "duration": "25min", "next": "then"},
        "then": {"performer": luck.choice(("client", "external")), "duration": "2h", "contact": "both", "next": "more"},
        "more": {"type": "exclusive", "next": {"last": "50%", "over": "else"}},
        "last": {"performer": luck.choice(doers) if doers else "system", "duration": "10min", "next": "over"},
        "over": {"type": "end", "outcome": "told"},
    }
    channels = {"phone": {"share": 0.5, "delay": "1h", "calendar": "office"}, "desk": {"share": 0.5}}
    clocks = {"limit": {"limit": "4h", "stops_while": ["then"]}}
    written["others"] = {
        "other": {
            "flow": flow,
            "channels": channels,
            "cases": {"arrivals": {"every": "exponential(mean=8h)"}, "clocks": clocks}
            if luck.random() < 0.5
            else {"entry": "called", "clocks": clocks},
        }
    }
    tasks = sorted(name for name, node in written["flow"].items() if "performer" in node)
    for number, task in enumerate(luck.sample(tasks, min(2, len(tasks)))):
        call = {
            "type": "call",
            "process": "other",
            "instances": luck.choice((1, 2, "empirical([0, 1, 3])")),
            "order": luck.choice(("parallel", "sequential")),
            "next": written["flow"][task]["next"],
        }
        if luck.random() < 0.5:
            call["applies_after"] = "3h"
        if luck.random() < 0.3:
            call |= {"wait": False, "order": "parallel"}
        written["flow"] |= {f"call{number}": call, task: {**written["flow"][task], "next": f"call{number}"}}
    return written


def with_boundaries(written: Written, luck: Random) -> Written:
    """Let timeouts and racers take work away wherever it is, and let some of them only call for help."""
    tasks = sorted(name for name, node in written["flow"].items() if "performer" in node)
    for number, name in enumerate(luck.sample(tasks, min(3, len(tasks)))):
        task, end = written["flow"][name], f"lost{number}"
        written["flow"][end] = {"type": "end", "outcome": luck.choice(("lost", "withdrawn")), "terminate": True}
        after = luck.choice(("1h", "5h", "exponential(mean=10h)"))
        kind = luck.randrange(4)
        if kind == 0:
            task["timeout"] = {"after": after, "next": end}
        elif kind == 1:
            task["on"] = {"pays": {"after": after, "next": end}}
        else:
            help_, over = f"help{number}", f"helped{number}"
            alarm = {"after": after, "next": help_, "non_interrupting": True}
            if kind == 2 and "batch" in task:
                task["batch"]["timeout"] = alarm
            else:
                task["on"] = {"alarm": alarm}
            doer = luck.choice([one["performer"] for one in by_people(written)] or ["system"])
            written["flow"][help_] = {"performer": doer, "duration": "15min", "next": over}
            written["flow"][over] = {"type": "end", "outcome": "helped"}
            del written["flow"][end]
    return written


def with_crews(written: Written, luck: Random) -> Written:
    """Let several people work at once, or people who have worked on the case before, or just not these."""
    tasks = by_people(written)
    names = {id(node): name for name, node in written["flow"].items()}
    plain = [task for task in tasks if "same_person_as" not in task and "batch" not in task]
    for task in tasks:
        performer = task["performer"]
        first = performer if isinstance(performer, str) else performer[0]
        kind = luck.randrange(6)
        if kind == 0:
            others = [one["performer"] for one in tasks if isinstance(one["performer"], str)]
            seats = [first, luck.choice([first, *others])]
            task |= {"performer": {"all": seats}, "hold_after": luck.choice(("0min", "1h", "1 working day"))}
        elif kind == 1:
            other = luck.choice(plain) if plain else task
            if other is not task:
                task["never_same_person_as"] = names[id(other)]
        elif kind in {2, 3} and task in plain:
            task["case_team" if kind == 2 else "case_owner"] = True
            task["keeps_for"] = luck.choice(("3h", "1d", "never"))
    for role in roles(written):
        role["staff"] = max(role["staff"], 2)
        if luck.random() < 0.3 and role.get("kind", "people") == "people":
            role |= {"leaving": {"rate": "5000% per year"}, "onboarding": {"lasts": "2d", "start": "50%"}}
            role["training"] = [{"at": "2025-01-08 10:00", "lasts": "3h", "effect": "20%"}]
        if luck.random() < 0.3:
            role["learning"] = {"rate": "80%"}
    leaving = [f"{d}.{r}" for d, department in written["departments"].items() for r, role in department["roles"].items()
               if "leaving" in role]  # fmt: skip
    last = next(node for node in written["flow"].values() if node.get("outcome") == "done")
    for name in leaving:
        last["effect"] = {"hire": name, "after": luck.choice(("1h", "1d"))}
    return written


def with_clients(written: Written, luck: Random) -> Written:
    """Let clients withdraw, ask about the state and leave queues; let them come in groups whose time has a value."""
    roles_of = [task["performer"] for task in by_people(written)]
    client = {
        "groups": "kind",
        "value_of_time": luck.choice(("20/h", {"by": "kind", "of": {"a": "60/h", "else": "7/h"}})),
    }
    if luck.random() < 0.6:
        client["withdraws_after"] = luck.choice(("exponential(mean=2d)", "1d"))
    if luck.random() < 0.7:
        doer = luck.choice(roles_of) if roles_of else "system"
        client["chases"] = {
            "every": luck.choice(("5h", "exponential(mean=8h)")),
            "work": {"performer": doer, "duration": "6min"},
        }
    written["cases"]["client"] = client
    for task in by_people(written):
        if "batch" not in task and luck.random() < 0.3:
            task["reneges_after"] = luck.choice(("exponential(mean=6h)", "2h"))
    tasks = sorted(name for name, node in written["flow"].items() if "performer" in node)
    if len(tasks) > 1:
        one, other = luck.sample(tasks, 2)
        written["flow"][one] |= {"visit": other, "contact": "in"}
        written["flow"][other]["contact"] = "both"
    return written


FAMILIES: list[Variant] = [
    with_people,
    with_ends,
    with_demand,
    with_calls,
    with_boundaries,
    with_crews,
    with_clients,
]


def with_several(written: Written, luck: Random) -> Written:
    """Add several families at once, as far as they go together."""
    for family in luck.sample(FAMILIES, luck.randint(2, 5)):
        further = family(deepcopy(written), luck)
        with suppress(ValidationError):
            Process.model_validate(deepcopy(further))
            written = further
    return written


VARIANTS: list[Variant] = [*FAMILIES, with_several]
