//! Finds the two things a worker can't start without: its Python environment and the host shim.
//!
//! One order of places holds for the supervisor, the shim and `cargo xtask` alike:
//!
//! | # | place | source |
//! | --- | --- | --- |
//! | 1 | the path that the caller gives | [`Source::Explicit`] |
//! | 2 | `TACH_PYTHON`: an environment's folder, or a Python executable | [`Source::TachPython`] |
//! | 3 | `python/` beside the running executable (a bundle) | [`Source::BesideExecutable`] |
//! | 4 | `VIRTUAL_ENV`: the environment that is activated | [`Source::VirtualEnv`] |
//! | 5 | `.venv` of the project around the executable, then of the one around the current directory | [`Source::Project`] |
//!
//! A path that is named (1 and 2) is used or refused, never passed over: falling back from a mistyped path would
//! hide the mistake. The other places are passed over where nothing is there.
//!
//! [`candidates`] decides the order and reads nothing; [`layout`] knows how environments are laid out; this file asks
//! the file system.

pub mod candidates;
pub mod layout;
mod not_found;
mod source;

use std::path::{Path, PathBuf};

use candidates::{Candidate, Surroundings};
use layout::Platform;
pub use not_found::{Looked, NotFound, Wanted};
pub use source::{Source, TACH_HOST_SHIM, TACH_PYTHON};

/// A Python environment that a host can embed or run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PythonEnvironment {
    /// The environment's folder (`sys.prefix`), absolute, links not resolved.
    pub root: PathBuf,
    /// Its Python executable, links not resolved: a virtual environment is known by this very path. In a Windows bundle
    /// without `python.exe` it is the path that executable would have, which is what an embedding host needs.
    pub python: PathBuf,
    /// Where it was found.
    pub source: Source,
}

/// Finds the worker's Python environment.
///
/// # Errors
/// [`NotFound`] with every place looked at, why it was passed over, and what to do.
pub fn find_python(explicit: Option<&Path>) -> Result<PythonEnvironment, NotFound> {
    let surroundings = Surroundings::of_this_process(explicit, TACH_PYTHON);
    first_python(&candidates::python(&surroundings), Platform::CURRENT, &|path| path.is_file(), &|path| path.is_dir())
}

/// Finds the host shim's executable.
///
/// # Errors
/// [`NotFound`] with every place looked at, why it was passed over, and what to do.
pub fn find_shim(explicit: Option<&Path>) -> Result<PathBuf, NotFound> {
    let surroundings = Surroundings::of_this_process(explicit, TACH_HOST_SHIM);
    first_shim(&candidates::shim(&surroundings, Platform::CURRENT), &|path| path.is_file())
}

type Probe<'a> = &'a dyn Fn(&Path) -> bool;

fn first_python(
    candidates: &[Candidate],
    platform: Platform,
    is_file: Probe<'_>,
    is_dir: Probe<'_>,
) -> Result<PythonEnvironment, NotFound> {
    let mut looked = Vec::new();
    for candidate in candidates {
        match python_at(candidate, platform, is_file, is_dir) {
            Ok((root, python)) => return Ok(PythonEnvironment { root, python, source: candidate.source }),
            Err(reason) => looked.push(Looked { candidate: candidate.clone(), reason }),
        }
        if candidate.must_exist() {
            break;
        }
    }
    Err(NotFound { wanted: Wanted::Python, looked })
}

fn python_at(
    candidate: &Candidate,
    platform: Platform,
    is_file: Probe<'_>,
    is_dir: Probe<'_>,
) -> Result<(PathBuf, PathBuf), &'static str> {
    let path = &candidate.path;
    if is_file(path) {
        return if candidate.must_exist() {
            Ok((layout::root_of_executable(path), path.clone()))
        } else {
            Err("is a file, not an environment's folder")
        };
    }
    if !is_dir(path) {
        return Err("does not exist");
    }
    // Any folder may be called .venv: only one that is in our project, and that was finished, is the project's.
    if candidate.source == Source::Project && !layout::project_marks(path).iter().all(|mark| is_file(mark)) {
        return Err("is not the environment of a TachFileTo project");
    }
    if let Some(python) = layout::executables(path, platform).into_iter().find(|python| is_file(python)) {
        return Ok((path.clone(), python));
    }
    if layout::libraries(path, platform).iter().any(|library| is_file(library)) {
        return Ok((path.clone(), path.join("python.exe")));
    }
    Err("holds no Python executable")
}

fn first_shim(candidates: &[Candidate], is_file: Probe<'_>) -> Result<PathBuf, NotFound> {
    let mut looked = Vec::new();
    for candidate in candidates {
        if is_file(&candidate.path) {
            return Ok(candidate.path.clone());
        }
        looked.push(Looked { candidate: candidate.clone(), reason: "is not a file" });
        if candidate.must_exist() {
            break;
        }
    }
    Err(NotFound { wanted: Wanted::Shim, looked })
}

#[cfg(test)]
mod tests;
