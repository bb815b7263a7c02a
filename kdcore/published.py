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
