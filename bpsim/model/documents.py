"""Documents and data: what is there at which node, and who brings it."""

from bpsim.model import flow
from bpsim.model.graph import Flows, backwards, flows, reachable
from bpsim.model.process import Process


def made_by(process: Process) -> dict[str, set[str]]:
    """Give the documents that are there after each task: those that it produces, and those that come from it."""
    found = {name: set(task.produces) for name, task in process.tasks().items()}
    for document, item in process.items.items():
        if item.source in found:
            found[item.source].add(document)
    return found


def at_once(process: Process) -> set[str]:
    """Give the documents that are there from the start: from registries, and from clients when no task brings them."""
    tasks = process.tasks()
    brought = {document for task in tasks.values() if task.performer[0] == flow.CLIENT for document in task.produces}
    return {
        name
        for name, item in process.items.items()
        if item.source == "registry" or (item.source == "client" and name not in brought)
    }


def there_before(process: Process) -> dict[str, set[str]]:
    """Give the documents that are there on every way to each node (at a join: on any of the branches)."""
    found, made = flows(process), made_by(process)
    into = backwards(found)
    everything = set(process.items)
    first = process.start()
    inside = reachable(found, [first])
    reached = [name for name in found if name in inside]
    here = {name: set(everything) for name in reached}
    here[first] = at_once(process)
    changed = True
    while changed:
        changed = False
        for name in reached:
            ways = [
                here[origin] | (made.get(origin, set()) if _completed(process, found, origin, name) else set())
                for origin in dict.fromkeys(into[name])
                if origin in here
            ]
            waits = isinstance(process.flow[name], flow.Parallel)
            now = set.union(*ways) if ways and waits else set.intersection(*ways) if ways else here[name]
            if name != first and now != here[name]:
                here[name], changed = now, True
    return here


def _completed(process: Process, found: Flows, origin: str, target: str) -> bool:
    """Tell whether every flow from a node to another comes after its completion (and none after a timeout)."""
    return target not in found[origin][len(process.flow[origin].next) :]


def brought(process: Process, task: flow.Task) -> int:
    """Count the documents that a task of the client brings, because it produces them."""
    if task.performer[0] != flow.CLIENT:
        return 0
    return sum(name in process.items and process.items[name].source == "client" for name in task.produces)


def with_application(process: Process) -> int:
    """Count the documents that come with each application: those of the client that no task of theirs brings."""
    return sum(process.items[name].source == "client" for name in at_once(process))
