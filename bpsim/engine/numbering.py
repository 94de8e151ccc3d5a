"""The numbers of what all processes of a run share: nodes, roles, departments, calendars, channels, outcomes."""

from datetime import date

from bpsim.engine.patience import outcomes_of, with_chases
from bpsim.engine.queues import Queues, cancels
from bpsim.engine.routes import with_markers
from bpsim.model import flow
from bpsim.model.process import Process, joined

#: How a case ends that was waited for by one that was ended itself.
CANCELLED = "cancelled"


class Numbering:
    """Numbers by names; those of companions are written `process/name`."""

    def __init__(self, process: Process, start: date, days: int) -> None:
        """Number everything in alphabetical order."""
        self.every = {name: with_chases(with_markers(one)) for name, one in process.every().items()}
        self.whole = process
        self.processes = (process.process, *sorted(process.others))
        names = sorted(joined(key, name) for key, one in self.every.items() for name in one.flow)
        self.rank = {name: i for i, name in enumerate(names)}
        self.role_models = dict(sorted(process.roles().items()))
        self.role = {name: i for i, name in enumerate(self.role_models)}
        self.departments = {name: i for i, name in enumerate(sorted(process.departments))}
        self.calendars = {name: i for i, name in enumerate(sorted(process.calendars))}
        self.tables = tuple(process.calendars[name].table(start, days) for name in self.calendars)
        self.channel_models = {
            name: channel for one in reversed(self.every.values()) for name, channel in one.channels.items()
        }
        self.channels = {name: i for i, name in enumerate(sorted(self.channel_models))}
        self.cancels = any(map(cancels, self.every.values()))
        self.outcomes = {name: i for i, name in enumerate(sorted(self._outcomes()))}
        self.queues = Queues(process, self.role)

    def _outcomes(self) -> set[str]:
        nodes = [node for one in self.every.values() for node in one.flow.values()]
        found = {node.outcome for node in nodes if isinstance(node, flow.End)}
        found = found.union(*map(outcomes_of, self.every.values()))
        return found | ({CANCELLED} if any(map(_may_cancel, self.every.values())) else set())


def _may_cancel(process: Process) -> bool:
    """Tell whether a case may be ended before its time while it waits for cases that it has called."""
    nodes = process.flow.values()
    waits = any(isinstance(node, flow.Call) and node.wait for node in nodes)
    terminates = any(isinstance(node, flow.End) and node.terminate for node in nodes)
    passes = any(clock.on_pass for clock in process.cases.clocks.values())
    breaks = any(isinstance(node, flow.Gateway) and flow.boundaries(node) for node in nodes)
    return waits and (terminates or passes or breaks or bool(outcomes_of(process)))
