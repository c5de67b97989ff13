"""The palette: everything that can be done or gone to, by a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget

from chat2anyllm_desktop.chat.fuzzy import Candidates
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.palette.offers import Offer, OfferDelegate, OfferRow, Source, Stock
from chat2anyllm_desktop.ui.palette.panel import Panel
from chat2anyllm_desktop.ui.palette.recent import Recent
from chat2anyllm_desktop.ui.theme import FontRole, Theme

_LIMIT = 50
"""Rows for something typed; nobody goes further down than that."""
_BROWSED = 200
"""Rows of one kind before anything more is typed."""
_LATELY = 6
"""Rows of what was chosen lately, before something is typed."""

_Place = tuple[int, int]
"""The number of a source, and the index in its stock."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Places in the order of preference, ready to be ranked."""

    places: Sequence[_Place]
    candidates: Candidates


class Palette(QObject):
    """Sources are asked for what they have whenever it opens. What is typed can always be looked for in all messages: then
    ``search(text)`` is called; ``search_keys()`` is the shortcut that does the same."""

    def __init__(
        self,
        theme: Theme,
        window: QWidget,
        sources: Sequence[Source],
        recent: Recent,
        search: Callable[[str], object],
        search_keys: Callable[[], str],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._sources = sources
        self._recent = recent
        self._search = search
        self._search_keys = search_keys
        self._delegate = OfferDelegate(theme)
        self.panel = Panel(theme, window, tr("Go to anything"), self._delegate)
        self.panel.typed.connect(self._show)
        self.panel.chosen.connect(self._on_chosen)
        self.rows: Sequence[OfferRow] = ()
        """As they stand from the top, headings among them."""
        self._stocks: list[Stock] = []
        self._lately: list[_Place] = []
        self._shelves: dict[str, _Shelf] = {}

    def toggle(self) -> None:
        """Open it; close it where it is open."""
        if self.panel.isVisible():
            self.panel.dismiss()
            return
        self._take_stock()
        self.panel.field.clear()
        self._show("")
        self.panel.open()
        # Before the first key, and after the first frame.
        QTimer.singleShot(0, self.panel, lambda: self._shelf(""))

    def _take_stock(self) -> None:
        self._stocks = [source.stock() for source in self._sources]
        wanted = {key: rank for rank, key in enumerate(self._recent.keys)}
        lately = [
            (wanted[key], (number, index))
            for number, stock in enumerate(self._stocks)
            for index, key in enumerate(stock.keys)
            if key in wanted
        ]
        self._lately = [place for _, place in sorted(lately)]
        self._shelves = {}

    # What is shown -------------------------------------------------------------------------------------------------------
    def _show(self, typed: str) -> None:
        prefix = typed[:1] if any(source.prefix == typed[:1] for source in self._sources) else ""
        query = typed[len(prefix) :].strip()
        note = ""
        if query or prefix:
            rows = self._ranked(prefix, query)
            if query and not prefix:
                rows.append(self._search_row(query))
            elif not rows:
                note = (
                    tr("Nothing is called “{text}”.", text=query)
                    if query
                    else tr("There is nothing of this kind yet.")
                )
        else:
            rows = self._first_rows()
            note = self._legend()
        self._delegate.label_width = self._label_width() if any(row.label for row in rows) else 0
        self.rows = rows
        self.panel.set_rows(rows, note)

    def _ranked(self, prefix: str, query: str) -> list[OfferRow]:
        shelf = self._shelf(prefix)
        found = shelf.candidates.rank(query, limit=_LIMIT if query else _BROWSED)
        return [self._row(shelf.places[match.index], match.positions, labelled=not prefix) for match in found]

    def _shelf(self, prefix: str) -> _Shelf:
        """Of one kind, or of all: what was chosen lately first, then as the sources stand."""
        if prefix not in self._shelves:
            numbers = [n for n, source in enumerate(self._sources) if prefix in ("", source.prefix)]
            lately = [place for place in self._lately if place[0] in numbers]
            seen = set(lately)
            rest = ((number, index) for number in numbers for index in range(len(self._stocks[number].keys)))
            places = lately + [place for place in rest if place not in seen]
            texts = [self._stocks[number].texts[index] for number, index in places]
            self._shelves[prefix] = _Shelf(places, Candidates(texts))
        return self._shelves[prefix]

    def _first_rows(self) -> list[OfferRow]:
        """Before anything is typed: what was chosen lately, and of the kinds those that come to mind."""
        lately = [place for place in self._lately if self._offer(place).enabled][:_LATELY]
        rows = [OfferRow(tr("Chosen lately"))] if lately else []
        rows += [self._row(place, (), labelled=True) for place in lately]
        for number, source in sorted(enumerate(self._sources), key=lambda pair: pair[1].first):
            first = [(number, index) for index in range(min(source.first, len(self._stocks[number].keys)))]
            first = [place for place in first if place not in lately and self._offer(place).enabled]
            rows += [OfferRow(source.name)] if first else []
            rows += [self._row(place, (), labelled=False) for place in first]
        return rows

    def _offer(self, place: _Place) -> Offer:
        return self._stocks[place[0]].offer(place[1])

    def _row(self, place: _Place, positions: Sequence[int], *, labelled: bool) -> OfferRow:
        offer, source = self._offer(place), self._sources[place[0]]
        shown = tuple(at for at in positions if at < len(offer.text))
        return OfferRow(offer.text, offer, source, source.label if labelled else "", shown)

    def _search_row(self, query: str) -> OfferRow:
        text = tr("Look for “{text}” in all messages", text=query)
        return OfferRow(
            text, Offer(key="", text=text, choose=partial(self._search, query), keys=self._search_keys())
        )

    def _legend(self) -> str:
        return "     ".join(f"{source.prefix}\u2002{source.name}" for source in self._sources)

    def _label_width(self) -> int:
        metrics = QFontMetrics(self._theme.font(FontRole.SMALL))
        return max((metrics.horizontalAdvance(source.label) for source in self._sources), default=0)

    def _on_chosen(self, row: OfferRow) -> None:
        if row.offer is not None:
            if row.offer.key:
                self._recent.add(row.offer.key)
            row.offer.choose()
