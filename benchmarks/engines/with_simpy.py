"""The usual SimPy model: a process for each case, simpy.Resource, stdlib random numbers, a list as log."""

from collections.abc import Generator
from math import log as ln
from math import sqrt
from random import Random
from typing import Any

import simpy
from worker import Row, figures_of, main
from workloads import CHOICES, CLERKS, CLOSES, DAY, EVERY, OPENS, SERVICE, STAFF, TASKS

Steps = Generator[simpy.Event, Any, None]
SATURDAY = 5
MISSING, CORRECT, FEE = CHOICES["complete"]["missing"], CHOICES["good"]["correct"], CHOICES["granted"]["fee"]


class OfficeHours:
    """Monday to Friday; time stands still for work outside them."""

    def opening(self, now: float) -> float:
        """Give the first open instant from now on."""
        day, minute = divmod(now, DAY)
        if day % 7 < SATURDAY and minute < CLOSES:
            return max(now, day * DAY + OPENS)
        day += 1
        while day % 7 >= SATURDAY:
            day += 1
        return day * DAY + OPENS

    def end(self, start: float, work: float) -> float:
        """Give the end of work that starts at an open instant."""
        left = (start // DAY) * DAY + CLOSES - start
        while work > left:
            work -= left
            start = self.opening(start + left)
            left = CLOSES - OPENS
        return start + work


class Model:
    """The permit process of W2 and W3."""

    def __init__(self, env: simpy.Environment, luck: Random, hours: OfficeHours | None) -> None:
        """Staff the departments."""
        self.env, self.luck, self.hours = env, luck, hours
        self.pools = {name: simpy.Resource(env, capacity=people) for name, people in STAFF.items()}
        self.log: list[Row] = []
        self.arrived: dict[int, float] = {}

    def duration(self, task: str) -> float:
        """Draw how long a task takes."""
        _, kind, numbers, _ = TASKS[task]
        if kind == "exponential":
            return self.luck.expovariate(1 / numbers[0])
        if kind == "triangular":
            low, mode, high = numbers
            return self.luck.triangular(low, high, mode)
        mean, sd = numbers
        square = ln(1 + (sd / mean) ** 2)
        return self.luck.lognormvariate(ln(mean) - square / 2, sqrt(square))

    def work(self, case: int, task: str) -> Steps:
        """Wait for somebody, who then works."""
        created = self.env.now
        with self.pools[TASKS[task][0]].request() as request:
            yield request
            if self.hours is None:
                started = self.env.now
                yield self.env.timeout(self.duration(task))
            else:
                started = self.hours.opening(self.env.now)
                yield self.env.timeout(self.hours.end(started, self.duration(task)) - self.env.now)
        self.log.append((case, task, created, started, self.env.now))

    def permit(self, case: int) -> Steps:
        """Handle one application."""
        self.arrived[case] = self.env.now
        yield from self.work(case, "receive")
        yield from self.work(case, "check")
        if self.luck.random() < MISSING:
            yield from self.work(case, "missing")
        yield from self.work(case, "register")
        while True:
            technical = self.env.process(self.work(case, "technical"))
            legal = self.env.process(self.work(case, "legal"))
            yield technical & legal
            yield from self.work(case, "report")
            if self.luck.random() >= CORRECT:
                break
            yield from self.work(case, "correct")
        yield from self.work(case, "decide")
        if self.luck.random() < FEE:
            yield from self.work(case, "fee")
            yield from self.work(case, "issue")
        else:
            yield from self.work(case, "reject")

    def arrivals(self, cases: int, every: float) -> Steps:
        """Let the applications come."""
        for case in range(cases):
            yield self.env.timeout(self.luck.expovariate(1 / every))
            self.env.process(self.permit(case))


class Desk:
    """The queue of W1."""

    def __init__(self, env: simpy.Environment, luck: Random) -> None:
        """Staff the desk."""
        self.env, self.luck = env, luck
        self.clerks = simpy.Resource(env, capacity=CLERKS)
        self.log: list[Row] = []
        self.arrived: dict[int, float] = {}

    def visit(self, case: int) -> Steps:
        """Serve one customer."""
        created = self.arrived[case] = self.env.now
        with self.clerks.request() as request:
            yield request
            started = self.env.now
            yield self.env.timeout(self.luck.expovariate(1 / SERVICE))
        self.log.append((case, "served", created, started, self.env.now))

    def arrivals(self, cases: int, every: float) -> Steps:
        """Let the customers come."""
        for case in range(cases):
            yield self.env.timeout(self.luck.expovariate(1 / every))
            self.env.process(self.visit(case))


def run(workload: str, cases: int, seed: int) -> Model | Desk:
    """Run a workload until its last case has ended."""
    env, luck = simpy.Environment(), Random(seed)  # noqa: S311 - the luck of a simulation is no secret
    hours = OfficeHours() if workload == "W3" else None
    model = Desk(env, luck) if workload == "W1" else Model(env, luck, hours)
    env.process(model.arrivals(cases, EVERY[workload]))
    env.run()
    return model


def figures(model: Model | Desk) -> dict[str, float]:
    """Read the figures off the event log."""
    return figures_of(model.log, model.arrived)


if __name__ == "__main__":
    main(run, figures)
