"""Four eyes, owners, teams and several people at once under redesign: kept, carried over, or refused with a way out."""

from bpsim.redesign.references import renamed, to_nodes
from tests.redesign.sketch import applied, line, refused

TWO = {"all": ["desk.clerk", "desk.clerk"]}


def test_four_eyes_have_references() -> None:
    """A task that others may not share a person with is needed by them; they follow its new name."""
    process = line("a", "b", "c", c={"never_same_person_as": ["a", "b"]})
    assert [(r.name, r.owner) for r in to_nodes(process)] == [("a", "c"), ("b", "c")]
    assert renamed(process, "a", "x").tasks()["c"].never_same_person_as == ("x", "b")
    assert any("c is never done by the same person" in said for said in refused(process, remove={"task": "a"}))


def test_four_eyes_are_no_one_task() -> None:
    """Tasks of two people are not united, and neither is work of several; other parts keep their four eyes."""
    apart = line("a", "b", b={"never_same_person_as": "a"})
    assert any("Four eyes keep them apart" in said for said in refused(apart, merge={"tasks": ["a", "b"]}))
    common = line("a", "b", b={"performer": TWO})
    assert any("b needs several people at once" in said for said in refused(common, merge={"tasks": ["a", "b"]}))
    process = line("a", "b", "c", b={"never_same_person_as": "a", "case_owner": True}, c={"case_owner": True})
    united = applied(process, merge={"tasks": ["b", "c"], "into": "bc"}).tasks()["bc"]
    assert (united.never_same_person_as, united.case_owner) == (("a",), True)


def test_no_machine_for_two_eyes() -> None:
    """A system does not take over a task on which the four eyes of another one rest."""
    process = line("a", "b", b={"never_same_person_as": "a"})
    assert any("b is never done by whoever did a" in said for said in refused(process, automate={"tasks": ["a"]}))
    assert applied(process, automate={"tasks": ["b"]}).tasks()["b"].never_same_person_as == ()


def test_anybody_and_one_person() -> None:
    """`any` ends every wish; `same_person` puts another in its place."""
    process = line("a", "b", a={"case_owner": True}, b={"case_owner": True, "keeps_for": "1d"})
    assert applied(process, allocate={"tasks": ["a", "b"], "policy": "any"}).tasks()["b"].wishes() == []
    after = applied(process, allocate={"tasks": ["a", "b"], "policy": "same_person"})
    assert after.tasks()["b"].wishes() == ["same_person_as"]


def test_runs_are_for_everybody() -> None:
    """Work that is kept for somebody, or closed to somebody, is not done in runs; common work may be."""
    for wish in ({"case_team": True}, {"never_same_person_as": "a"}):
        said = refused(line("a", "b", b=wish), batch={"task": "b", "rule": {"size": 2}})
        assert any("A run is kept for nobody" in one for one in said)
    assert applied(line("a", "b", b={"performer": TWO}), batch={"task": "b", "rule": {"size": 2}}).tasks()["b"].together
