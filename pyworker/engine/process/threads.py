"""Thread limits: one number, TACH_DOCLING_THREADS, for every pool that the engines' libraries would open."""

from __future__ import annotations

import contextlib
import os
import sys

# Read once by each library while it loads, so they must be set before the first import of NumPy or Torch.
# OpenBLAS (NumPy, SciPy) opens its threads at import; OpenMP (Torch, scikit) and MKL at the first parallel
# region; RAYON is the thread pool of the tokenizers package; DOCLING_NUM_THREADS is Docling's
# AcceleratorOptions.
_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
    "DOCLING_NUM_THREADS",
)

# Nothing may be fetched while the worker runs: a missing model is an error that names it, not a download.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # ONNX Runtime 1.32 asks DNS for its maker's host and writes a device id at the first model.
    "ORT_DISABLE_TELEMETRY": "1",
}


def usable_threads(limit: int) -> int:
    """`limit`, but no more than the processors this process may use: more threads than those only take
    turns.
    """
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(limit, processors))


def prepare_environment(limit: int) -> None:
    """Set the thread limits and the offline switches in this process's environment.

    Call it before NumPy, OpenCV, ONNX Runtime or Torch are imported: their pools are sized while they load.
    A value that the user has set for one of the libraries himself is replaced: `limit` is the worker's
    promise.
    """
    threads = str(usable_threads(limit))
    for name in _VARIABLES:
        os.environ[name] = threads
    os.environ.update(_OFFLINE)


def limit_loaded_libraries(limit: int) -> None:
    """Limit the pools of libraries that have a call for it; for those already imported, in whatever order."""
    threads = usable_threads(limit)
    cv2 = sys.modules.get("cv2")
    if cv2 is not None:
        cv2.setNumThreads(threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
        if torch.get_num_interop_threads() != threads:
            # Torch takes this only before its first parallel work; the limit above holds in any case.
            with contextlib.suppress(RuntimeError):
                torch.set_num_interop_threads(threads)
