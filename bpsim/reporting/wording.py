"""Words for parts of a process: how long something takes, how long a timer waits, when a boundary of a task comes."""

from bpsim.model.flow import Duration, Timeout, Timer

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


def boundary_words(path: tuple[str, ...], boundary: Timeout) -> str:
    """Say when a boundary of a task comes: its path in the task, and the boundary."""
    named = {"timeout": "", "on": f"{path[-1]} ", "batch": "held "}[path[0]]
    beside = "beside it " if boundary.non_interrupting else ""
    return f"{beside}{named}after {how_long(boundary.after)}"
