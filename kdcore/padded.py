"""Networks of different widths in one cohort: a narrow one lies in the corner of a wide one, with zeros around it.

    W_wide = [W 0]     b_wide = [b]
             [0 0]              [0]

A hidden unit without weights answers a(0), which is 0 for ReLU, tanh and GELU; so nothing comes of it, and no gradient
comes to its weights, neither to those before it nor to those behind it: what is 0 stays 0, whatever the optimiser. The
narrow network computes and learns just what it would alone, and so do channels of a convolution. But sigmoid answers
1/2, and dropout would draw other masks.

Is it faster? A step of a small cohort costs time before it computes anything, and that is paid once, not once a width;
the zeros are computed with. `together` weighs one against the other.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kdcore.experiment import Network

if TYPE_CHECKING:
    from torch import nn

Widths = tuple[int, ...]


def fits(network: Network) -> bool:
    """Whether networks like this may lie in wider ones."""
    return network.activation != "sigmoid" and not network.dropout


def widest(networks: list[Widths]) -> Widths:
    """The hidden layers of the smallest network in which all of these lie; they have equally many."""
    return tuple(max(widths) for widths in zip(*networks, strict=True))


def together(members: Mapping[Widths, int], price: Callable[[Widths, int], float]) -> list[list[Widths]]:
    """Which widths share a cohort, so that training costs least; all with equally many hidden layers.

    `members` tells how many networks each has, `price(widths, members)` what a cohort costs, as in `cost.step`. Sorted
    by width, only neighbours are put together: best[n], the cheapest way for the first n, ends in some last cohort.
    """
    found = sorted(members, key=lambda widths: (sum(widths), widths))

    def of(cohort: list[Widths]) -> float:
        return price(widest(cohort), sum(members[widths] for widths in cohort))

    best: list[tuple[float, list[list[Widths]]]] = [(0.0, [])]
    for end in range(1, len(found) + 1):
        ways = [(best[start][0] + of(found[start:end]), [*best[start][1], found[start:end]]) for start in range(end)]
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]


def widened(net: "nn.Sequential", wide: "nn.Sequential") -> "nn.Sequential":
    """The wide network, made to hold the narrow one: its own weights are lost."""
    for narrow, around in zip(net.parameters(), wide.parameters(), strict=True):
        around.data.zero_()[tuple(map(slice, narrow.shape))] = narrow.data
    return wide


def narrowed(wide: "nn.Sequential", net: "nn.Sequential") -> "nn.Sequential":
    """The narrow network, given the weights that it has in the wide one."""
    for narrow, around in zip(net.parameters(), wide.parameters(), strict=True):
        narrow.data.copy_(around.data[tuple(map(slice, narrow.shape))])
    return net
