//! The ordered list of places to look at, decided from a process's surroundings without touching the file system.

use std::env;
use std::path::{Path, PathBuf};

use crate::layout::Platform;
use crate::source::Source;

/// What the decision is made from.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The path that the caller gave.
    pub explicit: Option<PathBuf>,
    /// The value of the variable that names the thing looked for.
    pub variable: Option<PathBuf>,
    /// The running executable.
    pub executable: Option<PathBuf>,
    /// The value of `VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// The current directory.
    pub current_dir: Option<PathBuf>,
}

impl Surroundings {
    /// The surroundings of the running process; `variable` is the environment variable that names the thing looked for.
    /// Relative paths are made absolute, empty variables count as unset.
    pub fn of_this_process(explicit: Option<&Path>, variable: &str) -> Self {
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let path_in = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from).map(absolute);
        Self {
            explicit: explicit.map(Path::to_path_buf).map(absolute),
            variable: path_in(variable),
            executable: env::current_exe().ok(),
            virtual_env: path_in("VIRTUAL_ENV"),
            current_dir: env::current_dir().ok(),
        }
    }
}

/// One place to look at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// What names this place.
    pub source: Source,
    /// For Python: the environment's folder, or where [`Candidate::must_exist`] perhaps an executable. For the shim: the executable.
    pub path: PathBuf,
}

impl Candidate {
    /// Whether a person named this very path, so that passing it over would hide a mistake.
    pub fn must_exist(&self) -> bool {
        matches!(self.source, Source::Explicit | Source::TachPython)
    }
}

/// The places where the Python environment may be, best first.
pub fn python(surroundings: &Surroundings) -> Vec<Candidate> {
    let mut candidates = named(surroundings);
    let mut add = |source, path: PathBuf| {
        if candidates.iter().all(|known| known.path != path) {
            candidates.push(Candidate { source, path });
        }
    };
    let beside = surroundings.executable.as_deref().and_then(Path::parent);
    if let Some(folder) = beside {
        add(Source::BesideExecutable, folder.join("python"));
    }
    if let Some(folder) = &surroundings.virtual_env {
        add(Source::VirtualEnv, folder.clone());
    }
    for start in [beside, surroundings.current_dir.as_deref()].into_iter().flatten() {
        for folder in start.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
            add(Source::Project, folder.join(".venv"));
        }
    }
    candidates
}

/// The places where the shim's executable may be, best first. The folder above the executable's own is one of them because
/// cargo puts tests and examples into folders inside the one it puts binaries into.
pub fn shim(surroundings: &Surroundings, platform: Platform) -> Vec<Candidate> {
    let mut candidates = named(surroundings);
    if let (Platform::Windows, Some(folder)) = (platform, surroundings.executable.as_deref().and_then(Path::parent)) {
        // Windows finds a program's DLLs in the program's own folder, so a bundle has its shim beside python3xx.dll.
        let path = folder.join("python").join(platform.shim_name());
        candidates.push(Candidate { source: Source::BesideExecutable, path });
    }
    let folders = surroundings.executable.iter().flat_map(|executable| executable.ancestors().skip(1).take(2));
    candidates.extend(
        folders.map(|folder| Candidate { source: Source::BesideExecutable, path: folder.join(platform.shim_name()) }),
    );
    candidates
}

fn named(surroundings: &Surroundings) -> Vec<Candidate> {
    let explicit = surroundings.explicit.iter().map(|path| (Source::Explicit, path));
    let variable = surroundings.variable.iter().map(|path| (Source::TachPython, path));
    explicit.chain(variable).map(|(source, path)| Candidate { source, path: path.clone() }).collect()
}
