"""Several small pictures in one figure: side by side on a desk, one under another on a phone."""

import plotly.graph_objects as go

GAP = 0.05  # between columns, as a share of the figure's width


def arrange(
    figure: go.Figure, count: int, columns: int, phone_columns: int, panel: int, above: int, gap: float = GAP
) -> None:
    """Place panels 0 to `count - 1` in rows of `columns`, or of `phone_columns` where there is little room.

    `panel` is the height of a panel in pixels, `above` that of the space above each further row, `gap` a share of the
    width. The figure grows with its rows. Where the panels lie on a phone is noted in `layout.meta.phone`, which the
    browser applies.
    """
    figure.update_layout(
        {key.replace(".", "_"): value for key, value in _places(figure, count, columns, panel, above, gap)}
    )
    figure.layout.meta["phone"].update(_places(figure, count, phone_columns, panel, above, gap))


def add_title(figure: go.Figure, pair: str, text: str) -> None:
    """Write above a panel what it shows."""
    place = {"xref": f"x{pair} domain", "yref": f"y{pair} domain", "x": 0, "y": 1, "xanchor": "left"}
    figure.add_annotation(text=text, yanchor="bottom", yshift=4, showarrow=False, **place)


def number(i: int) -> str:
    """How Plotly counts axes: nothing for the first, then 2, 3, ..."""
    return str(i + 1) if i else ""


def _places(
    figure: go.Figure, count: int, columns: int, panel: int, above: int, gap: float
) -> list[tuple[str, object]]:
    """The figure's height, and the place of each axis as shares of the room inside the margins."""
    rows = -(-count // columns)
    inner = rows * panel + (rows - 1) * above
    width = (1 - gap * (columns - 1)) / columns
    places: list[tuple[str, object]] = [("height", inner + figure.layout.margin.t + figure.layout.margin.b)]
    for i in range(count):
        row, column = divmod(i, columns)
        left, top = column * (width + gap), 1 - row * (panel + above) / inner
        places.append((f"xaxis{number(i)}.domain", [left, min(1, left + width)]))
        places.append((f"yaxis{number(i)}.domain", [max(0, top - panel / inner), top]))
    return places
