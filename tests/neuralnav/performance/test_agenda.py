from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from neuralnav.performance.agenda import add, take
from neuralnav.performance.rows import whole_zeros

ENTRIES = st.lists(st.integers(0, 40), min_size=1, max_size=40)


@given(ENTRIES)
@settings(deadline=None, derandomize=True)
def test_the_smallest_entry_is_always_in_front(entries: list[int]) -> None:
    agenda = whole_zeros(len(entries))
    for size, entry in enumerate(entries):
        add(agenda, size, entry)
        assert agenda[0] == min(entries[: size + 1])
    taken = []
    for size in range(len(entries), 0, -1):
        taken.append(agenda[0])
        take(agenda, size, agenda[0])
    assert taken == sorted(entries)


@given(ENTRIES, st.randoms(use_true_random=False))
@settings(deadline=None, derandomize=True)
def test_any_entry_can_be_taken_away(entries: list[int], random: Random) -> None:
    agenda = whole_zeros(len(entries))
    for size, entry in enumerate(entries):
        add(agenda, size, entry)
    left = list(entries)
    while left:
        entry = random.choice(left)
        take(agenda, len(left), entry)
        left.remove(entry)
        assert sorted(agenda[: len(left)]) == sorted(left)
        assert not left or agenda[0] == min(left)
