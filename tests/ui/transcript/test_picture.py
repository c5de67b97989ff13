"""Images in the conversation: shown, hostile, streamed, scrolled, copied, loaded on a click."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QRegion
from PySide6.QtWidgets import QMenu, QWidget

from chat2anyllm_desktop.core.models import Status
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.decoding import Source, decode, size_of
from chat2anyllm_desktop.ui.transcript.figures import Figure
from chat2anyllm_desktop.ui.transcript.part import LeafPart
from chat2anyllm_desktop.ui.transcript.picture import TALLEST, Picture
from chat2anyllm_desktop.ui.transcript.viewer import PictureViewer
from tests.ui.transcript.imagery import address, drawn, encoded, pictures, plain, png_header, striped
from tests.ui.transcript.stage import Stage, message, shown

BLUE = QColor("#3454d1")
SMALL = address(plain(200, 90))
LARGE = address(plain(1600, 700))
REMOTE = "https://images.example.com/a.png"


def area_of(stage: Stage, picture: Picture) -> tuple[int, int, int, int]:
    """Left, top, width and height of an image in the view."""
    placed = next(placed for placed in stage.placed if placed.part is picture)
    area = picture.spots()[0].area
    assert area is not None
    left = stage.view._pointer.column + placed.row.place(placed.number)[0]
    return (
        round(area.left()) + left,
        placed.y + round(area.top()),
        round(area.width()),
        round(area.height()),
    )


def colour_in(stage: Stage, picture: Picture, image: QImage) -> QColor:
    left, top, width, height = area_of(stage, picture)
    return QColor(image.pixel(left + width // 2, top + height // 2))


def bytes_kept(stage: Stage) -> int:
    return stage.view.pictures.gallery._bytes


# Shown ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_an_image_in_the_text_is_shown_where_it_stands(stage: Stage, kind: str) -> None:
    data = address(plain(200, 90, kind=kind), "image/whatever")
    stage.reset(message(1, f"Look:\n\nhere ![A blue one]({data}) it is"))
    image = drawn(stage)
    assert [part[:2] for part in shown(stage.rows[0])] == [
        ("Prose", "Look:"),
        ("Prose", "here"),
        ("Picture", "A blue one"),
        ("Prose", "it is"),
    ]
    (picture,) = pictures(stage)
    assert area_of(stage, picture)[2:] == (200, 90)
    found = colour_in(stage, picture, image)
    assert all(abs(a - b) < 6 for a, b in zip(found.getRgb(), BLUE.getRgb(), strict=True))


def test_a_gif_is_shown_as_its_first_picture(stage: Stage) -> None:
    gif = b"GIF89a\1\0\1\0\x80\0\0\x34\x54\xd1\xff\xff\xff!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    stage.reset(message(1, f"![a]({address(gif)})"))
    image = drawn(stage)
    (picture,) = pictures(stage)
    assert area_of(stage, picture)[2:] == (1, 1)
    assert image.size() == stage.view.viewport().size()


def test_large_images_are_made_smaller_and_small_ones_stay(stage: Stage) -> None:
    tall = address(plain(300, 1600))
    stage.view.resize(800, 1400)
    stage.reset(message(1, f"![]({LARGE})\n\n![]({tall})\n\n![]({SMALL})"))
    drawn(stage)
    column = stage.rows[0].width
    assert [area_of(stage, picture)[2:] for picture in pictures(stage)] == [
        (column, pytest.approx(column * 700 / 1600, abs=1)),
        (TALLEST * 300 // 1600, TALLEST),
        (200, 90),
    ]
    stage.view.resize(420, 1400)
    drawn(stage)
    column = stage.rows[0].width
    assert column < 420
    stage.view._scroll_to(0)
    assert area_of(stage, pictures(stage)[0])[2:] == (column, pytest.approx(column * 700 / 1600, abs=1))
    assert bytes_kept(stage) > 0


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_pixel_stands_upon_pixel(stage: Stage, ratio: float) -> None:
    """On screens of any density: what was decoded for the place is drawn as it is."""
    stage.reset(message(1, f"A line\n\n![]({address(encoded(striped(1600, 400)))})"))
    drawn(stage)
    (picture,) = pictures(stage)
    left, top, width, height = area_of(stage, picture)
    viewport = stage.view.viewport()
    for _ in range(2):
        image = QImage(viewport.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        viewport.render(image, QPoint(), QRegion(viewport.rect()), QWidget.RenderFlag.DrawWindowBackground)
        stage.qtbot.waitUntil(lambda: not stage.view.pictures.gallery._running)
    assert picture.source is not None
    size = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32).size()
    wanted = decode(picture.source, size)
    assert isinstance(wanted, QImage)
    assert wanted.size() == size
    corner = QPoint(round(left * ratio), round(top * ratio))
    for x in range(40, size.width() - 40, 7):
        for y in (size.height() // 3, size.height() // 2):
            assert image.pixel(corner.x() + x, corner.y() + y) == wanted.pixel(x, y), (x, y)


def test_a_photograph_that_lies_on_its_side_is_put_upright() -> None:
    data = plain(60, 30, kind="jpeg")
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    turned = data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:]
    image = decode(Source(turned), QImage(20, 20, QImage.Format.Format_RGB32).size())
    assert isinstance(image, QImage)
    assert (image.width(), image.height()) == (10, 20)


def test_a_list_keeps_its_markers_and_a_quote_its_bars(stage: Stage) -> None:
    stage.reset(message(1, f"1. ![a]({SMALL})\n2. text ![b]({SMALL})\n   more\n\n> ![c]({SMALL})"))
    drawn(stage)
    body = stage.rows[0].body
    assert body is not None
    found = [
        (part.text, part.leaf.marker and part.leaf.marker.text, len(part.leaf.bars)) for part in body.parts
    ]
    assert found == [("a", "1.", 0), ("text", "2.", 0), ("b", None, 0), ("more", None, 0), ("c", None, 1)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ratio", [1, 2])
def test_pictures_to_look_at(stage: Stage, tmp_path: Path, theme: str, ratio: int) -> None:
    """Set CHAT2ANYLLM_TEST_PICTURES to a folder to keep them."""
    stage.theme.set_preference(theme)
    stage.view.resize(800, 1000)
    clear = QImage(400, 60, QImage.Format.Format_ARGB32)
    clear.fill(QColor(0, 0, 0, 0))
    text = (
        f"A chart:\n\n![Sales by month]({LARGE})\n\n- ![In a list]({SMALL})\n\n![Clear]({address(encoded(clear))})\n\n"
        f"![Elsewhere]({REMOTE})\n\n![Failed]({REMOTE}2)\n\n![Drawing]({address(b'<svg/>')})\n\n"
        f"![Here]({SMALL[:300]}"
    )
    stage.reset(message(1, text, status=Status.STREAMING))
    stage.view.pictures.gallery.load(f"{REMOTE}2")
    stage.view.pictures.refuse(f"{REMOTE}2", "images.example.com answers with status 404 (Not Found).")
    drawn(stage)
    viewport = stage.view.viewport()
    image = QImage(viewport.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    for _ in range(2):
        viewport.render(image, QPoint(), QRegion(viewport.rect()), QWidget.RenderFlag.DrawWindowBackground)
        stage.qtbot.waitUntil(lambda: not stage.view.pictures.gallery._running)
    folder = Path(os.environ.get("CHAT2ANYLLM_TEST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    assert image.save(str(folder / f"images-{theme}-{ratio}.png"))
    left, top, width, height = area_of(stage, pictures(stage)[0])
    assert QColor(image.pixel((left + width // 2) * ratio, (top + height // 2) * ratio)) == BLUE


# Hostile -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (png_header(100_000, 100_000), "its 100,000 by 100,000 pixels are too many"),
        (png_header(8_000, 8_000), "its 8,000 by 8,000 pixels are too many"),
        (png_header(0, 10), "it is damaged"),
        (b"\x89PNG\r\n\x1a\n", "it is damaged"),
        (b"\xff\xd8\xff\xe0", "it is damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", "it is no PNG"),
        (b"<html><script>alert(1)</script></html>", "it is no PNG"),
        (b"BM" + bytes(100), "it is no PNG"),
        (b"\0\0\1\0\1\0" + bytes(100), "it is no PNG"),
        (b"#define x_width 1\n#define x_height 1\nstatic char x_bits[] = {1};", "it is no PNG"),
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(21 << 20), "it is larger than 20 MB"),
    ],
)
def test_what_cannot_be_shown_is_said_to_be_so(stage: Stage, data: bytes, sentence: str) -> None:
    stage.reset(message(1, f"Before\n\n![A name]({address(data)})\n\nbehind"))
    drawn(stage)
    texts = [part[1] for part in shown(stage.rows[0])]
    assert texts[1].startswith(f"A name (image) cannot be shown: {sentence}")
    assert texts[::2] == ["Before", "behind"]
    assert bytes_kept(stage) == 0
    assert not pictures(stage)[0].spots()


@pytest.mark.parametrize(
    "source",
    [
        "data:image/png,AAAA",
        "data:image/png;base64,!!!!",
        "data:image/svg+xml,%3Csvg/%3E",
        "data:image/png;base64",
    ],
)
def test_an_address_that_holds_no_image(stage: Stage, source: str) -> None:
    stage.reset(message(1, f"![A name](<{source}>)"))
    drawn(stage)
    assert "cannot be shown" in pictures(stage)[0].text


def test_pixels_that_are_damaged_leave_their_place_as_it_is(stage: Stage) -> None:
    noise = encoded(QImage(os.urandom(400 * 300 * 4), 400, 300, 1600, QImage.Format.Format_RGB32))
    stage.reset(message(1, f"![a]({address(noise[: len(noise) // 2])})\n\nbehind"))
    before = [part[2] for part in shown(stage.rows[0])]
    drawn(stage)
    assert [part[2] for part in shown(stage.rows[0])] == before
    assert area_of(stage, pictures(stage)[0])[2:] == (400, 300)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is counted as Linux counts it")
def test_texts_within_an_image_are_not_unpacked() -> None:
    import resource

    text = b"zTXt" + b"k\0\0" + zlib.compress(bytes(7_900_000), 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    image = plain(20, 10)
    head = len(b"\x89PNG\r\n\x1a\n") + 25
    source = Source(image[:head] + 30 * chunk + image[head:-12] + 30 * chunk + image[-12:])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert size_of(source) == QSize(20, 10)
    found = decode(source, QSize(100, 100))
    assert isinstance(found, QImage)
    assert found.pixelColor(3, 3) == BLUE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (50 << 10)


def test_what_is_decoded_at_once_is_bounded(stage: Stage) -> None:
    """Fifty images in one message: what is scrolled past is forgotten, and decoded again when it comes back."""
    images = "\n\n".join(f"![Number {n}]({address(plain(900, 700, f'#{n * 4:02x}80c0'))})" for n in range(50))
    stage.reset(message(1, images))
    stage.view._scroll_to(0)
    first = drawn(stage)
    seen: set[str] = set()
    while not stage.view.follows:
        image = drawn(stage)
        assert 0 < bytes_kept(stage) <= 32 << 20
        for picture in pictures(stage):
            if 0 < area_of(stage, picture)[1] < 300:
                number = int(picture.text.split()[1])
                assert colour_in(stage, picture, image) == QColor(f"#{number * 4:02x}80c0")
                seen.add(picture.text)
        stage.view.scroll_by(300)
    assert len(seen) > 40
    assert len(stage.view.pictures.gallery._kept) < 50
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Home)
    assert drawn(stage) == first


# Streamed ------------------------------------------------------------------------------------------------------------
def test_an_image_that_arrives_in_a_thousand_pieces(stage: Stage) -> None:
    noise = encoded(QImage(os.urandom(500 * 400 * 4), 500, 400, 2000, QImage.Format.Format_RGB32))
    text = f"Look:\n\n- one\n- two ![A chart]({address(noise)})\n\nThat was it."
    stage.reset(message(0, "Draw"), message(1, "", status=Status.STREAMING))
    size = len(text) // 1000 + 1
    said: set[str] = set()
    for at in range(0, len(text), size):
        stage.stream(1, text[at : at + size])
        assert not any("AAAA" in part.text or len(part.text) > 100 for part in stage.rows[1].parts)
        arriving = [p for p in pictures(stage) if "arriving" in p.text]
        said |= {p.text for p in arriving}
        if arriving:
            assert not stage.view.pictures.gallery._running
            assert bytes_kept(stage) == 0
            body = stage.rows[1].body
            assert body is not None
            assert len(body.text) < 4 * size + 100
            assert [part.leaf.key for part in body.parts][-2:] == [(1, 1), (1, 1)]
    assert "A chart (image, 1 KB, arriving)" in said
    assert 20 < len(said) < 60
    stage.model.upsert(message(1, text))
    drawn(stage)
    body = stage.rows[1].body
    assert body is not None
    assert body.text == text
    assert [part.text for part in body.parts] == ["Look:", "one", "two", "A chart", "That was it."]
    assert area_of(stage, pictures(stage)[0])[2:] == (500, 400)


@pytest.mark.parametrize("reference", [False, True])
def test_every_way_to_cut_a_stream_gives_the_same(stage: Stage, reference: bool) -> None:
    image = address(plain(120, 60))
    text = (
        f"![a][r]\n\n[r]: {image}\n\nEnd"
        if reference
        else f"A ![a]({image} 'title') and ![b]({image})\n\nEnd"
    )
    stage.reset(message(1, text))
    wanted = shown(stage.rows[0])
    for size in (1, 7, 64, 300):
        stage.reset(message(1, "", status=Status.STREAMING))
        stage.stream(1, *(text[at : at + size] for at in range(0, len(text), size)))
        stage.model.upsert(message(1, text))
        assert shown(stage.rows[0]) == wanted


def test_an_image_that_is_cut_off_says_so(stage: Stage) -> None:
    half = LARGE[: LARGE.index(",") + 1 + 4000]
    note = "A chart (image, 3 KB, cut off)"
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "Look: ![A chart](", half[:100], half[100:])
    assert pictures(stage)[0].text.endswith("arriving)")
    stage.model.upsert(message(1, f"Look: ![A chart]({half}", status=Status.STOPPED))
    stage.rest()
    assert [part[1] for part in shown(stage.rows[0])] == ["Look:", note]
    stage.reset(message(1, f"![A chart]({half}\n\nMore"))
    assert [part[1] for part in shown(stage.rows[0])] == [note, "More"]


def test_an_image_that_ends_the_stream_where_its_data_begins(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "![A chart](data:image/png;base64,")
    assert "arriving" in pictures(stage)[0].text
    stage.model.upsert(message(1, "![A chart](data:image/png;base64,"))
    stage.rest()
    assert "cut off" in pictures(stage)[0].text


def test_a_row_that_is_opened_while_its_image_arrives(stage: Stage) -> None:
    stage.reset(message(1, "", status=Status.STREAMING))
    stage.stream(1, "![a](", SMALL[:200])
    stage.view._flow.restyle(stage.view._style)
    stage.stream(1, SMALL[200:250])
    assert "arriving" in pictures(stage)[0].text
    stage.stream(1, SMALL[250:], ") End")
    drawn(stage)
    assert [part[1] for part in shown(stage.rows[0])] == ["a", "End"]


# Scrolled, dressed, found --------------------------------------------------------------------------------------------
def test_scrolled_away_and_back_nothing_has_moved(stage: Stage) -> None:
    words = "Some words that fill a line or two of the column. " * 30
    stage.reset(message(1, f"![a]({LARGE})\n\n{words}"), *[message(n, words) for n in range(3, 200, 2)])
    stage.view._scroll_to(0)
    before, position = drawn(stage), stage.view.verticalScrollBar().value()
    height = stage.rows[0].height
    stage.view.jump_to_latest()
    stage.view.scroll_by(-100)
    stage.rest()
    assert not pictures(stage)
    stage.view._scroll_to(0)
    assert (stage.view.verticalScrollBar().value(), stage.rows[0].height) == (position, height)
    assert drawn(stage) == before


def test_the_beginning_is_reached_whatever_was_estimated(stage: Stage) -> None:
    stage.reset(message(1, f"First\n\n![a]({LARGE})\n\n![b]({LARGE})\n\n![c]({LARGE})\n\nLast"))
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Home)
    assert stage.view.verticalScrollBar().value() == 0
    assert stage.part_with("First").y > 0


def test_another_theme_shows_what_is_decoded(stage: Stage) -> None:
    stage.reset(message(1, f"![a]({LARGE})"))
    drawn(stage)
    kept = dict(stage.view.pictures.gallery._kept)
    stage.theme.set_preference("dark")
    stage.rest()
    assert colour_in(stage, pictures(stage)[0], stage.picture()) == BLUE
    assert stage.view.pictures.gallery._kept == kept
    assert not stage.view.pictures.gallery._running


def test_what_was_decoded_is_shown_until_the_right_size_is_there(stage: Stage) -> None:
    stage.reset(message(1, f"![a]({LARGE})"))
    drawn(stage)
    stage.view.resize(500, 600)
    assert colour_in(stage, pictures(stage)[0], stage.picture()) == BLUE


def test_nothing_is_found_in_the_data_of_an_image(stage: Stage) -> None:
    stage.reset(message(1, f"A chart: ![The chart]({LARGE}) and a word"))
    assert stage.view.find_text("AA") == 0
    assert stage.view.find_text("base64") == 0
    assert stage.view.find_text("chart") == 2
    assert stage.view.find_text("word") == 1


def test_a_message_with_an_image_in_it_is_not_taken_for_a_long_one(stage: Stage) -> None:
    stage.reset(
        message(1, f"![a](data:image/png;base64,{'A' * 3_000_000})"), *[message(n, "x") for n in range(3, 99)]
    )
    assert stage.view._page.heights.total < 20_000


# Selected, copied, kept ----------------------------------------------------------------------------------------------
def test_an_image_is_selected_as_its_description(stage: Stage) -> None:
    stage.reset(message(1, f"Before ![A blue one]({SMALL}) behind"))
    plain_picture = drawn(stage)
    stage.view.select_all()
    assert stage.view.selected_text() == "Before\nA blue one\nbehind"
    assert stage.view.selected_markdown() == f"Before ![A blue one]({SMALL}) behind"
    picture = pictures(stage)[0]
    assert colour_in(stage, picture, stage.picture()) != colour_in(stage, picture, plain_picture)
    start, end = stage.point_of("Before"), stage.point_of("A blue one", end=True)
    stage.drag(start, end)
    assert stage.view.selected_text() == "Before\nA blue one"


def test_an_image_is_copied_as_it_is(stage: Stage) -> None:
    stage.reset(message(1, f"![a]({LARGE})"))
    drawn(stage)
    QGuiApplication.clipboard().clear()
    stage.view.pictures.copy(pictures(stage)[0])
    stage.qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().size().toTuple() == (1600, 700)


def test_an_image_is_kept_in_a_file_as_it_came(stage: Stage) -> None:
    data = plain(20, 20, kind="jpeg")
    stage.reset(message(1, f"![Sales: May/June]({address(data, 'image/png')})"))
    drawn(stage)
    with stage.qtbot.waitSignal(stage.view.pictures.save_requested) as wish:
        stage.view.pictures.save(pictures(stage)[0])
    assert wish.args == [data, "Sales May June.jpg"]


def test_the_menu_of_an_image(stage: Stage) -> None:
    stage.reset(message(1, f"![a]({SMALL}) ![b]({REMOTE})"))
    drawn(stage)
    assert {"Copy image", "Save image as…"} <= menu_at(stage, stage.spot("Open image"))
    assert "Copy image address" not in menu_at(stage, stage.spot("Open image"))
    assert {"Load image", "Open in browser", "Copy link address"} <= menu_at(
        stage, stage.point_of("b (image")
    )
    stage.click(stage.point_of("b (image") + QPoint(4, 0))
    stage.view.pictures.put(REMOTE, plain(50, 50))
    drawn(stage)
    left, top, _, _ = area_of(stage, pictures(stage)[1])
    found = menu_at(stage, QPoint(left + 5, top + 5))
    assert {"Copy image", "Save image as…", "Copy image address", "Open in browser"} <= found


def menu_at(stage: Stage, point: QPoint) -> set[str]:
    from chat2anyllm_desktop.ui.transcript.menu import open_menu

    open_menu(stage.view, stage.view._pointer, stage.view._deeds, point)
    menu = stage.view.findChildren(QMenu)[-1]
    found = {action.text() for action in menu.actions()}
    menu.close()
    return found


# By itself -----------------------------------------------------------------------------------------------------------
def test_a_click_shows_an_image_by_itself(stage: Stage) -> None:
    stage.reset(message(1, f"![A blue one]({LARGE})"))
    drawn(stage)
    stage.click(stage.spot("Open image"))
    viewer = stage.view.findChild(PictureViewer)
    assert viewer is not None
    stage.qtbot.waitUntil(lambda: viewer.is_shown)
    assert (viewer.isVisible(), viewer.windowTitle()) == (True, "A blue one")
    whole = viewer.zoom
    assert 0 < whole < 1
    stage.qtbot.keyClick(viewer, Qt.Key.Key_Plus)
    assert viewer.zoom == pytest.approx(whole * 1.25)
    stage.qtbot.keyClick(viewer, Qt.Key.Key_1)
    assert viewer.zoom == pytest.approx(1.0)
    for _ in range(40):
        stage.qtbot.keyClick(viewer, Qt.Key.Key_Minus)
    assert viewer.zoom == pytest.approx(whole / 2, rel=0.3)
    stage.qtbot.keyClick(viewer, Qt.Key.Key_0)
    assert viewer.zoom == pytest.approx(whole)
    with stage.qtbot.waitSignal(viewer.destroyed):
        stage.qtbot.keyClick(viewer, Qt.Key.Key_Escape)


def test_enter_shows_it_as_well_and_it_may_be_closed_before_it_is_there(stage: Stage) -> None:
    stage.reset(message(1, f"![A blue one]({LARGE})"))
    drawn(stage)
    stage.take_keyboard()
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_J)
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Tab)
    stage.qtbot.keyClick(stage.view, Qt.Key.Key_Return)
    viewer = stage.view.findChild(PictureViewer)
    assert viewer is not None
    with stage.qtbot.waitSignal(viewer.destroyed):
        viewer.close()
    drawn(stage)


# Elsewhere -----------------------------------------------------------------------------------------------------------
def test_an_image_elsewhere_is_asked_for_by_a_click_and_once(stage: Stage) -> None:
    wishes: list[str] = []
    stage.view.pictures.load_requested.connect(wishes.append)
    opened: list[str] = []
    stage.view.link_open_requested.connect(opened.append)
    stage.reset(message(1, f"See ![A chart]({REMOTE}) here"), message(3, f"Again: ![The chart]({REMOTE})"))
    drawn(stage)
    assert (wishes, pictures(stage)) == ([], [])
    stage.click(stage.point_of("A chart (image at images.example.com)") + QPoint(4, 0))
    assert (wishes, opened) == ([REMOTE], [])
    assert [p.text for p in pictures(stage)] == [
        "A chart (image at images.example.com) is being loaded…",
        "The chart (image at images.example.com) is being loaded…",
    ]
    stage.view.pictures.gallery.load(REMOTE)
    stage.view.pictures.put(REMOTE, plain(120, 60))
    image = drawn(stage)
    assert [p.text for p in pictures(stage)] == ["A chart", "The chart"]
    assert [colour_in(stage, p, image) for p in pictures(stage)] == [BLUE, BLUE]
    assert [part[1] for part in shown(stage.rows[0])] == ["See", "A chart", "here"]
    stage.reset(message(5, f"![Elsewhere]({REMOTE})"))
    drawn(stage)
    assert ([p.text for p in pictures(stage)], wishes) == (["Elsewhere"], [REMOTE])


def test_images_in_headings_have_a_place_as_well(stage: Stage) -> None:
    stage.reset(message(1, f"## One ![A]({SMALL}) two\n\n# ![B]({REMOTE})"))
    one, image, two, elsewhere = (p.part.leaf.node for p in stage.placed if isinstance(p.part, LeafPart))
    assert isinstance(one, nodes.Heading)
    assert isinstance(image, Figure)
    assert isinstance(two, nodes.Heading)
    assert isinstance(elsewhere, nodes.Heading)
    assert (one.level, two.level) == (2, 2)
    stage.click(stage.point_of("B (image at images.example.com)") + QPoint(4, 0))
    stage.view.pictures.put(REMOTE, plain(120, 60))
    drawn(stage)
    assert [p.text for p in pictures(stage)] == ["A", "B"]


def test_what_could_not_be_loaded_can_be_tried_again(stage: Stage) -> None:
    wishes: list[str] = []
    stage.view.pictures.load_requested.connect(wishes.append)
    opened: list[str] = []
    stage.view.link_open_requested.connect(opened.append)
    stage.reset(message(1, f"![A chart]({REMOTE})"))
    stage.click(stage.point_of("A chart (image") + QPoint(4, 0))
    stage.view.pictures.refuse(REMOTE, "images.example.com cannot be reached.")
    drawn(stage)
    sentence = (
        "A chart (image at images.example.com) could not be loaded: images.example.com cannot be reached."
    )
    assert pictures(stage)[0].text == sentence
    stage.click(stage.spot("Open in browser"))
    assert (opened, wishes) == ([REMOTE], [REMOTE])
    stage.click(stage.spot("Retry"))
    assert wishes == [REMOTE, REMOTE]
    assert "is being loaded" in pictures(stage)[0].text


def test_what_is_on_screen_stays_when_an_image_above_is_loaded(stage: Stage) -> None:
    words = "\n\n".join(f"Paragraph {n}." for n in range(60))
    stage.reset(message(1, f"![A chart]({REMOTE})\n\n{words}"), message(3, words))
    stage.view._scroll_to(0)
    stage.view.scroll_by(500)
    stage.rest()
    before = stage.picture()
    stage.view.pictures.gallery.load(REMOTE)
    stage.view.pictures.put(REMOTE, plain(300, 300))
    assert drawn(stage) == before


def test_the_keys_of_what_follows_stay_when_an_image_is_loaded(stage: Stage) -> None:
    stage.reset(message(1, f"- a ![A chart]({REMOTE}) b\n\n  ```python\n  x = 1\n  ```"))
    drawn(stage)
    body = stage.rows[0].body
    assert body is not None
    before = body.parts[-1].leaf.key
    stage.click(stage.point_of("A chart") + QPoint(4, 0))
    stage.view.pictures.put(REMOTE, plain(30, 30))
    drawn(stage)
    assert [part.text for part in body.parts][:3] == ["a", "A chart", "b"]
    assert body.parts[-1].leaf.key == before


def test_images_from_elsewhere_are_kept_within_bounds(stage: Stage) -> None:
    gallery = stage.view.pictures.gallery
    data = plain(10, 10)
    stage.reset(message(1, f"![A chart]({REMOTE}/0)"))
    for number in range(8):
        gallery.load(f"{REMOTE}/{number}")
        gallery.put(f"{REMOTE}/{number}", data + bytes(10 << 20))
    known = [gallery.elsewhere(f"{REMOTE}/{number}") is not None for number in range(8)]
    assert known == [False, False, True, True, True, True, True, True]
    drawn(stage)
    assert [part[1] for part in shown(stage.rows[0])] == ["A chart (image at images.example.com)"]
