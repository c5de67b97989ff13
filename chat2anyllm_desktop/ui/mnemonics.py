"""The letters that menus are used by: Alt and the letter of a menu, then that of its entry."""

from __future__ import annotations

from collections.abc import Sequence


def with_mnemonics(english: Sequence[str], shown: Sequence[str] | None = None) -> list[str]:
    """The entries of one menu with ``&`` before a letter that no other has, as far as there are such letters.

    ``shown`` are the same entries in the user's language. The letter is that of the English words, and where the shown
    ones do not have it, it stands behind them in brackets, as is the custom of Chinese menus: ``文件(&F)``.
    """
    given: set[str] = set()
    letters = [""] * len(english)
    for candidates in (_initials, _letters):  # Initials go first: they are what people guess.
        for number, text in enumerate(english):
            if not letters[number]:
                letters[number] = next((letter for letter in candidates(text) if letter not in given), "")
                given.add(letters[number])
    return [_marked(text, letter) for text, letter in zip(shown or english, letters, strict=True)]


def _initials(text: str) -> list[str]:
    return [word[0].upper() for word in text.split() if _fits(word[0])]


def _letters(text: str) -> list[str]:
    return [letter.upper() for letter in text if _fits(letter)]


def _fits(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _marked(text: str, letter: str) -> str:
    text = text.replace("&", "&&")
    if not letter:
        return text
    words = text.split(" ")
    for number, word in enumerate(words):
        if word[:1].upper() == letter:
            return " ".join([*words[:number], f"&{word}", *words[number + 1 :]])
    place = text.upper().find(letter)
    if place >= 0 and text.isascii():
        return f"{text[:place]}&{text[place:]}"
    stem = text.removesuffix("…")
    return f"{stem}(&{letter}){text[len(stem) :]}"
