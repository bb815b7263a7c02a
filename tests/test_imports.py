"""What the screen reads, and the pages themselves, do without torch: it would cost the server seconds and hundreds of
megabytes; scikit-learn nearly as much, and Dask has to wait for nobody."""

import os
import subprocess
import sys
from pathlib import Path

from kdcore.methods import METHODS

DRAWN_7 = "Abgggf2A7cdge1C8g6C1feDag5C2gcDag4DdaC"
HEAVY = ("torch", "sklearn", "dask", "distributed")
READ = """
import inspect, sys
import kdcore.calibrate, kdcore.data.download, kdcore.export, kdcore.order, kdcore.store
import kdcore.compress.low_rank, kdcore.compress.prune, kdcore.compress.quantize, kdcore.compress.share
import kdcore.engine.client, kdcore.engine.keeper
import kdcore.measure.latency, kdcore.measure.snapshots, kdcore.measure.verdict
from kdcore.methods import METHODS
for each in METHODS.values():
    told = each.title, each.equation, each.Knobs().model_dump_json(), inspect.getsource(each.term)
    each.problem((), (), 2, 1, each.Knobs())
print(len(METHODS), [name for name in {heavy} if name in sys.modules])
"""
PAGES = """
import sys
from importlib import import_module
from pathlib import Path
from streamlit.testing.v1 import AppTest
for page, name, text, told in (
    ("distil.py", "data.seed", "0", "Distillation helps"),
    ("soft_labels.py", "drawn", {drawing!r}, "to 7 and"),
    ("compress.py", "part", "hand", "Recorded run of"),
    ("trade_offs.py", "seeds", "3", "Recorded run of"),
    ("methods.py", "seeds", "8", "Recorded run of"),
    ("families.py", "seeds", "5", "Recorded run of"),
    ("your_data.py", "data.seed", "0", "CSV"),
):
    app = AppTest.from_file("pages/_shell.py", default_timeout=60).switch_page(page)
    app.query_params[name] = text
    app.session_state["calibrated"] = True  # for there is no engine to ask
    app.run()
    assert not app.exception, page
    assert told in " ".join(str(each.value) for each in (*app.markdown, *app.caption)), page
for path in Path("pages/_ui").rglob("*.py"):
    import_module(".".join(path.with_suffix("").parts))
import app as server
print([name for name in {heavy} if name in sys.modules])
"""


def printed(code: str, home: Path) -> str:
    """The last line that a Python of its own prints."""
    environment = os.environ | {"KD_HOME": str(home)}
    command, root = [sys.executable, "-c", code], Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_what_the_screen_reads_needs_nothing_heavy(tmp_path):
    heavy = (*HEAVY, "streamlit")
    assert printed(READ.format(heavy=heavy), tmp_path) == f"{len(METHODS)} []"


def test_no_page_needs_anything_heavy_not_even_for_a_drawn_digit_or_a_layer_by_hand(tmp_path):
    assert printed(PAGES.format(heavy=HEAVY, drawing=DRAWN_7), tmp_path) == "[]"
