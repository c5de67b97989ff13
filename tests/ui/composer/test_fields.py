"""The places of a prompt template while the text around and in them is edited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.chat.commands import Layout
from chat2anyllm_desktop.core.templates import filled, parse
from chat2anyllm_desktop.ui.composer.fields import Fields


def laid_out(template: str, **values: str) -> Fields:
    return Fields(Layout(tuple(parse(template)), values))


def shown(fields: Fields) -> str:
    """The text with its fields: in square brackets where filled in, in round ones where not."""
    text = fields.text
    for field in sorted(fields.all, key=lambda each: each.start, reverse=True):
        left, right = "[]" if field.filled else "()"
        text = f"{text[: field.start]}{left}{text[field.start : field.end]}{right}{text[field.end :]}"
    return text


def edit(fields: Fields, start: int, end: int, text: str, current: int | None = None) -> str:
    """Replace a range as an editor does, and do what follows."""
    cursor = start + len(text)
    now = fields.text[:start] + text + fields.text[end:]
    field = fields.all[current] if current is not None else fields.at(start)
    for follow in fields.edited(now, cursor, field, (start, end)):
        now = now[: follow.start] + follow.text + now[follow.end :]
    assert now == fields.text
    return shown(fields)


def test_laying_out() -> None:
    fields = laid_out("{lang=Python}: {text} {note=} {tone:short|long} {text}", tone="long")
    assert shown(fields) == "[Python]: ({text}) ({note}) [long] ({text})"
    assert [field.variable.name for field in fields.stops] == ["lang", "text", "note", "tone"]
    assert fields.missing is fields.all[1]
    assert fields.finished == "Python:   long "
    assert shown(laid_out("{a}{b}", a="1")) == "[1]({b})"


def test_what_is_written_over_a_label_fills_its_place_and_all_of_its_name() -> None:
    fields = laid_out("{a} and {a}, {b}")
    assert edit(fields, 0, 3, "x") == "[x] and [x], ({b})"
    assert edit(fields, 1, 1, "y") == "[xy] and [xy], ({b})"
    # The later place tells the earlier one, too.
    assert edit(fields, 7, 9, "") == "({a}) and (), ({b})"
    place = next(field for field in fields.all if field.start == field.end)
    assert [each.text for each in fields.left(place)] == ["{a}"]
    assert shown(fields) == "({a}) and ({a}), ({b})"


def test_a_label_goes_as_a_whole_and_text_beside_it_stays_beside_it() -> None:
    fields = laid_out("to {a}!")
    assert edit(fields, 5, 6, "") == "to ()!"
    fields = laid_out("to {a}!")
    assert edit(fields, 3, 3, "x") == "to x({a})!"
    assert edit(fields, 7, 7, "y", current=0) == "to x({a})y!"


def test_text_in_front_and_behind_moves_the_places() -> None:
    fields = laid_out("{a=1} {b=2}")
    assert edit(fields, 1, 2, "---") == "[1]---[2]"
    assert edit(fields, 5, 5, "!") == "[1]---[2!]"
    fields = laid_out("x {a=1} {b=2}")
    assert edit(fields, 0, 1, "longer") == "longer [1] [2]"


def test_neighbours_do_not_mix() -> None:
    fields = laid_out("{a=1}{b=2}")
    assert edit(fields, 1, 1, "x", current=0) == "[1x][2]"
    assert edit(fields, 2, 2, "y", current=1) == "[1x][y2]"


def test_what_is_overwritten_is_a_place_no_more() -> None:
    fields = laid_out("{a=1} {b=2} {c=3}")
    assert edit(fields, 0, 4, "x") == "x[3]"
    assert edit(fields, 0, 2, "y") == "y"
    assert fields.finished == "y"
    fields = laid_out("{a=11} {b=22}")
    assert edit(fields, 1, 4, "-") == "1-2"


def test_a_text_that_comes_back_has_its_places_again() -> None:
    fields = laid_out("{a} {b}")
    edit(fields, 0, 3, "x")
    edit(fields, 0, 5, "all else")
    assert shown(fields) == "all else"
    fields.edited("x {b}", 0, None)
    assert shown(fields) == "[x] ({b})"
    fields.edited("{a} {b}", 0, None)
    assert shown(fields) == "({a}) ({b})"


@given(
    st.lists(st.sampled_from(["{a}", "{b=1}", "{c=}", "{d:x|y}", " ", "t", "é😀"]), max_size=8),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6), st.text("xy{}a \n", max_size=4)), max_size=12),
)
def test_whatever_is_edited_the_places_stay_in_order_inside_the_text(
    parts: list[str], edits: list[tuple[int, int, str]]
) -> None:
    fields = laid_out("".join(parts))
    for start, length, text in edits:
        start = min(start, len(fields.text))
        edit(fields, start, min(start + length, len(fields.text)), text)
        at = 0
        for field in fields.all:
            assert at <= field.start <= field.end <= len(fields.text)
            at = field.end
        told: dict[str, str] = {}
        for field in fields.all:
            content = fields.content(field)
            assert told.setdefault(field.variable.name, content) == content


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.text("xy {}", min_size=1, max_size=4), min_size=3)
)
def test_filling_in_one_after_the_other_gives_what_the_template_gives(values: dict[str, str]) -> None:
    template = "1 {a} 2{b}{c} {a}."
    fields = laid_out(template)
    for name, value in values.items():
        field = next(each for each in fields.stops if each.variable.name == name)
        edit(fields, field.start, field.end, value, current=fields.all.index(field))
    assert fields.missing is None
    assert fields.finished == filled(parse(template), values)
