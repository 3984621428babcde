//! What an interpreter says about itself, and whether the worker can be built on it.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use tach_environment::layout::MINOR_VERSIONS;

/// What [`Facts::judge`] wants, for messages.
pub const NEEDED: &str = "64-bit CPython 3.10 to 3.14";

/// Asks an interpreter, Python 2 included, about itself.
pub const SCRIPT: &str = include_str!("../../scripts/facts.py");

/// A release of Python: major, minor, patch.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(pub u32, pub u32, pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What an interpreter said about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Facts {
    /// `CPython`, `PyPy`, …
    pub implementation: String,
    /// Its release.
    pub version: Version,
    /// `final`, `candidate`, `beta` or `alpha`.
    pub level: String,
    /// Width of a pointer.
    pub bits: u32,
    /// Built without the interpreter lock.
    pub free_threaded: bool,
    /// The interpreter itself, links resolved; in a virtual environment the one it was made from.
    pub executable: PathBuf,
    /// File name of the shared library; empty where it was built without one.
    pub library_name: String,
    /// The shared library; `None` where that file is missing.
    pub library: Option<PathBuf>,
    /// Whether `venv` can be imported.
    pub venv: bool,
    /// Whether `ensurepip` can be imported (Debian packs it apart).
    pub ensurepip: bool,
}

impl Facts {
    /// Reads the answer to [`SCRIPT`].
    pub fn parse(answer: &str) -> Result<Self, String> {
        let values: HashMap<_, _> = answer.lines().filter_map(|line| line.split_once('=')).collect();
        let get =
            |key: &str| values.get(key).copied().ok_or_else(|| format!("doesn't answer as a Python does (no {key})"));
        let number = |text: &str| text.parse::<u32>().map_err(|_| format!("doesn't answer as a Python does ({text})"));
        let parts: Vec<_> = get("version")?.split('.').map(number).collect::<Result<_, _>>()?;
        let [major, minor, patch] = parts[..] else {
            return Err("doesn't answer as a Python does (version)".to_owned());
        };
        Ok(Self {
            implementation: get("implementation")?.to_owned(),
            version: Version(major, minor, patch),
            level: get("level")?.to_owned(),
            bits: number(get("bits")?)?,
            free_threaded: get("free_threaded")? == "1",
            executable: PathBuf::from(get("executable")?),
            library_name: get("library_name")?.to_owned(),
            library: Some(get("library")?).filter(|path| !path.is_empty()).map(PathBuf::from),
            venv: get("venv")? == "1",
            ensurepip: get("ensurepip")? == "1",
        })
    }

    /// Whether the worker can be built on this interpreter.
    ///
    /// # Errors
    /// The reason why not, to be read after the interpreter's path.
    pub fn judge(&self) -> Result<(), String> {
        let Version(major, minor, _) = self.version;
        if self.implementation != "CPython" {
            return Err(format!("is {}, not CPython", self.implementation));
        }
        if (major, minor) < (3, *MINOR_VERSIONS.start()) {
            return Err(format!("is {}, too old", self.version));
        }
        if (major, minor) > (3, *MINOR_VERSIONS.end()) {
            return Err(format!("is {}, newer than the locked packages", self.version));
        }
        if self.level != "final" {
            return Err(format!("is {} {}, not a final release", self.version, self.level));
        }
        if self.bits != 64 {
            return Err(format!("is a {}-bit build", self.bits));
        }
        if self.free_threaded {
            return Err("is a free-threaded build, which the locked packages aren't released for".to_owned());
        }
        if self.library_name.is_empty() {
            return Err(format!("is {}, built without a shared library", self.version));
        }
        if self.library.is_none() {
            return Err(format!(
                "is {}, but its {} is missing (a -dev package has it)",
                self.version, self.library_name
            ));
        }
        if !self.venv || !self.ensurepip {
            let missing = if self.venv { "ensurepip" } else { "venv" };
            return Err(format!("is {}, but can't make environments with pip ({missing} is missing)", self.version));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "implementation=CPython\nversion=3.11.7\nlevel=final\nbits=64\nfree_threaded=0\n\
        executable=/opt/thư mục/bin/python3.11\nlibrary_name=libpython3.11.so\nlibrary=/opt/lib/libpython3.11.so\nvenv=1\nensurepip=1\n";

    #[test]
    fn an_answer_is_read_line_by_line() {
        let facts = Facts::parse(&ANSWER.replace('\n', "\r\n")).expect("facts");
        assert_eq!(facts.version, Version(3, 11, 7));
        assert_eq!(facts.executable, PathBuf::from("/opt/thư mục/bin/python3.11"));
        assert_eq!(facts.library, Some("/opt/lib/libpython3.11.so".into()));
        assert_eq!(facts.judge(), Ok(()));
        assert!(Facts::parse("Python was not found").is_err());
        assert!(Facts::parse(&ANSWER.replace("3.11.7", "3.x")).is_err());
    }

    #[test]
    fn each_unfit_interpreter_has_its_reason() {
        let table = [
            ("implementation=CPython", "implementation=PyPy", "is PyPy, not CPython"),
            ("version=3.11.7", "version=2.7.18", "too old"),
            ("version=3.11.7", "version=3.9.18", "too old"),
            ("version=3.11.7", "version=3.15.0", "newer than the locked packages"),
            ("level=final", "level=beta", "not a final release"),
            ("bits=64", "bits=32", "32-bit"),
            ("free_threaded=0", "free_threaded=1", "free-threaded"),
            ("library_name=libpython3.11.so", "library_name=", "without a shared library"),
            ("library=/opt/lib/libpython3.11.so", "library=", "libpython3.11.so is missing"),
            ("venv=1", "venv=0", "venv is missing"),
            ("ensurepip=1", "ensurepip=0", "ensurepip is missing"),
        ];
        for (from, to, reason) in table {
            // "venv=1" ends no other line, so the first match is the right one.
            let answer = ANSWER.replacen(from, to, 1);
            let refused = Facts::parse(&answer).expect("facts").judge().expect_err(to);
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn every_supported_release_is_fit() {
        for minor in MINOR_VERSIONS {
            let answer = ANSWER.replace("3.11.7", &format!("3.{minor}.0"));
            assert_eq!(Facts::parse(&answer).expect("facts").judge(), Ok(()));
        }
    }
}
