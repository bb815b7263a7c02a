"""Advice from measured numbers: what fits, in which order, and why the rest does not."""

import pytest

from kdcore.advice import DEVICES, PRIORITIES, Device, Need, advise, is_faster, memory, offers, smallest
from kdcore.compression import Compression
from kdcore.experiment import unflatten

HUGE = Device(1e9, 1e9)
LAYER = {"name": "1", "kind": "linear", "shape": [10, 64]}


def variant(name: str, accuracy: float, size: int, ms: float = 0.01, flops: int = 10, parent: str = "") -> dict:
    """The row of a variant with two seeds, a point of accuracy apart."""
    return {
        "event": "variant",
        "name": name,
        "parent": parent if name else None,
        "val_accuracy": [accuracy - 0.005, accuracy + 0.005],
        "size_bytes": [size, size],
        "latency_ms": {"1": [ms, ms, 1.1 * ms]},
        "seconds": flops / 10,
        "training_flops": flops,
        "layers": [LAYER],
    }


ROWS = [
    {"event": "started", "compression": Compression().model_dump(mode="json")},
    variant("", 0.97, 340_000, ms=0.02, flops=1000),
    variant("prune:sparsity=0.8", 0.975, 340_000, ms=0.02),
    variant("prune:sparsity=0.8+code", 0.975, 80_000, ms=0.02, flops=0, parent="prune:sparsity=0.8"),
    variant("quantize:bits=4", 0.965, 45_000, ms=0.0199, flops=0),
    variant("quantize:bits=1", 0.5, 12_000, ms=0.02, flops=0),
    variant("distil:widths=16", 0.962, 5_000, ms=0.005, flops=30),
]


@pytest.mark.parametrize(
    ("priority", "first"),
    [
        ("size", "distil:widths=16"),
        ("speed", "distil:widths=16"),
        ("accuracy", "prune:sparsity=0.8+code"),
        ("effort", ""),
    ],
)
def test_what_matters_decides_who_is_first(priority, first):
    found = advise(ROWS, Need(HUGE, priority))
    assert found.fits[0].name == first
    assert found.better(found.fits[0], priority) is None, "there is nothing better than the first"


def test_what_loses_too_much_does_not_fit_however_small():
    found = advise(ROWS, Need(HUGE, "size", may_lose=0.01))
    assert [(offer.name, reasons) for offer, reasons in found.others] == [("quantize:bits=1", ("accuracy",))]
    assert advise(ROWS, Need(HUGE, "size", may_lose=1.0)).fits[0].name == "distil:widths=16"


def test_each_reason_is_told():
    found = advise(ROWS, Need(Device(6_000, 1_000), "size", may_lose=0.0))
    reasons = {offer.name: why for offer, why in found.others}
    assert not found.fits
    assert reasons["distil:widths=16"] == ("accuracy",)
    assert reasons["prune:sparsity=0.8"] == ("flash",)
    assert reasons["prune:sparsity=0.8+code"] == ("flash", "ram")
    assert reasons["quantize:bits=1"] == ("flash", "ram", "accuracy")


def test_without_measurements_there_is_no_advice():
    for rows in ([], ROWS[:1]):
        found = advise(rows, Need(HUGE))
        assert (found.fits, found.others) == ((), ())
        assert smallest(rows, 0.01) is None


def test_a_loss_is_paired_over_seeds():
    (pruned,) = [offer for offer in offers(ROWS) if offer.name == "prune:sparsity=0.8"]
    assert pruned.lost.mean == pytest.approx(-0.005)
    assert pruned.lost.half_width == pytest.approx(0, abs=1e-9), "what the seeds share cancels"


def test_learning_counts_from_the_teacher_on():
    effort = {offer.name: (offer.training_flops, offer.seconds) for offer in offers(ROWS)}
    assert effort[""] == (0, 0)
    assert effort["prune:sparsity=0.8+code"] == (10, 1), "that of the pruned one"
    assert effort["distil:widths=16"] == (30, 3)


def test_operations_decide_on_effort_and_not_the_clock():
    long = variant("low_rank", 0.97, 90_000, flops=5) | {"seconds": 1e6}
    found = advise([*ROWS, long], Need(HUGE, "effort"))
    names = [offer.name for offer in found.fits]
    assert names.index("low_rank") < names.index("prune:sparsity=0.8")


def test_one_slow_repetition_does_not_make_a_network_slow_nor_the_fastest():
    rows = [*ROWS, variant("deploy", 0.99, 90_000) | {"latency_ms": {"1": [0.02, 0.02, 9.0]}}]
    assert offers(rows)[-1].latency_ms == 0.02
    assert advise(rows, Need(HUGE, "speed")).fits[0].name == "distil:widths=16"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([1.0, 1.1, 1.2], [1.4, 1.5, 1.6], True),
        ([1.0, 1.1, 1.2], [1.1, 1.2, 1.3], False),
        ([1.0, 1.1, 1.2], [1.4, 1.5, 9.0], True),
        ([1.0, 1.1, 9.0], [1.4, 1.5, 1.6], False),
        ([1.4, 1.5, 1.6], [1.0, 1.1, 1.2], False),
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], False),
    ],
)
def test_faster_is_who_was_so_each_time(ours, theirs, expected):
    assert is_faster(ours, theirs) == expected


def test_the_noise_of_a_clock_decides_nothing():
    found = advise(ROWS, Need(HUGE, "speed"))
    first, second, third, *_others = (offer.name for offer in found.fits)
    assert first == "distil:widths=16"
    assert (second, third) == ("prune:sparsity=0.8+code", "prune:sparsity=0.8"), "as fast as 4 bits, and more accurate"
    assert {other: found.better(found.fits[1], other) for other in PRIORITIES}["speed"] == found.fits[0]
    (rounded,) = [offer for offer in found.fits if offer.name == "quantize:bits=4"]
    assert not rounded.beats(found.fits[1], "speed")


def test_the_smallest_that_is_about_as_good():
    assert smallest(ROWS, 0.01).name == "distil:widths=16"
    assert smallest(ROWS, 0.006).name == "quantize:bits=4"
    assert smallest(ROWS[:2], 0.01).name == ""


def test_memory_is_inputs_and_outputs_of_the_largest_layer_and_what_is_unpacked():
    layers = [LAYER, {"name": "3", "kind": "linear", "shape": [50, 10]}]
    assert memory(layers, (1, 8, 8), is_packed=False) == 4 * (64 + 10)
    assert memory(layers, (1, 8, 8), is_packed=True) == 4 * (64 + 10 + 640)


def test_memory_of_convolutions_counts_places_and_pooling():
    def conv(outputs: int, inputs: int, side: int = 3) -> dict:
        return {"name": "", "kind": "conv", "shape": [outputs, inputs, side, side]}

    assert memory([conv(4, 1)], (1, 8, 8), is_packed=False) == 4 * 64 * 5
    wide = [conv(4, 1), conv(100, 4)]
    assert memory(wide, (1, 8, 8), is_packed=False) == 4 * 16 * 104, "pooled to 4 x 4"
    assert memory([conv(2, 1), conv(4, 2, 1), conv(100, 4)], (1, 8, 8), is_packed=False) == 4 * 16 * 104, "low rank"
    assert memory([conv(4, 1), conv(8, 4), conv(500, 8)], (1, 7, 7), is_packed=False) == 4 * 1 * 508, "7, 3, 1"


def test_quantised_shared_and_coded_weights_are_unpacked_and_deployed_ones_are_not():
    row = variant("deploy", 0.97, 90_000)
    sizes = {offer.name: offer.ram_bytes for offer in offers([*ROWS, row])}
    plain, unpacked = 4 * (64 + 10), 4 * (64 + 10 + 640)
    assert (sizes[""], sizes["deploy"], sizes["prune:sparsity=0.8"]) == (plain, plain, plain)
    assert (sizes["quantize:bits=4"], sizes["prune:sparsity=0.8+code"]) == (unpacked, unpacked)


def test_two_dimensional_data_are_no_pictures():
    order = Compression(experiment=unflatten({"data.name": "moons"}))
    rows = [{"event": "started", "compression": order.model_dump(mode="json")}, *ROWS[1:2]]
    assert offers(rows)[0].ram_bytes == 4 * (64 + 10)


def test_devices_come_from_small_to_large():
    rooms = [device.flash_bytes for device in DEVICES.values()]
    assert rooms == sorted(rooms)
    assert DEVICES["microcontroller"] == Device(256_000, 64_000)
