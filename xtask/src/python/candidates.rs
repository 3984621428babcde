//! The interpreters worth asking, in order, decided from the search path and the usual folders.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use tach_environment::layout::Platform;

/// Minor versions of CPython 3 in the order they are wanted: the newest that all of the locked packages have long been
/// released for, then older ones, then the newest of all.
const MINOR_VERSIONS: [u32; 5] = [13, 12, 11, 10, 14];

/// An interpreter worth asking.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The program.
    pub program: PathBuf,
    /// What to put before any other argument: the version switch of Windows' `py`.
    pub arguments: Vec<String>,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.program.display())?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

/// What the decision is made from.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The interpreter that the user named: then the only candidate.
    pub named: Option<PathBuf>,
    /// The folders of PATH.
    pub search_path: Vec<PathBuf>,
    /// Folders of whole installations that version managers keep, best first.
    pub installations: Vec<PathBuf>,
    /// Decides the names of programs.
    pub platform: Platform,
}

impl Surroundings {
    /// The surroundings on this machine.
    pub fn of_this_machine(named: Option<PathBuf>) -> Self {
        let search_path = env::var_os("PATH").map(|value| env::split_paths(&value).collect()).unwrap_or_default();
        let installations = manager_folders().iter().flat_map(|folder| newest_first(folder)).collect();
        Self { named, search_path, installations, platform: Platform::CURRENT }
    }
}

/// The folders in which pyenv, uv and the Windows installer keep one folder for each version.
fn manager_folders() -> Vec<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = env::home_dir();
    let below_home = |parts: &str| home.as_ref().map(|home| home.join(parts));
    let (pyenv, uv, installer) = match Platform::CURRENT {
        Platform::Unix => (
            folder("PYENV_ROOT").or_else(|| below_home(".pyenv")),
            folder("XDG_DATA_HOME").or_else(|| below_home(".local/share")).map(|data| data.join("uv/python")),
            None,
        ),
        Platform::Windows => (
            folder("PYENV_ROOT").or_else(|| folder("PYENV")).or_else(|| below_home(".pyenv/pyenv-win")),
            folder("APPDATA").map(|data| data.join("uv/python")),
            folder("LOCALAPPDATA").map(|data| data.join("Programs/Python")),
        ),
    };
    let uv = folder("UV_PYTHON_INSTALL_DIR").or(uv);
    [pyenv.map(|root| root.join("versions")), uv, installer].into_iter().flatten().collect()
}

fn newest_first(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<_> = entries.map(|entry| entry.path()).collect();
    // Numbers in names compare as numbers: 3.9 is older than 3.13.
    found.sort_by_key(|path| std::cmp::Reverse(numbers(&path.to_string_lossy())));
    found
}

fn numbers(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The interpreters worth asking, best first. Every match of a name on PATH counts, not only the first: the first may be
/// a version manager's shim that only says that this version isn't chosen.
pub fn candidates(surroundings: &Surroundings, is_file: &dyn Fn(&Path) -> bool) -> Vec<Candidate> {
    let plain = |program: PathBuf| Candidate { program, arguments: Vec::new() };
    if let Some(named) = &surroundings.named {
        return vec![plain(named.clone())];
    }
    let windows = surroundings.platform == Platform::Windows;
    let suffix = if windows { ".exe" } else { "" };
    let on_path = |name: &str| {
        let file = format!("{name}{suffix}");
        surroundings.search_path.iter().map(move |folder| folder.join(&file)).filter(|path| is_file(path))
    };
    let mut found = Vec::new();
    for minor in MINOR_VERSIONS {
        if windows {
            let switch = vec![format!("-3.{minor}")];
            found.extend(on_path("py").take(1).map(|program| Candidate { program, arguments: switch.clone() }));
        }
        found.extend(on_path(&format!("python3.{minor}")).map(plain));
    }
    for name in ["python3", "python"] {
        found.extend(on_path(name).map(plain));
    }
    let executable = if windows { "python.exe" } else { "bin/python3" };
    found.extend(
        surroundings.installations.iter().map(|folder| folder.join(executable)).filter(|path| is_file(path)).map(plain),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(platform: Platform) -> Surroundings {
        Surroundings {
            named: None,
            search_path: vec!["/shims".into(), "/usr/bin".into()],
            installations: vec!["/pyenv/3.13.0".into(), "/pyenv/3.9.18".into()],
            platform,
        }
    }

    fn found(surroundings: &Surroundings, files: &[&str]) -> Vec<String> {
        let is_file = |path: &Path| files.iter().any(|file| Path::new(file) == path);
        candidates(surroundings, &is_file).iter().map(|candidate| candidate.to_string().replace('\\', "/")).collect()
    }

    #[test]
    fn versions_by_preference_then_plain_names_then_version_managers() {
        let files = [
            "/usr/bin/python",
            "/usr/bin/python3",
            "/usr/bin/python3.14",
            "/usr/bin/python3.11",
            "/shims/python3.11",
            "/shims/python3.13",
            "/pyenv/3.13.0/bin/python3",
        ];
        let expected = [
            "/shims/python3.13",
            "/shims/python3.11",
            "/usr/bin/python3.11",
            "/usr/bin/python3.14",
            "/usr/bin/python3",
            "/usr/bin/python",
            "/pyenv/3.13.0/bin/python3",
        ];
        assert_eq!(found(&surroundings(Platform::Unix), &files), expected);
    }

    #[test]
    fn a_named_interpreter_is_the_only_candidate_even_where_it_is_missing() {
        let named = Surroundings { named: Some("/mine/python".into()), ..surroundings(Platform::Unix) };
        assert_eq!(found(&named, &["/usr/bin/python3"]), ["/mine/python"]);
    }

    #[test]
    fn windows_asks_its_launcher_for_each_version() {
        let files = ["/usr/bin/py.exe", "/usr/bin/python.exe", "/pyenv/3.13.0/python.exe", "/usr/bin/python3"];
        let expected = [
            "/usr/bin/py.exe -3.13",
            "/usr/bin/py.exe -3.12",
            "/usr/bin/py.exe -3.11",
            "/usr/bin/py.exe -3.10",
            "/usr/bin/py.exe -3.14",
            "/usr/bin/python.exe",
            "/pyenv/3.13.0/python.exe",
        ];
        assert_eq!(found(&surroundings(Platform::Windows), &files), expected);
    }

    #[test]
    fn installations_come_newest_first() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["3.9.18", "3.13.0", "3.10.13", "cpython-3.12.4-linux"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let names: Vec<_> =
            newest_first(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["3.13.0", "cpython-3.12.4-linux", "3.10.13", "3.9.18"]);
        assert!(newest_first(&folder.path().join("missing")).is_empty());
    }
}
