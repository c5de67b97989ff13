"""The fixed synthetic conversation that transcripts are measured with: the same text on every machine and in every run.

About 650 characters a message, as in real histories; nearly a third of the messages hold code, a twentieth a table.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from chat2anyllm_desktop.core.models import Author, Message, Session, new_id
from chat2anyllm_desktop.store.sqlite import SqliteStore

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = tuple(
    """
    the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which
    one request answer model cache stream table index session token server client value error time list code key text
    """.split()  # noqa: SIM905 - prose reads better than fifty quoted words
)
_CODE = '''
```python
def read_{n}(path: str, *, limit: int = {n}) -> list[str]:
    """The first lines of a file."""
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip() for line, _ in zip(lines, range(limit))]
```
'''
_TABLE = """
| name | value | note |
|---|---:|---|
| hits | {n} | from the *cache* |
| misses | 12 | see `log` |
| errors | 0 | none |
"""


def messages(session_id: str, count: int) -> list[Message]:
    """``count`` messages, questions and answers in turn, a second apart."""
    random = Random(20_261_122)
    found = []
    for number in range(count):
        text = _text(random, number)
        found.append(
            Message(
                id=new_id(),
                session_id=session_id,
                author=Author.ASSISTANT if number % 2 else Author.USER,
                content=text,
                created_at=_BEGINNING + timedelta(seconds=number),
                model="bench" if number % 2 else None,
            )
        )
    return found


def write_history(file: Path, counts: dict[str, int]) -> dict[str, str]:
    """A new embedded history with a session of so many messages under each title; gives the ids by title."""
    ids: dict[str, str] = {}
    store = SqliteStore(file)
    store.open()
    for title, count in counts.items():
        session = Session(id=new_id(), title=title, created_at=_BEGINNING, updated_at=_BEGINNING)
        store.restore_session(session, messages(session.id, count))
        ids[title] = session.id
    store.close()
    return ids


def _text(random: Random, number: int) -> str:
    paragraphs = [_prose(random, random.randint(160, 400))]
    kind = random.random()
    if kind < 0.30:
        paragraphs.append(_CODE.format(n=number))
    elif kind < 0.35:
        paragraphs.append(_TABLE.format(n=number))
    elif kind < 0.60:
        items = (f"- **point {n}** {_prose(random, random.randint(30, 70))}" for n in range(1, 4))
        paragraphs.append("\n".join(items))
    else:
        paragraphs.append(_prose(random, random.randint(150, 300)))
    paragraphs.append(_prose(random, random.randint(70, 220)))
    return "\n\n".join(paragraphs)


def _prose(random: Random, length: int) -> str:
    words: list[str] = []
    written = 0
    while written < length:
        word = random.choice(_WORDS)
        if random.random() < 0.03:
            word = random.choice(
                (f"*{word}*", f"`{word}`", f"**{word}**", f"[{word}](https://example.org/{word})")
            )
        words.append(word)
        written += len(word) + 1
    return " ".join(words).capitalize() + "."
