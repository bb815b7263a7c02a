"""The page on soft labels in a real browser: turn, choose, draw, go back in time, train, share."""

import re
import time

import numpy as np
from lab_server import PATIENCE_S, until
from playwright.sync_api import Page, expect
from test_visit import AT_REST, button, serious_findings

from kdcore import softness
from pages._ui.runs import default
from pages._ui.soft.choice import soft_labels

PAGE = "/soft_labels"
QUICK = "teacher.widths=16&student.widths=4&teacher_training.epochs=2&training.epochs=40&seeds=2"
BARS = ".kd-dials ~ div.js-plotly-plot"
SHARES = f"Array.from(document.querySelector('{BARS}').data, (trace) => trace.x)"


def look(visit, query: str = "", **options) -> Page:
    page = visit(f"{PAGE}?{query}", **options)
    page.wait_for_selector(f"{BARS} .barlayer path", timeout=1000 * PATIENCE_S)
    return page


def search(page: Page) -> str:
    return page.evaluate("location.search")


def drawn(page: Page) -> list[list[float]]:
    """The bars as they stand on the screen: per cent, of teacher and students."""
    return page.evaluate(SHARES)


def expected(place: int, temperature: float, moment: int | None = None) -> np.ndarray:
    soft = soft_labels(default())
    lanes = ("teacher", "scratch", "distilled")
    return np.array([100 * softness.soften(soft.logits(lane, moment)[place], temperature) for lane in lanes])


def test_bars_are_softened_in_the_browser_as_in_numpy(visit):
    page = look(visit, "example=17")
    assert np.allclose(drawn(page), expected(17, 4), atol=1e-4)
    slider = page.get_by_role("slider", name="Temperature")
    for temperature in (5, 6, 8):
        slider.press("ArrowRight")
        until(lambda t=temperature: np.allclose(drawn(page), expected(17, t), atol=1e-4), "the bars follow the slider")
    page.get_by_label("Temperature, by hand").fill("3.3")
    until(lambda: np.allclose(drawn(page), expected(17, 3.3), atol=1e-4), "the bars follow the hand")
    until(lambda: search(page) == "?example=17&soften=3.3", "the address follows")
    expect(page.get_by_text("At T = 3.3 the teacher gives").first).to_be_visible(timeout=1000 * PATIENCE_S)


def test_an_epoch_of_before_moves_bars_and_the_pictures_below(visit):
    page = look(visit, "example=17&part=training")
    page.get_by_role("slider", name="Epoch of the students").first.press("Home")
    until(lambda: np.allclose(drawn(page), expected(17, 4, 0), atol=1e-4), "the bars are those of epoch 0")
    until(lambda: search(page) == "?example=17&epoch=0&part=training", "the address follows")
    below = page.get_by_role("slider", name="Epoch of the students").last
    expect(below).to_have_attribute("aria-valuetext", "0", timeout=1000 * PATIENCE_S)
    below.press("ArrowRight")
    until(lambda: np.allclose(drawn(page), expected(17, 4, 1), atol=1e-4), "the upper bars follow the lower slider")


def test_an_example_is_chosen_by_mouse_and_keys_and_back_leads_back(visit):
    page = look(visit, "sort=class")
    thumbnails = page.get_by_role("listbox", name="Validation examples")
    expect(thumbnails.get_by_role("option")).to_have_count(360)
    thumbnails.get_by_role("option").nth(3).click()
    until(lambda: "example=" in search(page), "the address follows the click")
    first = search(page)
    thumbnails.press("ArrowRight")
    until(lambda: search(page) != first, "the address follows the key")
    page.go_back()
    until(lambda: search(page) == first, "the browser goes back")
    place = int(re.search(r"example=(\d+)", first)[1])
    until(lambda: np.allclose(drawn(page), expected(place, 4), atol=1e-4), "the bars go back, too")
    chosen = thumbnails.locator("[aria-selected=true]")
    until(lambda: chosen.get_attribute("id") == f"example-{place}", "and so does the mark")


def test_the_chosen_example_is_still_marked_after_drawing(visit):
    page = look(visit, "sort=class")
    page.get_by_role("listbox", name="Validation examples").get_by_role("option").nth(3).click()
    until(lambda: "example=" in search(page), "the address follows the click")
    place = int(re.search(r"example=(\d+)", search(page))[1])
    page.get_by_text("Draw a digit", exact=True).click()
    page.wait_for_selector("canvas.pad", timeout=1000 * PATIENCE_S)
    page.get_by_text("Examples", exact=True).click()
    chosen = page.get_by_role("listbox", name="Validation examples").locator("[aria-selected=true]")
    expect(chosen).to_have_attribute("id", f"example-{place}", timeout=1000 * PATIENCE_S)
    page.wait_for_selector(f"{BARS} .barlayer path", timeout=1000 * PATIENCE_S)
    until(lambda: np.allclose(drawn(page), expected(place, 4), atol=1e-4), "the bars are of the same")


def test_a_drawn_digit_is_answered_while_the_pen_is_down_and_can_be_shared(visit):
    page = look(visit)
    page.get_by_text("Draw a digit").click()
    expect(page.get_by_text("Draw a digit, and all three answer")).to_be_visible(timeout=1000 * PATIENCE_S)
    pad = page.locator("canvas.pad").bounding_box()
    spots = [
        (pad["x"] + x * pad["width"], pad["y"] + y * pad["height"]) for x, y in ((0.3, 0.25), (0.7, 0.25), (0.45, 0.8))
    ]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=15)
    until(lambda: page.locator(BARS).count() and np.argmax(drawn(page)[0]) == 7, "it is seen to be a 7")
    assert "drawn" not in search(page)
    page.mouse.up()
    until(lambda: "drawn=" in search(page), "the drawing is in the address")
    friend = look(visit, search(page).removeprefix("?"))
    assert np.allclose(drawn(friend), drawn(page), atol=1e-4)
    friend.get_by_role("button", name="Clear", exact=True).click()
    expect(friend.get_by_text("Draw a digit, and all three answer")).to_be_visible(timeout=1000 * PATIENCE_S)
    until(lambda: "drawn" not in search(friend), "the address forgets it")


def test_from_distil_by_a_link_and_an_experiment_is_trained_here(visit):
    page = visit(f"/?{QUICK}&data.seed=21")
    button(page, "Train").click()
    expect(page.get_by_text("Trained here on")).to_be_visible(timeout=1000 * PATIENCE_S)
    page.get_by_role("link", name="Look closer at soft labels").click()
    page.wait_for_selector(f"{BARS} .barlayer path", timeout=1000 * PATIENCE_S)
    assert "data.seed=21" in search(page)
    button(page, "Train").first.click()
    expect(page.get_by_text("True soft labels over").first).to_be_visible(timeout=1000 * PATIENCE_S)
    page.get_by_role("link", name="This run on Distil").click()
    expect(page.get_by_role("heading", name="Does the teacher help?")).to_be_visible(timeout=1000 * PATIENCE_S)
    expect(page.get_by_text("Trained here on")).to_have_count(1, timeout=1000 * PATIENCE_S)
    assert "data.seed=21" in search(page)


def test_a_point_of_the_plane_is_chosen_by_a_click(visit):
    page = visit(f"/?{QUICK}&data.name=blobs&data.seed=22")
    button(page, "Train").click()
    expect(page.get_by_text("Trained here on")).to_be_visible(timeout=1000 * PATIENCE_S)
    page = look(visit, f"{QUICK}&data.name=blobs&data.seed=22")
    plane = page.locator(".js-plotly-plot", has_text="Where does each draw the line?").first
    x, y = plane.evaluate(
        """(plot) => {
            const { xaxis, yaxis } = plot._fullLayout;
            const [point] = plot.calcdata.find(([{ trace }]) => trace.mode === "markers");
            const box = plot.getBoundingClientRect();
            return [box.x + xaxis._offset + xaxis.d2p(point.x), box.y + yaxis._offset + yaxis.d2p(point.y)];
        }"""
    )
    page.mouse.move(x, y)
    time.sleep(0.5)
    page.mouse.click(x, y)
    until(lambda: "example=" in search(page), "the address names the point")


def test_each_part_is_accessible_and_fits_a_phone(visit):
    page = look(visit)
    assert serious_findings(page) == []
    fits(page)
    for part, title in (("structure", "What is alike?"), ("training", "How did they come to know it?")):
        page.get_by_role("main").get_by_text(title, exact=True).click()
        until(lambda part=part: f"part={part}" in search(page), "the address names the part")
        assert serious_findings(page) == []
        fits(page)


def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways on a phone."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(AT_REST, timeout=1000 * PATIENCE_S)
    for whole in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        until(lambda whole=whole: page.evaluate(f"{whole}.scrollWidth") <= 390, "the page is as narrow as the phone")
    page.set_viewport_size({"width": 1440, "height": 900})
