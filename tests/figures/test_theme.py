"""Roles can be told apart, by everyone, on light and on dark pages."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from kdcore.events import LANES
from kdcore.figures import (
    answer,
    boundary,
    confusion,
    controls,
    curves,
    formula,
    gradients,
    left_out,
    matrix,
    over_temperature,
    similarity,
    soft_labels,
    theme,
)

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(tint):
    """The relative luminance of WCAG 2."""
    parts = [int(tint[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("name", theme.ROLES)
def test_every_role_stands_out_from_its_page(name, page):
    role, background = theme.ROLES[name], CONFIG[page]["backgroundColor"]
    assert contrast(getattr(role.colour, page), background) >= 3
    assert contrast(getattr(role.text, page), background) >= 4.5


@pytest.mark.parametrize("page", ["light", "dark"])
def test_what_has_no_role_stands_out_as_lines_and_as_writing(page):
    assert all(contrast(getattr(tint, page), CONFIG[page]["backgroundColor"]) >= 4.5 for tint in theme.SERIES)
    assert len({getattr(tint, page) for tint in theme.SERIES}) == len(theme.SERIES)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_writing_can_be_read(page):
    for background in (CONFIG[page]["backgroundColor"], CONFIG[page]["secondaryBackgroundColor"]):
        for tint in (theme.INK, theme.MUTED):
            assert contrast(getattr(tint, page), background) >= 4.5
        for name in ("textColor", "linkColor", "codeTextColor", "blueTextColor", "orangeTextColor", "greenTextColor"):
            assert contrast(CONFIG[page][name], background) >= 4.5, name
    assert contrast(CONFIG[page]["primaryColor"], "#FFFFFF") >= 4.5  # the letters on the main button are white
    assert contrast(CONFIG[page]["primaryColor"], CONFIG[page]["backgroundColor"]) >= 3


def test_the_pages_colours_are_those_of_the_roles():
    for page in ("light", "dark"):
        assert CONFIG[page]["chartCategoricalColors"][:3] == [getattr(theme.ROLES[r].colour, page) for r in LANES]
        assert CONFIG[page]["backgroundColor"] == getattr(theme.PAPER, page)
        assert CONFIG[page]["textColor"] == getattr(theme.INK, page)


def test_roles_differ_in_line_and_marker_too():
    roles = theme.ROLES.values()
    assert len({role.glyph for role in roles}) == len(roles)
    assert len({(role.dash, role.width) for role in roles}) == len(roles)
    assert len({role.colour for role in roles} | set(theme.CLASSES)) == len(roles) + len(theme.CLASSES)


def test_every_colour_of_every_figure_has_a_dark_counterpart(
    rows, confusion_row, boundary_row, examples_row, soft, example, controls_rows, left_out_rows
):
    drawn = [curves.figure(rows, chart, ghost=rows) for chart in curves.CHARTS]
    drawn += [confusion.figure([confusion_row]), boundary.figure([boundary_row]), soft_labels.figure([examples_row], 4)]
    drawn += [confusion.figure([])]
    drawn += [module.figure(soft, 4.0) for module in (matrix, similarity, over_temperature)]
    drawn += [formula.figure(example), gradients.figure(example)]
    drawn += [answer.figure({"teacher": soft.teacher[0], "scratch": soft.scratch[0]}, 0, soft.classes, 4.0)]
    drawn += [controls.figure(controls_rows), left_out.figure(left_out_rows, 1.0)]
    for figure in drawn:
        found = set(re.findall(r'"(#[0-9A-Fa-f]{6}|rgba?\([^"]*\))"', json.dumps(figure.to_plotly_json(), default=str)))
        assert found - {"rgba(0, 0, 0, 0)"} <= theme.DARK.keys()
