"""What can be taken away of a variant: its own file, the same weights in other formats, and a reader for the file."""

import json
from functools import lru_cache

import numpy as np
import pandas as pd
import streamlit as st

from kdcore import compression, export
from kdcore.compress import codec, deployed, integers
from kdcore.compression import FOLLOW
from kdcore.events import Row, first
from kdcore.figures import numbers
from kdcore.figures.stages import label
from kdcore.words import N_, _
from pages._ui.compress.examples import inputs, kept_examples
from pages._ui.compress.networks import contents, file, model
from pages._ui.downloads import as_json, button
from pages._ui.runs import Shown


def take(shown: Shown, name: str) -> None:
    """A button for each; what it holds is made when it is pressed."""
    st.subheader(_("Take it away"))
    own, stem = file(shown, name), f"distillery-{shown.key}-{_filename(name)}"
    weights = model(shown, name)
    has_int8 = weights and kept_examples(shown)
    with st.container(horizontal=True):
        if own:
            ending, payload = own
            words = _("Its file (ONNX, int8)") if ending == "onnx" else _("Its file (.kdz)")
            button(words, f"{stem}.{ending}", lambda: payload)
        if weights:
            button(_("As safetensors"), f"{stem}.safetensors", lambda: safetensors(shown, name))
            button(_("As ONNX (float)"), f"{stem}-float.onnx", lambda: onnx(shown, name))
            if has_int8:
                button(_("As ONNX (int8)"), f"{stem}-int8.onnx", lambda: int8(shown, name)[0])
            button(_("A reader for .kdz"), "read_kdz.py", codec.reader_script)
            button(_("The format of .kdz"), "kdz.txt", lambda: codec.__doc__)
        button(_("All measures as CSV"), f"distillery-{shown.key}.csv", lambda: csv(shown.rows))
        button(_("All measures as JSON"), f"distillery-{shown.key}.json", lambda: as_json(shown.rows))
    if own:
        words = _("{variant}: the file of the seed whose teacher did best on validation examples, as it was measured.")
        st.caption(words.format(variant=label(name)))
    else:
        st.caption(_("The files are there when the run has ended."))
    if has_int8:
        st.caption(whole_numbers(shown, name))
    if deploying := one_more(name):
        st.caption(
            _("One stage more puts int8 with calibrated inputs on the plane: {pipeline}").format(
                pipeline=f"`{deploying}`"
            )
        )


def one_more(name: str) -> str:
    """The pipeline that deploys this variant as int8; none where it may not follow."""
    stages = compression.read(name) if name else ()
    return "+".join(filter(None, (name, "deploy"))) if "deploy" in FOLLOW[stages[-1].method if stages else ""] else ""


def safetensors(shown: Shown, name: str) -> bytes:
    """The weights as plain numbers; where inputs of layers are rounded, too, their ranges beside what it is."""
    ranges = contents(shown, name).ranges
    about = _about(shown, name) | ({"ranges": json.dumps(ranges)} if ranges else {})
    return export.safetensors_bytes(model(shown, name).weights, about)


def onnx(shown: Shown, name: str) -> bytes:
    """The network with its weights as plain numbers."""
    return integers.floats(contents(shown, name), shown.experiment.facts.shape, _about(shown, name))


@lru_cache(maxsize=16)
def int8(shown: Shown, name: str) -> tuple[bytes, bool, float]:
    """The network with int8 weights, whether these are the variant's own codes, and its accuracy on the examples that
    are kept."""
    kept, label = kept_examples(shown)
    x = inputs(kept)
    found, is_own = integers.int8(contents(shown, name), shown.experiment.facts.shape, x, _about(shown, name))
    return found, is_own, float((deployed.logits(found, x).argmax(-1) == label).mean())


def whole_numbers(shown: Shown, name: str) -> str:
    """What is in the int8 file, and what it was measured to answer."""
    found, is_own, accuracy = int8(shown, name)
    _x, label = kept_examples(shown)
    whole = np.mean(first(shown.rows, "variant", name=name)["predicted"] == label)
    own = N_("ONNX (int8) holds the whole numbers of the .kdz file, and their scales.")
    rounded = N_(
        "ONNX (int8) is what ONNX Runtime's dynamic quantisation makes of it: int8 weights, and inputs of layers that "
        "are rounded while it runs."
    )
    measured = _("It takes {size}, and has {accuracy} on {examples} validation examples; the file itself has {whole}.")
    numbers_of = {"accuracy": numbers.percent(accuracy), "whole": numbers.percent(whole), "examples": len(label)}
    return f"{_(own if is_own else rounded)} {measured.format(size=numbers.size(len(found)), **numbers_of)}"


def csv(rows: tuple[Row, ...]) -> str:
    """A line for each variant and seed."""
    measures = ("val_accuracy", "test_accuracy", "agreement", "kl", "ece", "size_bytes", "nonzero")
    whole = ("parent", "parameters", "flops", "seconds")
    lines = [
        {"variant": row["name"], "seed": seed}
        | {name: row[name] for name in whole}
        | {name: row[name][seed] for name in measures if row[name] is not None}
        | {f"latency_ms_batch_{batch}": sorted(times)[len(times) // 2] for batch, times in row["latency_ms"].items()}
        for row in rows
        if row["event"] == "variant"
        for seed in range(len(row["val_accuracy"]))
    ]
    return pd.DataFrame(lines).to_csv(index=False)


def _about(shown: Shown, name: str) -> dict[str, str]:
    return {"key": shown.key, "variant": name, "experiment": shown.experiment.model_dump_json()}


def _filename(name: str) -> str:
    """A variant's name with nothing in it that a file's name may not have."""
    return "".join(letter if letter.isalnum() or letter in "+-.=" else "_" for letter in name) or "teacher"
