"""The way of cases between departments."""

import pytest

from bpsim.model.process import Process
from bpsim.redesign.change import Mistakes
from bpsim.redesign.operators import Transfer, read_change, written_change
from tests.redesign.sketch import Written, applied, line, refused, shown, sketch

HINT = "Write a delay such as 30min, or {delay: 30min, calendar: office}."


def carrying(**transfers: object) -> Process:
    """Make a process of one task with transfers."""
    return sketch(line("a").as_written()["flow"], transfers=transfers)


def way(process: Process, origin: str, target: str) -> tuple[str, str]:
    """Give the delay and the calendar of a way."""
    body = {name: department.body for name, department in process.departments.items()}
    found = process.transfers.between(origin, target, same_body=body[origin] == body[target])
    return str(found.delay), found.calendar


DAY_IN_OFFICE: Written = {"delay": "1d", "calendar": "office"}


def test_a_way_of_its_own() -> None:
    """A way under a general entry gets one of its own, in the same hours; all else stays."""
    process = carrying(default=DAY_IN_OFFICE)
    after = applied(process, co_locate={"desk->back": "15min"})
    assert way(after, "desk", "back") == ("15min", "office")
    assert way(after, "back", "desk") == ("1d", "office")
    assert list(after.transfers.pairs) == ["desk -> back"]
    assert after.model_copy(update={"transfers": process.transfers}) == process


def test_between_bodies() -> None:
    """A way between two bodies keeps the hours of those, not of the default."""
    process = carrying(default="1h", between_bodies={"delay": "2d", "calendar": "late"})
    after = applied(process, transfer={"desk -> back": "4h"})
    assert way(after, "desk", "back") == ("4h", "late")


def test_an_old_way() -> None:
    """A way that has an entry keeps the hours of that entry, unless others are written."""
    process = carrying(**{"default": "1h", "desk -> back": DAY_IN_OFFICE})
    assert way(applied(process, transfer={"desk -> back": "2h"}), "desk", "back") == ("2h", "office")
    entry = {"desk -> back": {"delay": "2h", "calendar": "always"}}
    assert way(applied(process, transfer=entry), "desk", "back") == ("2h", "always")


def test_general_entries() -> None:
    """The default counts between bodies where nothing else was said of them; within is what is inside a department."""
    after = applied(carrying(default=DAY_IN_OFFICE), transfer={"default": "2h", "within": "5min"})
    assert way(after, "back", "desk") == ("2h", "office")
    assert way(after, "desk", "desk") == ("5min", "always")
    assert str(after.transfers.default.delay) == "2h"
    after = applied(carrying(default="1d", between_bodies="3d"), transfer={"default": "2h"})
    assert way(after, "back", "desk") == ("3d", "always")


def test_refused() -> None:
    """Departments, ways and calendars that do not exist, and what changes nothing."""
    process = carrying(default=DAY_IN_OFFICE)
    assert refused(process, transfer={"desk -> bak": "1h", "nobody -> desk": "1h"}) == [
        "BP603 desk -> bak: there is no department bak. Did you mean 'back'?",
        "BP603 nobody -> desk: there is no department nobody. There are: back, desk.",
    ]
    assert refused(process, transfer={"desk": "1h", "a -> b -> c": "1h"}) == [
        "BP603 desk: desk is no way between departments. Write a -> b, or default, between_bodies or within.",
        (
            "BP603 a -> b -> c: a -> b -> c is no way between departments. "
            "Write a -> b, or default, between_bodies or within."
        ),
    ]
    assert refused(process, transfer={"desk -> back": {"delay": "1h", "calendar": "offise"}}) == [
        "BP603 desk -> back.calendar: there is no calendar offise. Did you mean 'office'?"
    ]
    assert refused(process, transfer={"default": "1d"}) == [
        "BP611 : the transfers are so already. Leave the change out."
    ]


def test_mistakes() -> None:
    """What cannot be read is told with the file, all at once."""
    with pytest.raises(Mistakes) as caught:
        read_change(
            {
                "transfer": {
                    "a -> b": "3 dais",
                    "b -> a": True,
                    "a -> c": [1],
                    "c -> a": {"calendar": "office"},
                    "c -> b": {"delay": "1h", "hours": "office"},
                    "b -> c": {"delay": "1h", "calendar": 3},
                    "c -> d": {"delay": "4"},
                }
            }
        )
    assert [shown(trouble) for trouble in caught.value.troubles] == [
        'BP204 transfer.a -> b: unknown unit "dais". Did you mean "days"?',
        f"BP104 transfer.b -> a: not a delay. {HINT}",
        f"BP104 transfer.a -> c: not a delay. {HINT}",
        f"BP103 transfer.c -> a.delay: missing. {HINT}",
        f"BP101 transfer.c -> b.hours: unknown key. {HINT}",
        f"BP104 transfer.b -> c.calendar: not the name of a calendar. {HINT}",
        "BP201 transfer.c -> d.delay: 4 what? Write the unit: 4min, 4h or 4d.",
    ]
    with pytest.raises(Mistakes) as caught:
        read_change({"co_locate": {}})
    assert [shown(trouble) for trouble in caught.value.troubles] == [
        "BP612 co_locate: no way is named. Write one: front_office -> permits: 30min."
    ]
    with pytest.raises(ValueError, match="dictionary"):
        Transfer.model_validate(3)


def test_in_words_and_footprint() -> None:
    """One plain sentence; the shortest written form; what it touches."""
    change = Transfer(ways={"desk -> back": "15min", "within": {"delay": "0min", "calendar": "late"}})
    assert str(change) == "desk -> back takes 15min and within takes 0min"
    written = {"transfer": {"desk -> back": "15min", "within": {"delay": "0min", "calendar": "late"}}}
    assert written_change(change) == written
    assert read_change(written) == change
    assert Transfer.model_validate(change.model_dump()) == Transfer(ways=change.ways) == change
    foot = change.footprint(line("a"))
    assert (foot.reads, foot.writes) == ({"calendars.late"}, {"transfers"})
