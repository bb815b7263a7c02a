"""What is recognised of classes that students never saw: they know these by the soft labels of other examples alone.

Hinton, Vinyals, Dean 2015, section 3: without a single 3 the student still has an idea of it, but believes far too
rarely that it sees one. A bias mends that. Theirs was chosen on test examples; ours needs no label at all: with it the
network expects the class as often as it stands in the training set.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import logsumexp

STEPS, CLOSE = 2000, 1e-6  # of the search for a bias: at most so many, and how far from right it may end, in nats
BY_HAND = tuple(step / 2 for step in range(41))  # biases to try on the classes left out, 0 to 20

Answers = Mapping[str, np.ndarray]  # of each lane: logits (seeds, examples, classes)


def left_out(
    classes: Sequence[int],
    train_labels: np.ndarray,
    validation: Answers,
    validation_labels: np.ndarray,
    test: Answers,
    test_labels: np.ndarray,
) -> dict:
    """How often each lane is right on test examples, of all classes, those seen and those left out: as it is, and with
    a bias found on validation examples. `by_hand` is the same, on validation examples, at some biases of the classes
    left out. `classes` are these; `train_labels` are those of the whole training set, which the teacher saw.
    """
    count = next(iter(test.values())).shape[-1]
    shares = np.bincount(train_labels, minlength=count) / len(train_labels)
    is_out = np.isin(np.arange(count), classes)
    lanes = {}
    for lane, logits in test.items():
        found = bias(validation[lane], shares, is_out)
        corrected = recognised(logits + found[:, None], test_labels, is_out)
        by_hand = [recognised(validation[lane] + b * is_out, validation_labels, is_out) for b in BY_HAND]
        lanes[lane] = {
            **recognised(logits, test_labels, is_out),
            "bias": found.round(4).tolist(),
            **{f"corrected_{name}": values for name, values in corrected.items()},
            "by_hand": {name: [line[name] for line in by_hand] for name in corrected},
        }
    return {"classes": list(classes), "prior": shares.tolist(), "by_hand": list(BY_HAND), "lanes": lanes}


def bias(logits: np.ndarray, shares: np.ndarray, is_out: np.ndarray) -> np.ndarray:
    """What to add to the logit of each class left out so that, on average over examples, it is expected as often as it
    occurs; the classes that were seen keep theirs.

        mean over examples of softmax(z + b)_c = share_c     found by repeating   b_c += log(share_c / mean softmax_c)

    Each is a step up a hill with one top: sum_c share_c b_c - mean log sum_c exp(z_c + b_c), a concave function of b.
    logits (seeds, examples, classes), shares (classes,), is_out (classes,) -> (seeds, classes), in nats.
    """
    logits = logits.astype(np.float64)
    found = np.zeros((len(logits), len(shares)))
    for _step in range(STEPS):
        biased = logits + found[:, None]
        log_p = biased - logsumexp(biased, axis=-1, keepdims=True)
        gap = is_out * (np.log(shares) - (logsumexp(log_p, axis=1) - np.log(logits.shape[1])))
        found += gap
        if np.abs(gap).max() < CLOSE:
            break
    return found


def recognised(logits: np.ndarray, labels: np.ndarray, is_out: np.ndarray) -> dict[str, list[float]]:
    """The share of examples answered rightly by each seed: of all, of the classes seen, and of those left out.

    logits (seeds, examples, classes), labels (examples,), is_out (classes,).
    """
    is_right, unseen = logits.argmax(-1) == labels, is_out[labels]
    parts = {"accuracy": is_right, "seen": is_right[:, ~unseen], "unseen": is_right[:, unseen]}
    return {name: part.mean(-1).round(6).tolist() for name, part in parts.items()}
