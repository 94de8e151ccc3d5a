"""What the engine relies on in SimPy's event list, which is no part of its public face."""

from pathlib import Path

import bpsim.engine
from bpsim.engine.clock import ARRIVING, COMPLETION, HALT, TIMER, Clock, Signal


def collect(clock: Clock, events: list[tuple[int, int, int]], happened: list[tuple[int, int, int]]) -> None:
    """Put events into the clock that write down when they happen."""
    for event in events:
        clock.push(*event, Signal(lambda _, one=event: happened.append(one)))


def test_events_come_by_time_phase_and_number() -> None:
    """The order within an instant is that of phases and numbers, whatever the order of scheduling."""
    clock, happened = Clock(), []
    events = [(5, ARRIVING, 1), (5, COMPLETION, 9), (5, COMPLETION, 2), (3, TIMER, 7), (5, TIMER, 0)]
    collect(clock, events, happened)
    clock.stop(10)
    clock.run()
    assert happened == sorted(events)
    assert clock.now == 10


def test_an_event_of_the_same_instant_joins_the_queue() -> None:
    """What an event causes at the same instant takes its own place, even an earlier one."""
    clock, happened = Clock(), []
    clock.push(5, TIMER, 0, Signal(lambda _: collect(clock, [(5, ARRIVING, 4), (5, COMPLETION, 3)], happened)))
    collect(clock, [(5, ARRIVING, 1)], happened)
    clock.stop(5)
    clock.run()
    assert happened == [(5, COMPLETION, 3), (5, ARRIVING, 1), (5, ARRIVING, 4)]


def test_a_stop_is_after_its_instant_or_before() -> None:
    """Ordinarily everything of the last instant is carried out; a halt comes before it."""
    for phase, wanted in ((None, [(5, COMPLETION, 1)]), (HALT, [])):
        clock, happened = Clock(), []
        collect(clock, [(5, COMPLETION, 1), (6, COMPLETION, 1)], happened)
        clock.stop(5) if phase is None else clock.stop(5, phase)
        clock.run()
        assert happened == wanted
        assert clock.now == 5


def test_simpy_stands_in_one_module() -> None:
    """No other module of the engine knows SimPy."""
    folder = Path(bpsim.engine.__file__).parent
    assert [path.name for path in sorted(folder.glob("*.py")) if "import simpy" in path.read_text()] == ["clock.py"]
