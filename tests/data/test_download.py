"""Downloads: only what is missing, with progress; never a wrong file; and a sentence that helps when it fails."""

import json
import pickle
import threading
import time
from gettext import NullTranslations
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kdcore import words
from kdcore.data import download
from kdcore.data.download import DataUnavailable, advice, fetch

NAME = "fashion_mnist"
PICTURES = "train-images-idx3-ubyte.gz"


def put_all(tiny):
    tiny.folder.mkdir(parents=True)
    for name, content in tiny.files.items():
        (tiny.folder / name).write_bytes(content)


def test_missing_files_are_downloaded_and_progress_is_told(tiny, monkeypatch):
    monkeypatch.setattr(download, "CHUNK", 1000)
    reports = list(fetch(NAME))
    assert {path.name: path.read_bytes() for path in tiny.folder.iterdir()} == tiny.files
    size = len(tiny.files[PICTURES])
    done = [report.done_bytes for report in reports if report.file == PICTURES]
    assert done[:2] == [1000, 2000]
    assert done[-1] == size
    assert {report.total_bytes for report in reports if report.file == PICTURES} == {size}


def test_files_that_are_there_need_no_network(tiny):
    put_all(tiny)
    assert list(fetch(NAME)) == []
    assert tiny.asked == []


def test_only_the_missing_file_is_asked_for(tiny):
    put_all(tiny)
    (tiny.folder / PICTURES).unlink()
    list(fetch(NAME))
    assert tiny.asked == [PICTURES]


def test_wrong_file_is_not_used_and_not_overwritten(tiny):
    put_all(tiny)
    (tiny.folder / PICTURES).write_bytes(b"my own notes")
    with pytest.raises(DataUnavailable) as caught:
        list(fetch(NAME))
    assert str(caught.value).startswith(f"{PICTURES} in {tiny.folder} is not the right file (its MD5 is ")
    assert (tiny.folder / PICTURES).read_bytes() == b"my own notes"
    assert tiny.asked == []


def test_download_with_another_hash_is_refused_and_leaves_nothing(tiny):
    (tiny.served / PICTURES).write_bytes(b"a login page")
    with pytest.raises(DataUnavailable) as caught:
        list(fetch(NAME))
    assert str(caught.value) == (
        f"{PICTURES} could not be downloaded (what came has another hash); "
        f"get it from {tiny.url + PICTURES} and put it into {tiny.folder} by hand."
    )
    assert list(tiny.folder.iterdir()) == []


def test_missing_on_the_server(tiny):
    (tiny.served / PICTURES).unlink()
    with pytest.raises(DataUnavailable, match=r"\(the server answered 404\)"):
        list(fetch(NAME))


def test_no_connection(tiny, monkeypatch):
    nobody = download.Source("http://127.0.0.1:9/", download.SOURCES[NAME].files)
    monkeypatch.setitem(download.SOURCES, NAME, nobody)
    with pytest.raises(DataUnavailable, match=r"could not be downloaded \(no connection\); get it from .* by hand"):
        list(fetch(NAME))


def test_folder_that_cannot_be_written(tiny):
    tiny.folder.parent.write_text("a file where the data folder should be")
    with pytest.raises(DataUnavailable, match=r"put it into .* by hand"):
        list(fetch(NAME))


def test_who_stops_listening_stops_the_download(tiny, monkeypatch):
    sent = []

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(1000 * 1000))
            self.end_headers()
            for part in range(1000):  # 10 s for all
                self.wfile.write(bytes(1000))
                sent.append(part)
                time.sleep(0.01)

        def log_message(self, *_):
            """Not to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.handle_error = lambda *_: None  # its caller hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setitem(download.SOURCES, NAME, download.Source(url, download.SOURCES[NAME].files))
    monkeypatch.setattr(download, "CHUNK", 1000)
    reports = fetch(NAME)
    first = next(reports)
    reports.close()
    server.shutdown()
    server.server_close()
    assert (first.done_bytes, first.total_bytes) == (1000, 1_000_000)
    assert len(sent) < 500
    assert list(tiny.folder.iterdir()) == []


def test_mnist_is_also_found_in_the_data_folder_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("KD_DATA_DIR", str(tmp_path))
    inside, beside = tmp_path / "mnist" / PICTURES, tmp_path / PICTURES
    assert download.place("mnist", PICTURES) == inside
    beside.touch()
    assert download.place("mnist", PICTURES) == beside
    assert download.place("fashion_mnist", PICTURES) == tmp_path / "fashion_mnist" / PICTURES
    inside.parent.mkdir()
    inside.touch()
    assert download.place("mnist", PICTURES) == inside


def test_the_refusal_travels_between_processes(tmp_path):
    error = DataUnavailable("wrong", "its MD5 is 1, not 2", tmp_path / "a.gz", "http://somewhere/a.gz")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


class German(NullTranslations):
    """A catalogue: it knows whole sentences, with their gaps."""

    def gettext(self, message):
        return {"the server answered {status}": "Antwort {status}", "{file}: {detail}": "{file} fehlt: {detail}"}[
            message
        ]


def test_the_sentence_is_made_where_it_is_read(tiny, monkeypatch):
    (tiny.served / PICTURES).unlink()
    with pytest.raises(DataUnavailable) as caught:
        list(fetch(NAME))
    values = json.loads(json.dumps(caught.value.values))
    assert advice(**values) == str(caught.value)
    monkeypatch.setattr(download, "ADVICE", {"download": "{file}: {detail}"})
    monkeypatch.setattr(words, "_translations", German)
    assert advice(**values) == f"{PICTURES} fehlt: Antwort 404"


def test_braces_in_what_a_system_says_are_shown(tmp_path):
    error = DataUnavailable("wrong", "it is damaged: Not a gzipped file (b'{\"')", tmp_path / "a.gz", "http://x/a.gz")
    assert "(b'{\"')" in str(error)
