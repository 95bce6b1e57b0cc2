"""Temperature: distributions made sharper or flatter (Ackley, Hinton and Sejnowski, Cognitive Science 9, 1985)."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Share = TypeVar("Share", np.float32, np.float64)


def tempered(share: NDArray[Share], temperature: float) -> NDArray[Share]:
    """Every distribution raised to 1 / temperature and made to sum to 1 again; those of no mass stay empty.

    Args:
        share: distributions along the last axis, shape (…, codes).
        temperature: above 0; 1 changes nothing.

    >>> tempered(np.array([0.2, 0.4, 0.4]), 0.5).round(3).tolist()
    [0.111, 0.444, 0.444]
    """
    if temperature == 1.0:
        return share
    wide = share.astype(np.float64)
    most = wide.max(axis=-1, keepdims=True)
    raised = (wide / np.where(most > 0, most, 1.0)) ** (1.0 / temperature)
    total = raised.sum(axis=-1, keepdims=True)
    return (raised / np.where(total > 0, total, 1.0)).astype(share.dtype)
