"""The HTTP routes, asked as a browser would."""

import gzip
import sqlite3
from pathlib import Path

import plotly
import pytest
from starlette.applications import Starlette

from kdcore.store import Run, Writer
from pages._ui import routes
from tests.figures.made_up import epoch, started

KEY = "0123456789abcdef"


@pytest.fixture
def client(tmp_path, monkeypatch, serve):
    monkeypatch.setenv("KD_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")
    return serve(Starlette(routes=routes.kd_routes()))


@pytest.fixture
def writer(tmp_path, client):
    writer = Writer(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield writer
    writer.close()


def write(writer, *rows, status="running", **state):
    run = Run(KEY, {}, status, "2026-11-21T00:00:00+00:00", **state)
    writer.write([run], {KEY: rows})


def ask(client, since=None):
    response = client.get(f"/kd/runs/{KEY}/points" + ("" if since is None else f"?since={since}"))
    assert response.status_code == 200
    return response.json()


def test_points_are_epochs_after_the_last_one_seen(client, writer):
    write(writer, started(), epoch("teacher", 0, [0.1, 0.3]), epoch("teacher", 1, [0.9, 0.9]), progress=0.5)
    everything = ask(client)
    assert [point["epoch"] for point in everything["points"]] == [0, 1]
    assert everything["points"][1]["accuracy"] == pytest.approx([0.9, 0.9, 0.9])
    assert (everything["status"], everything["progress"], everything["next"]) == ("running", 0.5, 3)
    assert [point["epoch"] for point in ask(client, since=2)["points"]] == [1]


def test_without_news_the_place_is_kept(client, writer):
    write(writer, started())
    answer = ask(client, since=1)
    assert (answer["points"], answer["next"], answer["at"], answer["restarted"]) == ([], 1, None, False)


def test_a_second_attempt_is_announced_to_those_who_saw_the_first(client, writer):
    write(writer, started(), epoch("teacher", 0, [0.1, 0.1]), epoch("teacher", 1, [0.5, 0.5]))
    assert not ask(client)["restarted"]
    write(writer, started(attempt=2), epoch("teacher", 0, [0.2, 0.2]))
    answer = ask(client, since=3)
    assert answer["restarted"]
    assert [point["accuracy"][0] for point in answer["points"]] == pytest.approx([0.2])
    whole = ask(client)
    assert whole["restarted"]
    assert len(whole["points"]) == 1  # not those of the first attempt
    assert not ask(client, since=4)["restarted"]


def test_an_epoch_that_diverged_is_sent_as_nothing(client, writer):
    write(writer, started(), epoch("scratch", 1, [0.5, 0.5], loss=[1.0, float("nan")]))
    assert ask(client)["points"][0]["loss"] is None


@pytest.mark.parametrize("key", ["xyz", KEY.upper(), KEY + "0", KEY[:-1], "%00" * 16, KEY + "%0A"])
def test_a_key_that_is_none_is_refused(client, key):
    response = client.get(f"/kd/runs/{key}/points")
    assert response.status_code == 400
    assert "16 hexadecimal digits" in response.json()["error"]


@pytest.mark.parametrize("since", ["-1", "x", "", "1.5", "٣", "9" * 400, "%00", "1'--"])
def test_a_place_that_is_no_number_is_refused(client, since):
    response = client.get(f"/kd/runs/{KEY}/points?since={since}")
    assert response.status_code == 400
    assert "'since'" in response.json()["error"]


def test_a_run_that_is_not_there_is_not_found(client):
    assert client.get(f"/kd/runs/{KEY}/points").status_code == 404


def test_a_store_that_cannot_be_read_is_explained(client, tmp_path):
    with sqlite3.connect(tmp_path / "store.sqlite") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    response = client.get(f"/kd/runs/{KEY}/points")
    assert response.status_code == 503
    assert "KD_STORE" in response.json()["error"]


def test_points_are_never_cached(client, writer):
    write(writer, started())
    assert client.get(f"/kd/runs/{KEY}/points").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", routes.SCRIPTS)
def test_scripts_are_kept_for_good_under_their_version(client, name):
    current = client.get(routes.static_address(name))
    assert current.content == routes.SCRIPTS[name].read_bytes()
    assert "immutable" in current.headers["cache-control"]
    assert current.headers["content-type"].startswith("text/javascript")
    assert client.get(f"/kd/static/old/{name}").headers["cache-control"] == "no-cache"


def test_plotly_comes_small_and_from_its_own_package(client):
    raw = client.get(routes.static_address("plotly.min.js"), stream=True).raw.read(decode_content=False)
    assert len(raw) < 2_000_000 < len(gzip.decompress(raw))
    plain = client.get(routes.static_address("plotly.min.js"), headers={"Accept-Encoding": "identity"})
    assert plain.content == gzip.decompress(raw)
    assert Path(plotly.__file__).parent in routes.SCRIPTS["plotly.min.js"].parents


@pytest.mark.parametrize("name", ["chart.txt", "..%2Froutes.py", "%2e%2e/routes.py", "routes.py"])
def test_nothing_but_scripts_is_served(client, name):
    assert client.get(f"/kd/static/v/{name}").status_code == 404


def test_the_version_changes_with_a_script(monkeypatch, tmp_path):
    before = routes._version()
    changed = tmp_path / "chart.js"
    changed.write_text("export default () => {};")
    monkeypatch.setitem(routes.SCRIPTS, "chart.js", changed)
    assert routes._version.__wrapped__() != before


def test_all_addresses_stand_under_the_servers_base_path(monkeypatch, client, writer, serve):
    write(writer, started())
    monkeypatch.setattr(routes.st, "get_option", {"server.baseUrlPath": "/lab/"}.get)
    under_lab = serve(Starlette(routes=routes.kd_routes()))
    assert routes.points_address(KEY) == f"/lab/kd/runs/{KEY}/points"
    assert under_lab.get(routes.points_address(KEY)).status_code == 200
    assert under_lab.get(routes.static_address("chart.js")).status_code == 200
