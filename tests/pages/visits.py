"""A small experiment, and how to open the lab at an address."""

from streamlit.testing.v1 import AppTest

from kdcore.experiment import unflatten

SMALL = unflatten(
    {"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2}
)


def visit(page: str = "distil.py", **address: str) -> AppTest:
    """Open a page of the lab at an address and run its script once."""
    app = AppTest.from_file("../../pages/_shell.py", default_timeout=30)
    if page != "distil.py":
        app.switch_page(page)
    for name, value in address.items():
        app.query_params[name.replace("__", ".")] = value
    return app.run()
