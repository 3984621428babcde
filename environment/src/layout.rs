//! Where things lie inside a Python environment, on each platform.

use std::path::{Path, PathBuf};

/// The two families of layouts. Both are known everywhere, so that either can be tested on any machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Platform {
    /// Linux, macOS and the BSDs.
    Unix,
    /// Windows.
    Windows,
}

/// The CPython minor versions (3.x) that the worker runs on.
pub const MINOR_VERSIONS: std::ops::RangeInclusive<u32> = 10..=14;

impl Platform {
    /// The platform this code was built for.
    pub const CURRENT: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// File name of the host shim.
    pub const fn shim_name(self) -> &'static str {
        match self {
            Self::Unix => "tach-host-shim",
            Self::Windows => "tach-host-shim.exe",
        }
    }
}

/// Where an environment's Python executable may be, best first. Windows: a virtual environment, then the embeddable
/// package or a plain installation.
pub fn executables(root: &Path, platform: Platform) -> Vec<PathBuf> {
    let names: &[&[&str]] = match platform {
        Platform::Unix => &[&["bin", "python3"], &["bin", "python"]],
        Platform::Windows => &[&["Scripts", "python.exe"], &["python.exe"]],
    };
    names.iter().map(|parts| root.join(parts.iter().collect::<PathBuf>())).collect()
}

/// Where the Python library of a Windows bundle that ships no `python.exe` may be, newest first. Empty elsewhere: on Unix the
/// shim's own link decides which library is loaded, the environment doesn't.
pub fn libraries(root: &Path, platform: Platform) -> Vec<PathBuf> {
    match platform {
        Platform::Unix => Vec::new(),
        Platform::Windows => MINOR_VERSIONS.rev().map(|minor| root.join(format!("python3{minor}.dll"))).collect(),
    }
}

/// The environment's folder for one of its executables: the folder above `bin` or `Scripts`, else the executable's own.
pub fn root_of_executable(python: &Path) -> PathBuf {
    let folder = python.parent().unwrap_or(Path::new(""));
    let in_folder_of_scripts =
        folder.file_name().is_some_and(|name| ["bin", "Scripts"].iter().any(|known| name.eq_ignore_ascii_case(known)));
    match folder.parent() {
        Some(above) if in_folder_of_scripts => above.to_path_buf(),
        _ => folder.to_path_buf(),
    }
}

/// The files that make a `.venv` folder the environment of a TachFileTo project.
pub fn project_marks(environment: &Path) -> [PathBuf; 3] {
    let project = environment.parent().unwrap_or(Path::new(""));
    [environment.join("pyvenv.cfg"), project.join("Cargo.toml"), project.join("pyworker").join("__init__.py")]
}
