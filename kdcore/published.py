"""Experiments from papers, as settings by dotted name: `experiment.unflatten` makes experiments of them."""

LEFT_OUT = {
    "data.name": "mnist",
    "data.labels": None,
    "teacher.widths": "1200-1200",
    "teacher.dropout": 0.4,
    "teacher_training.optimizer": "sgd",
    "teacher_training.learning_rate": 0.1,
    "teacher_training.batch_size": 256,
    "teacher_training.epochs": 12,
    "student.widths": "800-800",
    "training.batch_size": 128,
    "training.learning_rate": 1e-3,
    "training.epochs": 10,
    "temperature": 20,
    "soft_weight": 1,
    "seeds": 3,
}
"""Hinton, Vinyals, Dean 2015, section 3, but for which classes are left out: widths and temperature are theirs.

Their teacher saw jittered pictures and had a weight constraint; how long ours learn was chosen on validation examples,
among the settings that take minutes.
"""

DEEP_COMPRESSION = {
    "kept": {"1": 0.08, "3": 0.09, "5": 0.26},  # Han et al. 2015, share of each layer's weights
    "share": {"1": 0.031, "3": 0.038, "5": 0.157},  # of the layer's original bytes, after pruning and quantising
    "huffman": {"1": 0.0232, "3": 0.0304, "5": 0.1270},  # and with Huffman codes
    "errors": {"dense": 0.0164, "pruned": 0.0159, "coded": 0.0158},
    "times_fewer": 12,  # weights
    "times_smaller": 40,  # bytes
}
"""LeNet-300-100 on MNIST: Han et al. 2015 (pruned), Han, Mao, Dally 2016 (pruned, shared, Huffman-coded)."""
