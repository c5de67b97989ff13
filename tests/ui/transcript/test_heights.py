from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.ui.transcript.heights import Heights

_LISTS = st.lists(st.integers(0, 500), max_size=80)


@given(_LISTS, _LISTS)
def test_sums_are_those_of_a_list_however_it_was_made(first: list[int], more: list[int]) -> None:
    heights = Heights(first)
    for value in more:
        heights.append(value)
    values = first + more
    assert [heights.before(i) for i in range(len(values) + 1)] == [
        sum(values[:i]) for i in range(len(values) + 1)
    ]
    assert heights.total == sum(values)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=80), st.data())
def test_changing_and_truncating(values: list[int], data: st.DataObject) -> None:
    heights = Heights(values)
    at = data.draw(st.integers(0, len(values) - 1))
    values[at] = data.draw(st.integers(0, 900))
    heights.set(at, values[at])
    keep = data.draw(st.integers(0, len(values)))
    heights.truncate(keep)
    heights.append(7)
    assert list(heights) == [*values[:keep], 7]
    assert heights.total == sum(values[:keep]) + 7


@given(st.lists(st.integers(1, 500), min_size=1, max_size=80), st.integers(-10, 45_000))
def test_a_position_belongs_to_the_thing_that_spans_it(values: list[int], position: int) -> None:
    heights = Heights(values)
    index = heights.at(position)
    inside = max(0, min(position, sum(values) - 1))
    assert heights.before(index) <= inside < heights.before(index + 1)


def test_nothing_at_all() -> None:
    assert Heights().at(100) == 0
    assert Heights().total == 0
