"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("lab", deadline=None, max_examples=50)
settings.load_profile("lab")

HERE = Path(__file__).parent
OF_PROCESSES = ("e2e", "ui", "engine", "figures/test_chart_script.py")  # a server, an engine or a browser of their own


def pytest_collection_modifyitems(items):
    """Tests run in two processes at a time. Those that start others, and wait for them, follow one another in one."""
    for item in items:
        if str(item.path.relative_to(HERE)).startswith(OF_PROCESSES):
            item.add_marker(pytest.mark.xdist_group("processes"))
