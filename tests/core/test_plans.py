"""Plans as models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat2anyllm_desktop.core.plans import format_plan, parse_plan


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("1. A\n2. B\n3. C", ("A", "B", "C")),
        ("1) A\n2) B", ("A", "B")),
        ("Here is the plan:\n\n1. A\n2. B\n\nLet me know!", ("A", "B")),
        ("- A\n- B", ("A", "B")),
        ("* [ ] A\n* [x] B", ("A", "B")),
        ("1. [ ] A\n2. [X] B", ("A", "B")),
        ("```\n1. A\n2. B\n```", ("A", "B")),
        ("Plan:\n```markdown\n- [ ] A\n- [ ] B\n```\n", ("A", "B")),
        ("1. A\n   wrapped\n2. B\nwrapped too\n\nThe end.", ("A wrapped", "B wrapped too")),
        ("1. A\n\n   more of A\n\n2. B", ("A more of A", "B")),
        ("1. A\n   - x\n   - y\n2. B", ("A\n- x\n- y", "B")),
        ("1. A\n- x\n2. B", ("A\n- x", "B")),
        ("- A\n  - x\n- B", ("A\n- x", "B")),
        (
            "1. Run\n   ```bash\n   ls  -l\n   1. no step\n   ```\n2. B",
            ("Run\n```bash\nls  -l\n1. no step\n```", "B"),
        ),
        ("**1. Foo** bar\n**2.** Baz", ("Foo bar", "Baz")),
        ("1. **Foo**: bar", ("**Foo**: bar",)),
        ("### Step 1: Foo\n\n### Step 2: Bar", ("Foo", "Bar")),
        (" 9. a\n10. b", ("a", "b")),
        ("3.11 is a version\n1. A", ("A",)),
        ("1. A\r\n2. B\r\n", ("A", "B")),
        ("1. \n2. B", ("B",)),
        ("No list\nat all", ()),
        ("", ()),
    ],
)
def test_parse_plan(text: str, steps: tuple[str, ...]) -> None:
    assert parse_plan(text) == steps
    assert parse_plan(format_plan(steps)) == steps


def test_format_plan() -> None:
    assert format_plan(["A", "B\n- x"]) == "1. A\n2. B\n   - x"
    assert format_plan([]) == ""


@given(st.text(alphabet="1.) -*[]x`#\n\tab", max_size=80))
def test_anything_parses(text: str) -> None:
    assert all(step == step.strip() and step for step in parse_plan(text))


@given(st.lists(st.text(alphabet="abc xyz,", min_size=1).map(str.strip).filter(bool), max_size=12))
def test_steps_of_one_line_come_back(steps: list[str]) -> None:
    assert list(parse_plan(format_plan(steps))) == steps
