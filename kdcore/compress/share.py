"""Weight sharing: the weights of a layer get few values in common, and a code each that says which.

    minimise sum_c sum_{w in c} (w - value_c)^2        over 2^bits clusters c of one-dimensional points: k-means

Han, Mao, Dally 2016, "Deep Compression", section 3: the clusters begin evenly spaced between the smallest and the
largest weight ("linear"), as the few large weights matter most and would be overlooked by a random start.
"""

import numpy as np

from kdcore.compress.coded import Coded
from kdcore.words import _

MOST_BITS = 8


def share(array: np.ndarray, bits: int) -> Coded:
    """The weights with at most 2^bits values, their codebook sorted.

    Zeros stay: where there are some, 0 is one of the values, and so one cluster fewer is left to the others. If there
    are no more values than clusters, all stay as they are. Raises ValueError for bits outside 1 to 8.
    """
    if not 1 <= bits <= MOST_BITS:
        raise ValueError(_("bits is {bits}: shared weights take 1 to {most} bits").format(bits=bits, most=MOST_BITS))
    is_zero = array == 0
    others = array[~is_zero]
    shared = array + np.float32(0)  # a copy, where -0 is 0
    shared[~is_zero] = _clustered(others, 2**bits - bool(is_zero.any()))
    codebook, codes = np.unique(shared, return_inverse=True)
    return Coded(codes.reshape(array.shape).astype(np.int32), bits, codebook=codebook)


def _clustered(weights: np.ndarray, clusters: int) -> np.ndarray:
    """Each weight's value in common with its cluster."""
    if len(np.unique(weights)) <= clusters:
        return weights
    from sklearn.cluster import KMeans  # the screen, which knows this module too, does without

    linear = np.linspace(weights.min(), weights.max(), clusters, dtype=np.float64)
    found = KMeans(clusters, init=linear[:, None], n_init=1).fit(weights[:, None].astype(np.float64))
    return found.cluster_centers_.astype(np.float32)[found.labels_, 0]
