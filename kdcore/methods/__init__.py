"""Ways to teach a student, one file a paper.

    from kdcore.methods import METHODS
    term = METHODS["dkd"].term(seen, METHODS["dkd"].Knobs(), {})

A method is its paper's term of a student's loss, (1 - soft_weight) * hard + soft_weight * term; see `method`.
To add one: write a file here with a class under `@register`, name the file in the list below, where all lists of
methods have their order from, and give its number, worked out by hand, to `tests/methods/test_method_golden.py`.
Everything that is told here can be read without torch, which is loaded when the first term is computed.
"""

# isort: off
from kdcore.methods import soft_targets  # noqa: F401 - a file that is read is registered
from kdcore.methods import logit_matching  # noqa: F401
from kdcore.methods import dkd  # noqa: F401
from kdcore.methods import dist  # noqa: F401
from kdcore.methods import standardised  # noqa: F401
from kdcore.methods import hints  # noqa: F401
from kdcore.methods import attention  # noqa: F401
from kdcore.methods import similarity  # noqa: F401
from kdcore.methods import relational  # noqa: F401
from kdcore.methods import contrastive  # noqa: F401
from kdcore.methods import variational  # noqa: F401
from kdcore.methods import structure  # noqa: F401
from kdcore.methods import annealed  # noqa: F401
from kdcore.methods import adversarial  # noqa: F401
from kdcore.methods import mutual  # noqa: F401
from kdcore.methods import born_again  # noqa: F401
from kdcore.methods import several  # noqa: F401
from kdcore.methods import early_teacher  # noqa: F401
from kdcore.methods import label_smoothing  # noqa: F401
from kdcore.methods import confidence_penalty  # noqa: F401

# isort: on
from kdcore.methods.method import KINDS, METHODS, NEEDS, Method, Seen, named, register

__all__ = ["KINDS", "METHODS", "NEEDS", "Method", "Seen", "named", "register"]
