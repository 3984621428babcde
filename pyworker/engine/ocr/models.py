"""OCR models on ONNX Runtime: the ones in RapidOCR's wheel, and recognition models that a user adds.

A recognition model is added by putting its `.onnx` file into the folder `ocr` of TACH_DOCLING_ARTIFACTS. It
must be a CTC text-line model as PaddleOCR and RapidOCR export them: input N x 3 x height x width (BGR, -1 to
1), output N x steps x classes, class 0 the blank. Its characters stand in the model's metadata (`character`,
one a line), or in a text file of the same name with the ending `.txt`.
"""

from __future__ import annotations

import importlib.util
import threading
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyworker.engine.ocr.languages import readable
from pyworker.engine.ocr.pace import Pace
from pyworker.engine.ocr.recognition import Recognised, decode, scaled
from pyworker.engine.process.subnormals import taken_as_zero
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"
DIRECTION = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
ADDED_FOLDER = "ocr"
DEFAULT_HEIGHT = 48
GROW_BY_NEED = 1
"""kSameAsRequested, in ONNX Runtime."""


def open_session(path: Path, threads: int, *, blocked: bool = True) -> Any:
    """An onnxruntime.InferenceSession on `path` that uses `threads` threads and keeps no memory between runs.

    `blocked`: its layers are kept in blocks of as many channels as the processor handles at once, which suits a model
    whose layers have a multiple of that number.
    Raises EngineUnavailable that names the file where it does not load.
    """
    import onnxruntime

    # On Windows the variable ORT_DISABLE_TELEMETRY alone does not stop it.
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    _share_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    # Planned ahead, the buffers of a run are one block that is larger than what is in use at once, by 50 MB for a page.
    options.enable_mem_pattern = False
    if not blocked:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    # Threads that wait for work must not keep a core busy: other programs run on this machine too.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exception classes share no public base
        raise EngineUnavailable(f"the OCR model {path} does not load: {error}", path=str(path)) from error


@cache
def _share_arena() -> None:
    """Gives the sessions of this process one arena: while a model runs, a layer takes the memory of earlier ones.

    Without it the system clears new memory for each layer, 0.5 GB for the lines of a page and 0.2 GB for the text of a
    line: a third and half of the time. Grown by what a layer needs, not to the next power of two, it takes 40 MB more
    than the layers that are in use at once; `run` gives it back.
    """
    import onnxruntime

    onnxruntime.create_and_register_allocator(
        onnxruntime.OrtMemoryInfo(
            "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
        ),
        onnxruntime.OrtArenaCfg({"arena_extend_strategy": GROW_BY_NEED}),
    )


def run(session: Any, pixels: Any, context: RequestContext) -> Any:
    """The first output of a model with one input.

    The run is stopped when the deadline passes, and DeadlinePassed raised: on a busy machine a single one may
    take seconds, and a worker that comes back late is taken for wedged and ended.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    stop = threading.Timer(max(0.0, context.remaining()), setattr, (options, "terminate", True))
    stop.daemon = True
    stop.start()
    try:
        with taken_as_zero():
            return session.run(None, {session.get_inputs()[0].name: pixels}, options)[0]
    except Exception:  # onnxruntime's own exception classes share no public base
        context.check()
        raise
    finally:
        stop.cancel()


def bundled(name: str) -> Path:
    """Path of a model in RapidOCR's wheel."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise EngineUnavailable("rapidocr is not installed in this Python environment")
    path = Path(spec.origin).parent / "models" / name
    if not path.is_file():
        raise EngineUnavailable(f"the OCR model {path} is missing; install rapidocr again", path=str(path))
    return path


class RecognitionModel:
    """One recognition model: loaded at its first use."""

    def __init__(self, path: Path, threads: int) -> None:
        self.path = path
        self.pace = Pace()
        self._threads = threads

    def recognise(self, line: Any, context: RequestContext) -> Recognised:
        """The text in `line`, an upright picture (NumPy array, height x width x 3, blue-green-red) of one
        line.
        """
        pixels, padding = scaled(line, self.height)
        return decode(run(self.session, pixels, context)[0], self.characters, padding)

    @cached_property
    def session(self) -> Any:
        """The onnxruntime.InferenceSession."""
        return open_session(self.path, self._threads)

    @cached_property
    def characters(self) -> list[str]:
        """The character of each class; class 0 is the CTC blank, given as an empty string."""
        metadata = self.session.get_modelmeta().custom_metadata_map
        beside = self.path.with_suffix(".txt")
        if beside.is_file():
            text = beside.read_text(encoding="utf-8")
        elif "character" in metadata:
            text = metadata["character"]
        else:
            raise EngineUnavailable(
                f"the OCR model {self.path} has no character list; put one, a character a line, "
                f"into {beside}",
                path=str(self.path),
            )
        # Only line feeds part the list: characters such as U+2028 are entries.
        entries = [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
        classes = self.session.get_outputs()[0].shape[-1]
        if not isinstance(classes, int) or classes == len(entries) + 2:
            # PaddleOCR's lists leave out the space, which is the last class.
            entries.append(" ")
        if isinstance(classes, int) and classes != len(entries) + 1:
            raise EngineUnavailable(
                f"the OCR model {self.path} has {classes} classes, but {len(entries)} characters are listed for it",
                path=str(self.path),
            )
        return ["", *entries]

    @cached_property
    def height(self) -> int:
        """Pixels that a line must be high."""
        height = self.session.get_inputs()[0].shape[2]
        return height if isinstance(height, int) else DEFAULT_HEIGHT

    @cached_property
    def languages(self) -> list[str]:
        """Codes of the languages whose letters it knows, all of them."""
        return readable(self.characters)
