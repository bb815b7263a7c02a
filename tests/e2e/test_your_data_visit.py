"""One's own data in a real browser: points are clicked into the plane, and a table is brought as a file."""

from lab_server import PATIENCE_S
from playwright.sync_api import expect
from test_soft_labels_visit import fits
from test_visit import button, serious_findings

TABLE = "width,height,kind\n" + "".join(f"{i % 9},{i % 4},{'xy'[i % 2]}\n" for i in range(60))


def look(visit):
    page = visit("/")
    page.get_by_role("link", name="Your data").click()
    expect(page.get_by_role("heading", name="Does it work on your data?")).to_be_visible(timeout=1000 * PATIENCE_S)
    return page


def test_points_are_clicked_into_the_plane(visit):
    page = look(visit)
    page.get_by_role("main").get_by_text("Points, clicked into a plane").click()
    plane = page.locator(".js-plotly-plot", has_text="Where are the points of each class?").locator(".nsewdrag")
    expect(page.get_by_text("0 points: A 0, B 0.")).to_be_visible(timeout=1000 * PATIENCE_S)
    box = plane.bounding_box(timeout=1000 * PATIENCE_S)
    for count, class_ in enumerate("AB", 1):
        page.get_by_role("main").get_by_text(class_, exact=True).first.click()
        page.wait_for_timeout(1000)
        page.mouse.click(box["x"] + box["width"] * count / 3, box["y"] + box["height"] / 2)
        told = f"{5 * count} points: A 5, B {5 * (count - 1)}."
        expect(page.get_by_text(told)).to_be_visible(timeout=1000 * PATIENCE_S)
    assert serious_findings(page) == []
    fits(page)
    button(page, "Keep these data").click()
    page.get_by_role("link", name="Learn from it on Distil").first.click()
    expect(page.get_by_role("heading", name="Does the teacher help?")).to_be_visible(timeout=1000 * PATIENCE_S)
    data = page.get_by_role("combobox", name="Data", exact=True)
    expect(data).to_have_value("My points", timeout=1000 * PATIENCE_S)


def test_a_table_is_brought_as_a_file(visit):
    page = look(visit)
    file = {"name": "shapes.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("60 examples of 2 classes (x, y), 2 features each.")).to_be_visible(
        timeout=1000 * PATIENCE_S
    )
    assert serious_findings(page) == []
    fits(page)
    button(page, "Keep these data").click()
    expect(page.get_by_text("“shapes” is kept.")).to_be_visible(timeout=1000 * PATIENCE_S)
