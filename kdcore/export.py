"""What can be taken away: the student as ONNX and as safetensors, and a script that repeats the run with plain torch.

No torch in here: weights come as numpy arrays, under the names that they have in a `torch.nn.Sequential`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import Template
from textwrap import wrap
from typing import Literal

import numpy as np
import onnx
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper

from kdcore.data import own
from kdcore.data.catalogue import CATALOGUE
from kdcore.data.download import SOURCES
from kdcore.experiment import Experiment, Network, Training, Who
from kdcore.shapes import KERNEL, Layer, modules

OPSET = 20  # the first with Gelu
IR_VERSION = 9  # of the file format; the one that belongs to this opset, so that older runtimes read it too

Weights = Mapping[str, np.ndarray]

OPERATORS = {
    "linear": ("Gemm", {"transB": 1}),
    "conv": ("Conv", {}),
    "pool": ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
    "flatten": ("Flatten", {}),
    "relu": ("Relu", {}),
    "tanh": ("Tanh", {}),
    "gelu": ("Gelu", {}),
    "sigmoid": ("Sigmoid", {}),
}


def metadata(experiment: Experiment, who: Who = "student") -> dict[str, str]:
    """What a file of weights tells about itself: the experiment, its key, and the names of the classes."""
    return {
        "key": experiment.key,
        "experiment": experiment.model_dump_json(),
        "classes": json.dumps(experiment.facts.classes if who == "teacher" else experiment.class_names),
    }


def onnx_model(
    layers: Sequence[Layer],
    network: Network,
    shape: tuple[int, ...],
    weights: Weights,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """The network as an ONNX model: input "x" (batch, *shape) as in training, output "logits" (batch, classes).

    Dropout is left out, as it does nothing outside training. Raises ValueError if the weights belong to other layers.
    """
    nodes, value, wanted = [], "x", {}
    for index, (word, layer) in enumerate(modules(layers, network)):
        if word == "dropout":
            continue
        operator, settings = OPERATORS[word]
        if word == "conv":
            settings = {"kernel_shape": [layer.kernel] * 2, "pads": [layer.kernel // 2] * 4}
        parameters = {f"{index}.weight": layer.weight_shape, f"{index}.bias": (layer.outputs,)} if layer else {}
        wanted |= parameters
        inputs = [value, *parameters]
        value = f"{index}.{word}"
        nodes.append(helper.make_node(operator, inputs, [value], **settings))
    nodes[-1].output[0] = "logits"
    found = {name: array.shape for name, array in weights.items()}
    if found != wanted:
        raise ValueError(f"these weights belong to another network: {found} instead of {wanted}")
    graph = helper.make_graph(
        nodes,
        "network",
        inputs=[helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        outputs=[helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", layers[-1].outputs])],
        initializer=[numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="distillery")
    helper.set_model_props(model, dict(metadata or {}))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def safetensors_bytes(weights: Weights, metadata: Mapping[str, str] | None = None) -> bytes:
    """Weights as a safetensors file, which holds names, shapes and numbers and can run no code."""
    contiguous = {name: np.asarray(array, order="C") for name, array in weights.items()}
    return safetensors.numpy.save(contiguous, dict(metadata or {}))


def read_safetensors(file: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The weights and the metadata of a safetensors file. Raises safetensors.SafetensorError."""
    weights = safetensors.numpy.load(file)  # checks the header, so that it can be trusted below
    header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    return weights, header.get("__metadata__", {})


def script(experiment: Experiment) -> str:
    """A program of its own, under 100 lines of plain torch, that repeats the run and prints its accuracies.

    It trains one network after another, with the same chance as the lab: data, first weights, batches and dropout.
    Controls are not among them, nor an assistant for which there is no room; the others are the same without.
    It teaches by soft targets, whatever the experiment's method.
    """
    helped = experiment.assistant
    tries = (_script(experiment, *how) for how in ((helped, False), (helped, True), (False, True)))
    return next(text for text in tries if len(text.splitlines()) < LINES)


def _script(experiment: Experiment, is_assisted: bool, is_tight: bool) -> str:
    facts, data = experiment.facts, experiment.data
    reading = READING.get(data.name, OWN_READING)
    imports = sorted([*IMPORTS, *reading.imports], key=lambda line: (line.startswith("from"), line))
    values = {
        "key": experiment.key,
        "but": CONTROLS_MISSING * experiment.controls + ASSISTANT_MISSING * (experiment.assistant > is_assisted),
        "packages": " ".join(sorted(["scikit-learn", "torch", *reading.packages])),
        "imports": reading.standard_imports + "\n".join(imports),
        "seeds": experiment.seeds,
        "temperature": experiment.temperature,
        "soft_weight": experiment.soft_weight,
        "left_out": experiment.left_out,
        "classes": len(facts.classes),
        "wrong": round(experiment.label_noise * facts.train),
        "unlabelled": experiment.unlabelled,
        "assistant_modules": _modules(experiment, "assistant", is_tight=True),
        **_recipe(experiment, "teacher", experiment.teacher_training, facts.train, is_tight),
        **_recipe(experiment, "student", experiment.training, experiment.labels, is_tight),
        **_source(data.name),
        "rows": facts.rows,
        "noise": data.noise,
        "data_seed": data.seed,
        "validation": facts.validation,
        "test": facts.test,
    }
    parts = {
        "reading": reading.code,
        "shuffled": WITHOUT_SOME if experiment.left_out else SHUFFLED,
        "mistakes": MISTAKES if experiment.label_noise else "",
        **(POOL if experiment.unlabelled else NO_POOL),
        **(ASSISTANT if is_assisted else NO_ASSISTANT),
    }
    text = Template(Template(SCRIPT).safe_substitute(parts)).substitute(values)
    return text.replace("\n\n\n", "\n\n") if is_tight else text


def _recipe(
    experiment: Experiment, who: Literal["teacher", "student"], training: Training, labels: int, is_tight: bool
) -> dict[str, str]:
    """How a network is written down: its modules, its optimiser, and the numbers of its training."""
    numbers = {"labels": labels, **training.model_dump(include={"epochs", "batch_size", "label_smoothing"})}
    return {
        f"{who}_modules": _modules(experiment, who, is_tight),
        f"{who}_optimizer": OPTIMIZERS[training.optimizer].format(learning_rate=training.learning_rate),
        f"{who}_numbers": ", ".join(f'"{name}": {value}' for name, value in numbers.items()),
    }


def _modules(experiment: Experiment, who: Who, is_tight: bool) -> str:
    lines = _sequential(experiment.layers(who), experiment.network(who), is_tight)
    return "\n".join(f"        {line}" for line in lines)


def _source(name: str) -> dict[str, str]:
    """Where the files of a data set come from, if it has any; of a person's own, how many columns are numbers."""
    if name not in CATALOGUE:
        return {"name": name, "numbers": own.numbers(name)}
    if name not in SOURCES:
        return {}
    files = "\n".join(f'    "{file}": "{md5}",' for file, md5 in SOURCES[name].files.items())
    return {"name": name, "url": SOURCES[name].url, "files": files}


def _sequential(layers: Sequence[Layer], network: Network, is_tight: bool) -> list[str]:
    """What stands inside `nn.Sequential(...)`: a line for each layer, or filled lines where there are many."""
    lines: list[str] = []
    for word, layer in modules(layers, network):
        written = MODULES[word].format(layer=layer, dropout=network.dropout) + ","
        if word in ("conv", "linear", "flatten"):
            lines.append(written)
        else:
            lines[-1] += " " + written
    if len(lines) <= SHORT_NETWORK and not is_tight:
        return lines
    filled = " ".join(lines)
    return [filled] if len(filled) <= WIDTH else wrap(_repeated(layers, network), WIDTH)


def _repeated(layers: Sequence[Layer], network: Network) -> str:
    """The same in fewer words: hidden layers differ in inputs and outputs only."""
    *hidden, last = layers
    each = [word for word, _layer in modules(hidden, network) if word != "flatten"]
    like = replace(hidden[0], inputs="a", outputs="b")
    block = ", ".join(
        MODULES[word].format(layer=like, dropout=network.dropout) for word in each[: len(each) // len(hidden)]
    )
    pairs = ", ".join(f"({layer.inputs}, {layer.outputs})" for layer in hidden)
    parts = [f"*(module for a, b in [{pairs}] for module in [{block}]),", MODULES["linear"].format(layer=last) + ","]
    parts.insert(network.kind == "cnn", MODULES["flatten"] + ",")
    return " ".join(parts)


SHORT_NETWORK = 4  # lines; one for each layer
WIDTH = 110  # letters of a filled line

MODULES = {
    "linear": "nn.Linear({layer.inputs}, {layer.outputs})",
    "conv": f"nn.Conv2d({{layer.inputs}}, {{layer.outputs}}, {{layer.kernel}}, padding={KERNEL // 2})",
    "pool": "nn.MaxPool2d(2)",
    "flatten": "nn.Flatten()",
    "dropout": "nn.Dropout({dropout})",
    "relu": "nn.ReLU()",
    "tanh": "nn.Tanh()",
    "gelu": "nn.GELU()",
    "sigmoid": "nn.Sigmoid()",
}

OPTIMIZERS = {
    "adam": "Adam(weights, lr={learning_rate})",
    "adamw": "AdamW(weights, lr={learning_rate}, weight_decay=0.01)",
    "sgd": "SGD(weights, lr={learning_rate}, momentum=0.9)",
}

IMPORTS = [
    "import torch",
    "from sklearn.model_selection import train_test_split",
    "from torch import nn",
    "from torch.nn import functional as F",
]


@dataclass(frozen=True)
class Reading:
    """How the script comes by x, y, test_x and test_y, the same as `data.load` does, and what it imports for that."""

    code: str
    imports: tuple[str, ...] = ()
    standard_imports: str = ""
    packages: tuple[str, ...] = ()


TEST_SPLIT = "x, test_x, y, test_y = train_test_split(x, y, test_size=$test, stratify=y, random_state=$data_seed)"

DIGITS = f"""\
# 2. The data: handwritten digits of 8x8 pixels, between 0 and 1.
x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 1, 8, 8) / 16
{TEST_SPLIT}"""

MOONS = f"""\
# 2. The data: points in the plane, on two half circles, each astray by some noise.
x, y = make_moons($rows, noise=$noise, random_state=$data_seed)
{TEST_SPLIT}"""

CIRCLES = f"""\
# 2. The data: points in the plane, on two circles, each astray by some noise.
x, y = make_circles($rows, noise=$noise, factor=0.5, random_state=$data_seed)
{TEST_SPLIT}"""

BLOBS = f"""\
# 2. The data: points in the plane, around five centres.
centres = [(0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]
x, y = make_blobs($rows, centers=centres, cluster_std=2 * $noise, random_state=$data_seed)
{TEST_SPLIT}"""

SPIRALS = f"""\
# 2. The data: points in the plane, on three arms that wind out from the middle, each astray by some noise.
random = np.random.default_rng($data_seed)
y = np.arange($rows) % 3
radius = random.uniform(0.2, 2, len(y))
angle = 2 * radius + 2 * np.pi / 3 * y
x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
x = x + $noise * random.standard_normal(x.shape)
{TEST_SPLIT}"""

TWO_CLASSES = f"""\
# 2. The data: two classes in ten dimensions, five of which tell them apart; two more are mixed from these.
x, y = make_classification($rows, 10, n_informative=5, random_state=$data_seed)
{TEST_SPLIT}"""

OWN = f"""\
# 2. The data: a table, of which the file is on the page Your data; put it beside this script.
with np.load("$name.npz") as file:
    x, y = file["x"], file["y"]
{TEST_SPLIT}
seen, _ = train_test_split(x, test_size=$validation, stratify=y, random_state=$data_seed)  # for training
middle = np.nan_to_num(np.nanmedian(seen, axis=0))  # for a number that is missing
seen, x, test_x = (np.where(np.isnan(part), middle, part) for part in (seen, x, test_x))
mean, spread = seen.mean(axis=0), seen.std(axis=0)
mean[$numbers:], spread[$numbers:] = 0, 1  # what follows the numbers is 0 or 1, and stays so
x, test_x = ((part - mean) / np.where(spread == 0, 1, spread) for part in (x, test_x))"""

PICTURES = """\
# 2. The data: pictures of 28x28 pixels, between 0 and 1. Each file has a header of 8 bytes, of pictures 16.
URL = "$url"
FILES = {
$files
}
folder = os.path.join(os.environ.get("KD_DATA_DIR") or pooch.os_cache("distillery"), "$name")
paths = [pooch.retrieve(URL + name, "md5:" + md5, name, folder) for name, md5 in FILES.items()]
x, y, test_x, test_y = (np.frombuffer(gzip.open(path).read(), np.uint8)[8:] for path in paths)
x, test_x = (pixels[8:].reshape(-1, 1, 28, 28) / np.float32(255) for pixels in (x, test_x))"""

NUMPY = "import numpy as np"
PICTURES_READING = Reading(PICTURES, (NUMPY, "import pooch"), "import gzip\nimport os\n\n", ("numpy", "pooch"))

OWN_READING = Reading(OWN, (NUMPY,), packages=("numpy",))
READING = {  # of data that come with the lab
    "digits": Reading(DIGITS, ("from sklearn.datasets import load_digits",)),
    "moons": Reading(MOONS, ("from sklearn.datasets import make_moons",)),
    "circles": Reading(CIRCLES, ("from sklearn.datasets import make_circles",)),
    "spirals": Reading(SPIRALS, (NUMPY,), packages=("numpy",)),
    "blobs": Reading(BLOBS, ("from sklearn.datasets import make_blobs",)),
    "two_classes": Reading(TWO_CLASSES, ("from sklearn.datasets import make_classification",)),
    "mnist": PICTURES_READING,
    "fashion_mnist": PICTURES_READING,
}

LINES = 100  # a script has fewer
CONTROLS_MISSING = "Its controls are not repeated. "
ASSISTANT_MISSING = "Its assistant is not repeated. "

SHUFFLED = "shuffled = torch.randperm(len(y), generator=order)"
WITHOUT_SOME = """\
seen = (~torch.isin(y, torch.tensor($left_out)) | (recipe is TEACHER)).nonzero()[:, 0]
    shuffled = seen[torch.randperm(len(seen), generator=order)]"""

MISTAKES = """
torch.manual_seed($data_seed)  # some labels of training examples name another class
y = torch.where(torch.randperm(len(y)) < $wrong, (y + torch.randint(1, $classes, y.shape)) % $classes, y)"""

NO_POOL = {
    "chosen": 'examples = shuffled[rank.argsort(stable=True)][: recipe["labels"]]'
    "  # the first of each class, the second, ...",
    "batches": 'for batch in examples[torch.randperm(len(examples), generator=order)].split(recipe["batch_size"]):',
    "hard": 'loss = F.cross_entropy(logits, y[batch], label_smoothing=recipe["label_smoothing"])',
}
POOL = {
    "chosen": """\
ranked, labels = rank.argsort(stable=True), recipe["labels"]  # the first of each class, the second, ...
    others, hears = ranked[labels:].sort().values[:$unlabelled], teacher_logits is not None and SOFT_WEIGHT > 0
    others = others if hears else ranked[torch.arange(len(others)) % labels]  # or labelled ones again
    examples = shuffled[torch.cat([ranked[:labels], others])]
    told = labels if hears else len(examples)  # the first ones have a label""",
    "batches": """\
for places in torch.randperm(len(examples), generator=order).split(recipe["batch_size"]):
            batch, weight = examples[places], (places < told) * (len(examples) / told / len(places))""",
    "hard": """\
hard = F.cross_entropy(logits, y[batch], reduction="none", label_smoothing=recipe["label_smoothing"])
            loss = weight @ hard""",
}
NO_ASSISTANT = {"assistant": "", "heading": "", "students": "", "nets": "(teacher, scratch, distilled)"}
ASSISTANT = {
    "assistant": """
ASSISTANT = STUDENT | {"net": lambda: nn.Sequential(
$assistant_modules
)}""",
    "heading": "  assistant   assisted",
    "students": """
    assistant = train(ASSISTANT, seed, teacher_logits=teacher(x))
    assisted = train(STUDENT, seed, teacher_logits=assistant(x))
    nets = teacher, scratch, distilled, assistant, assisted""",
    "nets": "nets",
}

SCRIPT = '''\
"""Does the teacher help? Knowledge distillation in plain PyTorch, one network after another.

It repeats experiment $key of Distillery: the same data, first weights and batches, so the same accuracies.
${but}Needs: pip install $packages
"""

$imports

# 1. The settings. SOFT_WEIGHT is the share of the student's loss that comes from the teacher.
torch.set_num_threads(1)
SEEDS, TEMPERATURE, SOFT_WEIGHT = range($seeds), $temperature, $soft_weight
TEACHER = {
    "net": lambda: nn.Sequential(
$teacher_modules
    ),
    "optimizer": lambda weights: torch.optim.$teacher_optimizer,
    $teacher_numbers,
}
STUDENT = {
    "net": lambda: nn.Sequential(
$student_modules
    ),
    "optimizer": lambda weights: torch.optim.$student_optimizer,
    $student_numbers,
}$assistant

$reading
x, _, y, _ = train_test_split(x, y, test_size=$validation, stratify=y, random_state=$data_seed)  # _: for validation
x, test_x = torch.tensor(x).float(), torch.tensor(test_x).float()
y, test_y = torch.tensor(y).long(), torch.tensor(test_y).long()$mistakes


# 3. The loss from soft labels: how far the student's softened answer is from the teacher's (Hinton et al. 2015).
def soft_label_loss(teacher_logits, logits):
    log_p, log_q = (F.log_softmax(z / TEMPERATURE, dim=1) for z in (teacher_logits, logits))
    return TEMPERATURE**2 * F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)


# 4. Training. The seed decides the first weights, which examples are seen, their order, and the dropout.
def train(recipe, seed, teacher_logits=None):
    torch.manual_seed(seed)
    net = recipe["net"]()
    optimizer = recipe["optimizer"](net.parameters())
    torch.manual_seed(seed)
    order = torch.Generator().manual_seed(seed)
    $shuffled
    rank = F.one_hot(y[shuffled]).cumsum(0).gather(1, y[shuffled, None])[:, 0]  # 1, 2, 3, ... within its class
    $chosen
    for _ in range(recipe["epochs"]):
        $batches
            logits = net(x[batch])
            $hard
            if teacher_logits is not None:
                loss = (1 - SOFT_WEIGHT) * loss + SOFT_WEIGHT * soft_label_loss(teacher_logits[batch], logits)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    net.eval().requires_grad_(False)  # no more dropout, no more gradients
    return lambda examples: torch.cat([net(part) for part in examples.split(1000)])  # the logits, part by part


# 5. For each seed: the teacher, the student from labels alone, and the same student from the teacher.
print("Test accuracy\\nseed    teacher    scratch  distilled$heading")
table = []
for seed in SEEDS:
    teacher = train(TEACHER, seed)
    scratch = train(STUDENT, seed)
    distilled = train(STUDENT, seed, teacher_logits=teacher(x))$students
    table.append([(net(test_x).argmax(1) == test_y).double().mean() for net in $nets])
    print(f"{seed:<4}", *(f"{accuracy:10.2%}" for accuracy in table[-1]))
print("mean", *(f"{accuracy:10.2%}" for accuracy in torch.tensor(table).mean(dim=0)))
'''
