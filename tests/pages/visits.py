"""A small experiment, and how to open the lab at an address."""

from streamlit.testing.v1 import AppTest

from kdcore.compression import Compression
from kdcore.experiment import unflatten
from kdcore.grid import Sweep

SMALL = unflatten(
    {"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 2, "training.epochs": 3, "seeds": 2}
)

PRUNED, CODED, COARSE, STUDENT, DEPLOYED = (
    "prune:sparsity=0.8,epochs=2",
    "prune:sparsity=0.8,epochs=2+code",
    "quantize:bits=3",
    "distil:widths=8,epochs=2",
    "deploy",
)
PLANE = Compression(
    experiment=unflatten({"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 8, "seeds": 2}),
    pipelines=(CODED, COARSE, STUDENT, DEPLOYED),
    seeds=2,
)
MAP = Sweep(
    experiment=unflatten(
        {"teacher.widths": "16", "student.widths": "4", "teacher_training.epochs": 8, "training.epochs": 6, "seeds": 2}
    ),
    x={"setting": "temperature", "values": "1, 4"},
    y={"setting": "soft_weight", "values": "0, 0.5, 1"},
)


def visit(page: str = "distil.py", **address: str) -> AppTest:
    """Open a page of the lab at an address and run its script once."""
    app = AppTest.from_file("../../pages/_shell.py", default_timeout=30)
    if page != "distil.py":
        app.switch_page(page)
    for name, value in address.items():
        app.query_params[name.replace("__", ".")] = value
    return app.run()


def listed(app: AppTest, key: str):
    """The list of what is chosen in other ways, too; each of its values has a widget of its own."""
    return next(box for box in app.selectbox if box.key.startswith(f"{key}="))


def said(app: AppTest) -> str:
    """All that the page says in words, outside its sidebar and tables."""
    elements = [*app.main.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(str(element.value) for element in elements)
