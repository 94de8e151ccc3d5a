"""Words for parts of a process: how long something takes, how long a timer waits, when a boundary of a task comes."""

from bpsim.model.flow import Call, Duration, Receive, Send, Task, Timeout, Timer
from bpsim.model.process import Process
from bpsim.model.written import ProbabilityBy, chances

#: What gateways do.
GATES = {
    "exclusive": "one of the ways",
    "parallel": "all ways, or wait for all",
    "inclusive": "some of the ways, or wait for those",
    "event_based": "whatever happens first",
}


def how_long(duration: Duration) -> str:
    """Say how long something takes."""
    text = f"by {duration.choice.by}" if duration.choice else str(duration.value)
    return f"{text} * ({duration.factor})" if duration.scaled() else text


def waits(timer: Timer) -> str:
    """Say how long a timer waits."""
    if timer.until is None:
        return how_long(timer.delay)
    later = f", {how_long(timer.delay)} later at least" if timer.delay != Duration() else ""
    return f"until {timer.until}{later}"


def call_words(node: Call | Send | Receive) -> str:
    """Say what a call begins, or which message is sent or waited for."""
    if isinstance(node, Send):
        return f"sends {node.message}"
    if isinstance(node, Receive):
        return f"waits for {node.message}"
    number = "" if str(node.instances) == "1" else f", {node.instances} times"
    order = ", one after another" if node.order == "sequential" else ""
    later = f", {how_long(node.applies_after)} later" if node.applies_after else ""
    return f"{'' if node.wait else 'begins '}{node.process}{number}{order}{later}"


def boundary_words(path: tuple[str, ...], boundary: Timeout) -> str:
    """Say when a boundary of a task comes: its path in the task, and the boundary."""
    named = {"timeout": "", "on": f"{path[-1]} ", "batch": "held "}[path[0]]
    beside = "beside it " if boundary.non_interrupting else ""
    return f"{beside}{named}after {how_long(boundary.after)}"


def leaving_words(task: Task) -> str:
    """Say when an item leaves the queue of a task."""
    return f"unserved for {how_long(task.reneges_after.after)}" if task.reneges_after else ""


def left_out(process: Process) -> list[str]:
    """Name what the numbers of a process that nobody makes wait cannot show."""
    every, roles = process.every().values(), process.roles().values()
    arrivals, clients = [one.cases.arrivals for one in every], [one.cases.client for one in every]
    there = {
        "growth": any(each.growth for each in arrivals),
        "shocks": any(each.shocks for each in arrivals),
        "learning": any(role.learning for role in roles),
        "training": any(role.training for role in roles),
        "people who leave and their posts": any(role.leaving for role in roles),
        "clients who do not wait": any(client.withdraws_after for client in clients)
        or any(task.reneges_after for one in every for task in one.tasks().values()),
        "limits that pass": any(clock.on_pass for one in every for clock in one.cases.clocks.values()),
    }
    return [words for words, is_there in there.items() if is_there]


def client_words(process: Process) -> list[str]:
    """Say what clients do while they wait."""
    found = []
    for name, one in process.every().items():
        client, who = one.cases.client, f"A client of {name}" if name else "A client"
        if client.withdraws_after:
            found.append(f"{who} who waits withdraws: {how_long(client.withdraws_after)} after the last contact.")
        if client.chases:
            found.append(f"{who} who waits asks about the state: every {how_long(client.chases.every)}.")
    return found


def passing_words(process: Process, target: str) -> list[str]:
    """Say which limits lead to a node when they have passed."""
    clocks = process.cases.clocks.items()
    return [f"{name} has passed" for name, clock in clocks if clock.on_pass and clock.on_pass.next == target]


def error_words(task: Task) -> list[str]:
    """Say how often a task goes wrong and how many errors it finds."""
    made, found = _chance(task.introduces_error), _chance(task.detects_error)
    return [*([f"{made} wrong"] if made else []), *([f"finds {found} of errors"] if found else [])]


def _chance(chance: float | ProbabilityBy) -> str:
    """Write a probability, or from which to which it goes; nothing for never."""
    values = sorted(set(chances(chance).values()))
    if values == [0.0]:
        return ""
    return " to ".join(dict.fromkeys(f"{100 * value:.3g} %" for value in (values[0], values[-1])))
