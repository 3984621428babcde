//! The folders that an environment's Python reads its modules and libraries from, told from its files alone.

use std::path::{Path, PathBuf};
use tach_environment::PythonEnvironment;

/// Parts of an installation that Python reads. Not the whole folder: it may be a person's home.
const PARTS: [&str; 5] = ["bin", "lib", "lib64", "share", "pyvenv.cfg"];

/// The files and folders to read, and the folders of which only the entries' names are needed.
pub(super) struct PythonPaths {
    pub(super) readable: Vec<PathBuf>,
    pub(super) listable: Vec<PathBuf>,
}

pub(super) fn of(environment: &PythonEnvironment) -> PythonPaths {
    let mut installations = vec![environment.root.clone()];
    // A virtual environment has its standard library elsewhere: where its configuration says, and where its links lead.
    if let Some(home) = home_of(&environment.root) {
        installations.extend(home.canonicalize().ok().as_deref().and_then(Path::parent).map(Path::to_owned));
        installations.extend(home.parent().map(Path::to_owned));
    }
    if let Ok(python) = environment.python.canonicalize() {
        installations.extend(python.ancestors().nth(2).map(Path::to_owned));
    }
    let mut readable: Vec<PathBuf> =
        installations.iter().flat_map(|folder| PARTS.iter().map(move |part| folder.join(part))).collect();
    let mut listable = Vec::new();
    for folder in added_folders(&environment.root) {
        // The folder of a project that is run from its sources: its other files are no module of ours.
        let package = folder.join("pyworker");
        if package.is_dir() {
            listable.push(folder);
            readable.push(package);
        } else {
            readable.push(folder);
        }
    }
    PythonPaths { readable, listable }
}

/// The value of `home` in a virtual environment's configuration.
fn home_of(root: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(root.join("pyvenv.cfg")).ok()?;
    let value = text.lines().filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == "home")?.1;
    Some(PathBuf::from(value.trim()))
}

/// The folders that `.pth` files of the environment add to the search path.
fn added_folders(root: &Path) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    ["lib", "lib64"]
        .iter()
        .flat_map(|part| entries(root.join(part)))
        .flat_map(|version| ["site-packages", "dist-packages"].map(|name| version.join(name)))
        .flat_map(entries)
        .filter(|path| path.extension().is_some_and(|extension| extension == "pth"))
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|text| text.lines().filter_map(added_folder).collect::<Vec<_>>())
        .collect()
}

/// The absolute path that one line adds: the line itself, or the literal of `sys.path.append('…')`.
fn added_folder(line: &str) -> Option<PathBuf> {
    let line = line.trim();
    let path = if line.starts_with('/') {
        line.to_owned()
    } else {
        let literal = line.split_once("sys.path.append('")?.1;
        unescaped(literal.split_once("')")?.0)?
    };
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// A Python literal without its quotes: `\Uxxxxxxxx` is a character, and no other escape is known.
fn unescaped(literal: &str) -> Option<String> {
    let mut parts = literal.split("\\U");
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(8)?;
        text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_add_a_folder() {
        let rows = [
            ("/srv/tach", Some("/srv/tach")),
            ("import sys; sys.path.append('/srv/tach')", Some("/srv/tach")),
            ("import sys; sys.path.append('/d\\U00001ef1 \\U000000e1n/a b')", Some("/dự án/a b")),
            ("import os; var = 'SETUPTOOLS_USE_DISTUTILS'", None),
            ("relative", None),
            ("import sys; sys.path.append('relative')", None),
            ("import sys; sys.path.append('/\\Uzz')", None),
            ("# /comment", None),
            ("", None),
        ];
        for (line, expected) in rows {
            assert_eq!(added_folder(line), expected.map(PathBuf::from), "{line}");
        }
    }
}
