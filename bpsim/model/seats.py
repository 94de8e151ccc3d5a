"""Who can fill the seats of a task for several people: the largest number of seats for distinct people."""

from collections.abc import Sequence


def most(seats: Sequence[Sequence[int]], taken: frozenset[int] = frozenset()) -> int:
    """Count how many seats distinct people can fill; `seats` lists who could take each, `taken` who cannot any more."""
    seat_of: dict[int, int] = {}

    def place(seat: int, seen: set[int]) -> bool:
        for person in seats[seat]:
            if person not in taken and person not in seen:
                seen.add(person)
                if person not in seat_of or place(seat_of[person], seen):
                    seat_of[person] = seat
                    return True
        return False

    return sum(place(seat, set()) for seat in range(len(seats)))


def seated(seats: Sequence[Sequence[int]]) -> list[int]:
    """Fill as many seats as can be filled, in their order, each with the first person with whom that is still possible.

    `seats` lists for each seat who could take it, in the order of choice; -1 stands for an empty seat. Of each list
    only the first people count, as many as there are seats: the others of a filling are fewer.
    """
    choices = [people[: len(seats)] for people in seats]
    rest = most(choices)
    chosen: list[int] = []
    taken: frozenset[int] = frozenset()
    for place, people in enumerate(choices):
        behind = choices[place + 1 :]
        fits = (p for p in people if p not in taken and 1 + most(behind, taken | {p}) == rest)
        person = next(fits, -1)
        chosen.append(person)
        if person >= 0:
            taken |= {person}
            rest -= 1
    return chosen
