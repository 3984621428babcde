"""Numbers too small for full precision, while a model runs."""

import sys
import threading

import numpy as np
import pytest

from pyworker.engine.process.subnormals import taken_as_zero

TINY = np.full(16, 1e-40, dtype=np.float32)


def total() -> float:
    return float((TINY * np.float32(1.0)).sum(dtype=np.float64))


@pytest.mark.skipif(sys.platform == "darwin", reason="the mode is set on Linux and Windows")
def test_they_are_zero_in_this_thread_only_and_only_meanwhile():
    others = []
    with taken_as_zero():
        inside = total()
    with pytest.raises(KeyError), taken_as_zero():
        raise KeyError
    helper = threading.Thread(target=lambda: others.append(total()))
    helper.start()
    helper.join()
    assert inside == 0.0
    assert total() > 0.0
    assert others == [total()]
