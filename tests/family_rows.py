"""Rows of a small transfer, made up: a network teaches a tree and a forest, on three seeds."""

FAMILIES = ["net:widths=16", "tree:depth=3", "forest"]
TREE = "|--- feature_20 <= 0.50\n|   |--- value: [0.10, 0.90]\n"


def started(families: list[str] = FAMILIES) -> dict:
    return {
        "event": "started",
        **{"key": "k", "transfer": {}, "machine": "m", "date": "2026-01-01", "classes": ["a", "b"]},
        **{"seeds": [0, 1, 2], "families": families},
    }


def family(text: str, role: str, labels: list[float], distilled: list[float] | None = None, means: str = "") -> dict:
    """What was measured of a family; its cost is the same for all."""
    arms = {"labels": labels} | ({"distilled": distilled} if distilled else {})
    cost = {"size_bytes": 2000, "count": 30, "seconds": 0.5}
    told = {name: {arm: [value] * 3 for arm in arms} for name, value in cost.items()}
    agreement = {"val_agreement": {arm: [0.5] * 3 for arm in arms}} if role == "student" else {}
    means = means or ("descent" if text.startswith("net") else "probabilities")
    parts = "parameters" if text.startswith("net") else "nodes"
    return {
        "event": "family",
        **{"family": text, "role": role, "means": means, "parts": parts, "progress": 0.5},
        **{"val_accuracy": arms, **agreement, **told},
    }


def finished(rows: list[dict]) -> dict:
    """On test examples all are right a tenth less often than on validation examples."""
    table = []
    for row in rows:
        if row["event"] == "family":
            arms = {arm: [value - 0.1 for value in values] for arm, values in row["val_accuracy"].items()}
            line = {"family": row["family"], "role": row["role"], "test_accuracy": arms}
            table.append(line | ({"agreement": row["val_agreement"]} if row["role"] == "student" else {}))
    return {"event": "finished", "table": table, "processor_s": 8.0}


def soft_tree(text: str) -> dict:
    """Two trees of one node, which parts pictures of 2x2 pixels, and two examples that both go left."""
    path = {"turns": [{"node": 0, "goes": "left", "share": 0.9}], "leaf": 0, "arrives": 0.9, "mixture": [0.8, 0.2]}
    tree = {"depth": 1, "filters": {"0": [1.0, 0.0, 0.0, -1.0]}, "leaves": [[0.9, 0.1], [0.2, 0.8]]}
    tree |= {"arrive": [0.5, 0.5], "paths": [path, path]}
    data = {"family": text, "role": "student", "classes": ["a", "b"], "shape": [1, 2, 2], "labels": tree}
    examples = [{"index": index, "label": index % 2, "x": [0.0, 0.0, 0.0, 1.0]} for index in (4, 7)]
    return {"event": "snapshot", "name": "soft_tree", "data": data | {"distilled": tree, "examples": examples}}


def small() -> list[dict]:
    """The tree surely gains ten points, the forest's one point may be luck."""
    rows = [
        started(),
        family(FAMILIES[0], "teacher", [0.95, 0.96, 0.94]),
        family(FAMILIES[1], "student", [0.70, 0.71, 0.72], [0.79, 0.82, 0.82]),
        {
            "event": "snapshot",
            "name": "tree",
            "data": {"family": FAMILIES[1], "role": "student", "depth": 4, "labels": TREE, "distilled": TREE},
        },
        family(FAMILIES[2], "student", [0.85, 0.86, 0.87], [0.83, 0.92, 0.86]),
    ]
    return [*rows, finished(rows)]
