//! Which places are looked at, and the variables that name two of them.

/// Variable that names the Python environment: its folder, or a Python executable in it.
pub const TACH_PYTHON: &str = "TACH_PYTHON";
/// Variable that names the host shim's executable.
pub const TACH_HOST_SHIM: &str = "TACH_HOST_SHIM";

/// Which of the places an environment came from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Source {
    /// The path that the caller gave.
    Explicit,
    /// `TACH_PYTHON` (for the shim: `TACH_HOST_SHIM`).
    TachPython,
    /// `python/` beside the running executable (for the shim: beside it, or one folder up).
    BesideExecutable,
    /// `VIRTUAL_ENV`.
    VirtualEnv,
    /// `.venv` of the project that holds the executable or the current directory.
    Project,
}
