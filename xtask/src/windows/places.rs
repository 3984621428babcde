//! Names that the Windows lane's parts share: target, folders, the release of Python, and paths as Wine has them.

use std::path::{Path, PathBuf};

use crate::project::Project;

/// The target that is built for.
pub const TARGET: &str = "x86_64-pc-windows-gnu";
/// The release of Python that the embeddable package is of, as PyO3 and pip take it.
pub const PYTHON_MINOR: &str = "3.11";
/// The same in full: pip takes `3.11` for 3.11.0, which some packages of the lock are too new for.
pub const PYTHON_RELEASE: &str = "3.11.9";

/// Its target folder, apart from the one of this machine's own builds.
pub fn target(project: &Project) -> PathBuf {
    project.target.join("windows")
}

/// The folder of the built programs.
pub fn programs(project: &Project, profile: &str) -> PathBuf {
    target(project).join(TARGET).join(profile)
}

/// A file of this machine as Windows programs under Wine name it.
pub fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.to_string_lossy().replace('/', "\\"))
}
