"""Numbers and distributions made larger or smaller, so that they can still be written, and drawn with the same luck."""

from bpsim.errors import Mistake
from bpsim.model import flow
from bpsim.model.written import delay_draw
from bpsim.values.distributions import Constant, Distribution, scaled
from bpsim.values.durations import WorkingDays, format_duration


def times(value: Distribution | WorkingDays, factor: float) -> Distribution | WorkingDays:
    """Multiply a delay."""
    if isinstance(value, WorkingDays):
        return WorkingDays(float(f"{value.count * factor:g}"))  # as many digits as are written
    if isinstance(value, Constant):
        return delay_draw(format_duration(round(value.value * factor)))
    return scaled(value, factor)


def plus(value: Distribution | WorkingDays, more: int) -> Distribution | WorkingDays:
    """Add a number of milliseconds to a delay."""
    if isinstance(value, WorkingDays):
        raise Mistake("BP641", "working days and a time cannot be added", "Write the new value, or multiply it.")
    if isinstance(value, Constant):
        if value.value + more < 0:
            raise Mistake("BP205", f"{format_duration(round(-value.value - more))} below zero", "Subtract less.")
        return delay_draw(format_duration(round(value.value + more)))
    if more < 0:
        raise Mistake("BP641", "nothing can be subtracted from what is drawn", "Multiply it, or write the new value.")
    return delay_draw(f"({value}) + {format_duration(more)}")


def longer(duration: flow.Duration, factor: float) -> flow.Duration:
    """Multiply a duration, whatever it depends on."""
    choice = duration.choice
    if choice:
        of = {key: times(value, factor) for key, value in choice.of.items()}
        return duration.model_copy(update={"choice": choice.model_copy(update={"of": of})})
    return duration.model_copy(update={"value": times(duration.value, factor)})
