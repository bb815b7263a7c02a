"""Where the lessons come from, in words, where that is not as usual: other data for the teacher, fewer classes for the
student, or inputs without labels."""

import streamlit as st

from kdcore.experiment import Experiment
from kdcore.words import N_, _

TEACHERS = {
    "mnist_small": N_("The teacher learns from MNIST, shrunk to 8x8 pixels"),
    "rotated": N_("The teacher learns from the same pictures, each turned by up to 45 degrees"),
    "noisy": N_("The teacher learns from the same pictures, with noise on every pixel"),
    "inverted": N_("The teacher learns from the same pictures, white for black"),
}
INPUTS = {
    "unlabelled": N_("examples without their labels"),
    "blends": N_("blends of two training examples each"),
    "noise": N_("noise, with the mean and the spread that each input has in the training examples"),
}


def source(experiment: Experiment) -> None:
    """A caption for an experiment of which there is something to be told."""
    if told := sentences(experiment):
        st.caption(" ".join(told))


def sentences(experiment: Experiment) -> list[str]:
    """What is to be known to read its numbers rightly."""
    told = []
    if experiment.teacher_data != "same":
        told.append(_(TEACHERS[experiment.teacher_data]) + _(", and is measured, as all are, on those of the student."))
    if experiment.classes:
        words = _("The teacher knows {count} classes; the student, and what all lanes are measured on, only {names}.")
        told.append(words.format(count=len(experiment.facts.classes), names=", ".join(map(_, experiment.class_names))))
    if experiment.inputs != "own":
        words = _(
            "The distilled student has no label: it hears what the teacher says of {inputs}. The student from labels, "
            "which learns from as many labelled examples, is there for comparison."
        )
        told.append(words.format(inputs=_(INPUTS[experiment.inputs])))
    return told
