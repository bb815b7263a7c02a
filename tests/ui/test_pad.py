"""The pad in a real browser, drawn on with mouse and finger, answered by the networks of the recorded run."""

import json

import numpy as np
import pytest
from app_server import PATIENCE_S, app_server, needs_chromium, wait_until
from axe_playwright_python.sync_playwright import Axe

from kdcore import drawing
from tests import drawn

SEVEN = drawing.written(drawing.picture(drawn.strokes(7), drawing.PREPARATIONS["digits"]))
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with app_server("pad_app.py", {"KD_HOME": str(tmp_path_factory.mktemp("home"))}) as served:
        yield f"{served}/"


@pytest.fixture
def open_pad(chromium, address):
    """open_pad(query, **options of the browser) gives a Pad; at the end no script may have failed."""
    opened, errors = [], []

    def open_page(query="", **options):
        context = chromium.new_context(**{"viewport": {"width": 1000, "height": 800}, **options})
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + query)
        page.locator("canvas.pad").wait_for(timeout=1000 * PATIENCE_S)
        page.locator("code").wait_for(timeout=1000 * PATIENCE_S)
        return Pad(page)

    yield open_page
    for context in opened:
        context.close()
    assert errors == []


class Pad:
    """The page with the pad, and what it says: the strokes that it was told, and the class that each lane answers."""

    def __init__(self, page):
        self.page = page

    def said(self):
        return json.loads(self.page.locator("code").inner_text())

    def places(self, points):
        """From shares of the pad to pixels of the window."""
        box = self.page.locator("canvas.pad").bounding_box()
        return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]

    def draw(self, strokes, lift=True):
        for stroke in strokes:
            first, *rest = self.places(np.reshape(stroke, (-1, 2)))
            self.page.mouse.move(*first)
            self.page.mouse.down()
            for point in rest:
                self.page.mouse.move(*point)
            if lift:
                self.page.mouse.up()

    def wait(self, condition):
        wait_until(lambda: self.page.wait_for_timeout(30) or condition(self.said()))

    def wait_for_strokes(self, count):
        self.wait(lambda said: len(said["strokes"]) == count and not said["down"])

    def press(self, button):
        self.page.get_by_role("button", name=button).click()

    def ink(self, canvas):
        """What share of a canvas is not blank."""
        code = """canvas => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, i) => i % 4 === 3 && value > 20).length / (data.length / 4);
        }"""
        return self.page.locator(f"canvas.{canvas}").evaluate(code)


def test_the_teacher_knows_ten_digits_drawn_with_the_mouse(open_pad, capsys):
    pad, right = open_pad(), []
    for digit, strokes in drawn.DRAWN.items():
        strokes = [[*np.reshape(stroke, (-1, 2))[:-1:3].flatten(), *stroke[-2:]] for stroke in strokes]  # every third
        pad.draw(strokes)
        pad.wait_for_strokes(len(strokes))
        said = pad.said()
        told = [np.array(stroke) for stroke in said["strokes"]]
        assert all(np.allclose(one[-2:], stroke[-2:], atol=0.01) for one, stroke in zip(told, strokes, strict=True))
        assert said["torch"] is False
        right.append(said["classes"]["teacher"] == digit)
        pad.press("Clear")
        pad.wait_for_strokes(0)
    with capsys.disabled():
        print(f"\nDigits drawn in Chromium that the teacher knows: {sum(right)} of {len(right)}")
    assert len(right) == 10
    assert sum(right) >= drawn.ENOUGH


def test_an_empty_pad_has_a_hint_and_no_prediction(open_pad):
    pad = open_pad()
    hint = pad.page.get_by_role("status").filter(has_text="Draw a digit")
    assert hint.is_visible()
    assert pad.said()["classes"] == {}
    assert pad.page.get_by_role("button", name="Undo").is_disabled()
    assert pad.page.get_by_role("button", name="Clear").is_disabled()
    pad.draw([[0.5, 0.5]])  # a dot
    pad.wait_for_strokes(1)
    assert pad.said()["classes"] == {}
    assert hint.is_visible()
    pad.draw(drawn.DRAWN[3])
    pad.wait(lambda said: said["classes"])
    hint.wait_for(state="hidden")


def test_lanes_answer_while_one_draws(open_pad):
    pad = open_pad()
    pad.draw(drawn.DRAWN[0], lift=False)
    pad.wait(lambda said: said["classes"])
    assert set(pad.said()["classes"]) == {"teacher", "scratch", "distilled"}
    assert pad.said()["down"]
    assert "drawn=" not in pad.page.url  # the address follows when the pen is lifted
    pad.page.mouse.up()
    pad.wait_for_strokes(1)
    pad.page.wait_for_url("**drawn=*")


def test_undo_takes_back_one_stroke_and_clear_all(open_pad):
    pad = open_pad()
    pad.draw(drawn.DRAWN[4])
    pad.wait_for_strokes(3)
    pad.press("Undo")
    pad.wait_for_strokes(2)
    assert pad.said()["strokes"][0][-2:] == pytest.approx(drawn.DRAWN[4][0][-2:], abs=0.01)
    before = pad.ink("pad")
    pad.page.get_by_role("button", name="Undo").press("Enter")  # by keyboard too
    pad.wait_for_strokes(1)
    assert 0 < pad.ink("pad") < before
    pad.draw(drawn.DRAWN[4][1:])
    pad.wait_for_strokes(3)
    pad.press("Clear")
    pad.wait_for_strokes(0)
    assert pad.said()["classes"] == {}
    assert pad.ink("pad") == pad.ink("seen") == 0


def test_a_drawing_is_shared_by_its_address(open_pad):
    first = open_pad()
    first.draw(drawn.DRAWN[7])
    first.wait_for_strokes(1)
    first.page.wait_for_url("**drawn=*")
    second = open_pad(f"?{first.page.url.partition('?')[2]}")
    second.wait(lambda said: said["classes"])
    assert second.said()["classes"] == first.said()["classes"]
    assert second.ink("seen") == first.ink("seen") > 0
    assert second.ink("pad") == second.ink("seen")  # the pixels stand on the pad, as the strokes are not known
    second.draw(drawn.DRAWN[0])  # a new drawing takes their place
    second.wait(lambda said: said["strokes"] and said["classes"]["teacher"] == 0)
    second.press("Clear")
    second.wait_for_strokes(0)
    assert second.said()["classes"] == {}


def test_clear_removes_a_shared_drawing(open_pad):
    pad = open_pad(f"?drawn={SEVEN}")
    pad.wait(lambda said: said["classes"] and said["classes"]["teacher"] == 7)
    pad.press("Clear")
    pad.wait(lambda said: not said["classes"])
    assert pad.ink("pad") == pad.ink("seen") == 0


def test_a_wrong_address_is_an_empty_pad(open_pad):
    pad = open_pad("?drawn=%F0%9F%92%A3")
    assert pad.said()["classes"] == {}
    assert pad.page.get_by_role("status").filter(has_text="Draw a digit").is_visible()


def test_a_finger_draws_and_does_not_scroll(open_pad):
    pad = open_pad(viewport={"width": 390, "height": 400}, has_touch=True, is_mobile=True)
    touch = pad.page.context.new_cdp_session(pad.page)

    def send(kind, *points):
        touches = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    way = pad.places(np.reshape(drawn.DRAWN[1][0], (-1, 2)))
    send("touchStart", way[0])
    for point in way[1:]:
        send("touchMove", point)
    send("touchStart", way[-1], pad.places([(0.1, 0.9)])[0])  # a second finger leaves no line
    send("touchMove", way[-1], pad.places([(0.4, 0.9)])[0])
    send("touchEnd")
    pad.wait_for_strokes(1)
    assert pad.said()["classes"]["teacher"] == 1
    assert pad.page.evaluate("[...document.querySelectorAll('*')].every((each) => !each.scrollTop)")
    assert pad.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_drawn_can_be_seen_and_used_by_all(open_pad):
    pad = open_pad()
    pad.draw(drawn.DRAWN[5])
    pad.wait_for_strokes(2)
    for scheme in ("light", "dark"):
        pad.page.emulate_media(color_scheme=scheme)
        wait_until(lambda: pad.ink("pad") > 0.02)
        found = Axe().run(pad.page, context=".st-key-soft-drawing")
        assert {"button-name", "color-contrast", "role-img-alt"} <= {check["id"] for check in found.response["passes"]}
        assert found.violations_count == 0, found.generate_report()
