"""One message on the screen: its parts from top to bottom, and where they stand."""

from __future__ import annotations

from math import ceil

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Author, Kind, Status
from chat2anyllm_desktop.core.prompts import split_role_prefix
from chat2anyllm_desktop.render.data_addresses import set_aside
from chat2anyllm_desktop.ui.transcript import meta
from chat2anyllm_desktop.ui.transcript.body import Body, Done, Key
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.furniture import Chip, Ending, Fold, Foot, Label, Space, Waiting
from chat2anyllm_desktop.ui.transcript.gallery import Gallery
from chat2anyllm_desktop.ui.transcript.heights import Heights
from chat2anyllm_desktop.ui.transcript.model import Entry
from chat2anyllm_desktop.ui.transcript.part import Deed, Part
from chat2anyllm_desktop.ui.transcript.prose import Prose
from chat2anyllm_desktop.ui.transcript.style import Style

_BUBBLE = 0.85
"""Width of the user's bubble, at most, as a part of the column."""
_SNUG = 3
"""A bubble of so many parts is made as narrow as they are."""

_LONG = 20_000
"""Characters; a longer message may be that because of an image in it."""

_NO_HEIGHTS = Heights()
_NO_PARTS: list[Part] = []
"""Of every closed row; never changed."""

_COPY = (Deed.COPY, mark("Copy"))
_USER_ACTIONS = (_COPY, (Deed.EDIT, mark("Edit")), (Deed.BRANCH, mark("Branch")))
_ANSWER_ACTIONS = (
    _COPY,
    (Deed.COPY_MARKDOWN, mark("Copy as Markdown")),
    (Deed.RETRY, mark("Retry")),
    (Deed.BRANCH, mark("Branch")),
)
_LOCAL_ACTIONS = (_COPY,)


class Row:
    """A closed row is a number: its height, estimated or remembered. An open one knows its parts.

    The parts are, in this order: space; a label; the reasoning's fold and, when opened, its parts; the body; why it
    ended; the meta line with the actions.
    """

    __slots__ = (
        "_done",
        "_drawings",
        "_gallery",
        "_reasoning_opened",
        "_snug",
        "body",
        "body_first",
        "entry",
        "height",
        "heights",
        "panel",
        "parts",
        "reasoning",
        "reasoning_first",
        "style",
        "width",
    )

    def __init__(self, entry: Entry, style: Style, width: int, gallery: Gallery, drawings: Drawings) -> None:
        self.entry = entry
        self._drawings = drawings
        self.style = style
        self._gallery = gallery
        self.width = width
        self.parts = _NO_PARTS
        self.heights = _NO_HEIGHTS
        self.body: Body | None = None
        self.reasoning: Body | None = None
        self.body_first = 0
        self.reasoning_first = 0
        self.panel: tuple[int, int] | None = None
        """First and last part of what stands on a ground of its own: the user's bubble, a local card."""
        self._reasoning_opened = False
        self._done: Done | None = None
        self._snug: int | None = None
        self.height = self._estimate()

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def opened(self) -> bool:
        return self.body is not None

    @property
    def source(self) -> str:
        """The Markdown of the body: what was answered, or typed."""
        text = self.entry.text
        return split_role_prefix(text)[1] if self.is_user else text

    @property
    def done(self) -> Done:
        if self._done is None:
            self._done = Done()
        return self._done

    @property
    def is_user(self) -> bool:
        return self.entry.head.author is Author.USER

    @property
    def streaming(self) -> bool:
        return self.entry.head.status is Status.STREAMING

    def open(self, width: int) -> None:
        """Make the parts, unmeasured, or mark them unmeasured where the width is another."""
        if self.body is None:
            self.width = width
            self.heights = Heights()
            self.body = self._new_body()
            self.body.set_text(self.source)
            self._compose()
        elif width != self.width:
            self.width = width
            self._snug = None
            for part in self.parts:
                part.measured = False

    def close(self) -> None:
        """Forget everything that can be made again."""
        self.body = self.reasoning = None
        self.parts = _NO_PARTS
        self.heights = _NO_HEIGHTS
        self.panel = None

    def measure(self, number: int) -> int:
        """Lay a part out if it is not; returns its height."""
        part = self.parts[number]
        if not part.measured or not part.built:
            if self._is_snug:
                self._measure_snug()
            else:
                part.measure(self.place(number)[1])
                self.heights.set(number, part.height)
        return part.height

    def place(self, number: int) -> tuple[int, int]:
        """Distance from the column's left edge, and width, of a part."""
        if self.panel is None or not self.panel[0] <= number <= self.panel[1]:
            return 0, self.width
        x, width = self.panel_place()
        return x + self.style.pad, width - 2 * self.style.pad

    def panel_place(self) -> tuple[int, int]:
        """Distance from the column's left edge, and width, of the ground."""
        if not self.is_user:
            return 0, self.width
        width = round(self.width * _BUBBLE)
        if self._snug is not None:
            width = min(width, self._snug + 2 * self.style.pad)
        return self.width - width, width

    def settle(self) -> int:
        """The height as far as it is known now; also kept for when the row is closed."""
        self.height = self.heights.total
        return self.height

    def actions(self) -> list[tuple[Deed, str]]:
        """What can be done with the message as a whole."""
        if self.is_user:
            found = [*_USER_ACTIONS]
            found.insert(1, (Deed.COPY_MARKDOWN, mark("Copy as Markdown")))
        elif self.entry.local:
            found = [*_LOCAL_ACTIONS]
        else:
            found = [*_ANSWER_ACTIONS] if not self.streaming else [*_ANSWER_ACTIONS[:2]]
        if self.entry.version is not None:
            number, count = self.entry.version
            found += [(Deed.PREVIOUS_VERSION, mark("Previous version"))] if number > 1 else []
            found += [(Deed.NEXT_VERSION, mark("Next version"))] if number < count else []
        named = {Deed.COPY: mark("Copy message"), Deed.COPY_MARKDOWN: mark("Copy message as Markdown")}
        return [(deed, tr(named.get(deed, label))) for deed, label in found]

    # Changes -----------------------------------------------------------------------------------------------------------
    def sync(self) -> None:
        """More of the answer has come: show it. The row must be open."""
        assert self.body is not None
        entry, body = self.entry, self.body
        whole = entry.has_reasoning != (self.reasoning_first > 0) or not body.parts
        changed = body.set_text(self.source) if self.is_user else body.extend(entry.text_behind(body.length))
        kept = self.body_first + changed
        if self.reasoning is not None and (more := entry.reasoning_behind(self.reasoning.length)):
            self.reasoning.extend(more)
            whole = True
        self._compose(0 if whole else kept)

    def take_in(self) -> bool:
        """Go on parsing a long message; False when there was nothing to do."""
        if self.body is None or self.body.complete:
            return False
        self._compose(self.body.take_in() + self.body_first)
        return True

    def refresh(self) -> None:
        """The message was replaced: show what is different. Parts whose text is the same stay as they are."""
        if self.body is None:
            self.height = self._estimate()
            return
        self.body.growing = self.streaming
        self.body.set_text(self.source)
        if self.reasoning is not None:
            self.reasoning.growing = self.streaming
            self.reasoning.set_text(self.entry.reasoning)
        self._compose()

    def toggle_reasoning(self) -> None:
        self._reasoning_opened = not self._reasoning_opened
        if not self._reasoning_opened:
            self.reasoning = None
        self._compose()

    def toggle_fold(self, key: Key, opened: bool) -> None:
        """Open or close a ``<details>`` of the body."""
        self.done.folds[key] = opened
        self.refold()

    def refold(self) -> None:
        """What decides which parts there are, is another, the text apart."""
        for body in (self.body, self.reasoning):
            if body is not None:
                body.refold()
        if self.body is not None:
            self._compose()

    # Reading -----------------------------------------------------------------------------------------------------------
    def locate(self, number: int) -> tuple[int, int] | None:
        """Which text a part belongs to (0 the reasoning, 1 the body), and its number in there; None for furniture.
        Unlike the number itself, this stays the same when something above is opened or closed."""
        if self.body is not None and 0 <= number - self.body_first < len(self.body.parts):
            return 1, number - self.body_first
        if self.reasoning is not None and 0 <= number - self.reasoning_first < len(self.reasoning.parts):
            return 0, number - self.reasoning_first
        return None

    def number_of(self, section: int, index: int) -> int | None:
        """The part that :meth:`locate` names so; the last of its text where that has become shorter."""
        body, first = (self.body, self.body_first) if section else (self.reasoning, self.reasoning_first)
        if body is None or not body.parts:
            return None
        return first + min(index, len(body.parts) - 1)

    def caret_part(self) -> int | None:
        """The part at whose end the next word comes."""
        if not self.streaming or self.body is None:
            return None
        return self.body_first + max(0, len(self.body.parts) - 1)

    # Making ------------------------------------------------------------------------------------------------------------
    def _new_body(self, *, plain: bool | None = None) -> Body:
        body = Body(
            self.style,
            self.done,
            self._gallery,
            self._drawings,
            plain=self.is_user if plain is None else plain,
        )
        body.growing = self.streaming
        return body

    def _compose(self, kept: int = 0) -> None:
        """Put the list of parts together; the first ``kept`` are known to be the same."""
        assert self.body is not None
        if not kept:
            self.parts = self._before_body()
            self.body_first = len(self.parts)
        kept = max(kept, self.body_first) if kept else 0
        first = max(kept - self.body_first, 0)
        del self.parts[self.body_first + first :]
        self.parts += self.body.parts[first:]
        self._after_body()
        if self._is_snug:
            self._snug = None
            for part in self.parts:
                part.measured = False
        if kept:
            self.heights.truncate(kept)
            for part in self.parts[kept:]:
                self.heights.append(part.height)
        else:
            self.heights.assign(part.height for part in self.parts)

    def _before_body(self) -> list[Part]:
        style, entry, message = self.style, self.entry, self.entry.head
        parts: list[Part] = [Space(style, style.message_gap if self.is_user else style.answer_gap)]
        self.reasoning_first = 0
        if self.is_user or self.entry.local:
            parts.append(Space(style, self._panel_pad))
        if self.is_user:
            role = split_role_prefix(message.content)[0]
            if role:
                parts.append(Chip(style, role))
        elif label := meta.kind_label(message.kind):
            parts.append(Label(style, label, message.model or ""))
        if entry.has_reasoning:
            line = meta.reasoning_line(message, writing=entry.has_text)
            parts.append(Fold(style, line, opened=self._reasoning_opened))
            self.reasoning_first = len(parts)
            if self._reasoning_opened:
                if self.reasoning is None:
                    self.reasoning = self._new_body(plain=False)
                    self.reasoning.set_text(entry.reasoning)
                parts += self.reasoning.parts
                parts.append(Space(style, style.gap))
        return parts

    def _after_body(self) -> None:
        style, message, parts = self.style, self.entry.head, self.parts
        assert self.body is not None
        if self.streaming and not self.body.parts:
            parts.append(Waiting(style, 0))
        if self.is_user or self.entry.local:
            parts.append(Space(style, self._panel_pad))
            self.panel = (1, len(parts) - 1)
        if ending := meta.status_line(message):
            colour = style.tokens.fault if message.status is Status.FAILED else style.tokens.text_muted
            actions: tuple[tuple[Deed, str], ...] = ((Deed.RETRY, tr("Retry")),)
            if self.entry.text.strip():  # Where nothing came there is nothing to go on with.
                actions = ((Deed.CONTINUE, tr("Continue")), *actions)
            parts.append(Ending(style, ending, colour, actions))
        text = ""
        foot: tuple[tuple[Deed, str], ...] = ()
        if self.is_user:
            foot = _USER_ACTIONS
        elif self.entry.local:
            text, foot = tr("Shown here only"), _LOCAL_ACTIONS
        elif not self.streaming:
            text, foot = meta.meta_line(message), _ANSWER_ACTIONS
        named = tuple((deed, tr(label)) for deed, label in foot)
        parts.append(Foot(style, text, named, self.entry.version, mirrored=self.is_user))

    @property
    def _panel_pad(self) -> int:
        return (3 if self.entry.local else 2) * self.style.grid

    @property
    def _is_snug(self) -> bool:
        body = self.body
        return (
            self.is_user
            and body is not None
            and len(body.parts) <= _SNUG
            and all(isinstance(part, Prose) for part in body.parts)
        )

    def _measure_snug(self) -> None:
        """Lay a short message out at full width, then close the bubble around it."""
        assert self.body is not None
        self._snug = None
        for number, part in enumerate(self.parts):
            part.measure(self.place(number)[1])
            self.heights.set(number, part.height)
        widths = [part.natural_width for part in self.body.parts if isinstance(part, Prose)]
        widths += [part.natural_width for part in self.parts if isinstance(part, Chip)]
        self._snug = max(widths, default=0) + 1
        for number in range(self.body_first, self.body_first + len(self.body.parts)):
            # Once more, inside: what is read from the right stands at the right of the bubble.
            self.parts[number].measure(self.place(number)[1])
            self.heights.set(number, self.parts[number].height)

    def _estimate(self) -> int:
        """Rough height of a closed row: cheap enough for all of 10,000."""
        message, style = self.entry.head, self.style
        share = _BUBBLE if self.entry.head.author is Author.USER else 1.0
        per_line = max(20, 76 * share * self.width / max(1, style.measure))
        text = message.content
        if len(text) > _LONG:
            text = set_aside(text)[0]
        lines = ceil(len(text) / per_line) + text.count("\n") * 0.6
        kind = style.small_line + 2 * style.grid if message.kind is not Kind.CHAT else 0
        return round(lines * style.line) + kind + style.message_gap + 2 * style.small_line
