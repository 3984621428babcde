//! The file in site-packages that makes the project's pyworker importable from its environment.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command;
use crate::project::Project;
use crate::python;

const NAME: &str = "tach-pyworker.pth";

/// Writes the file, unless it already says the same.
pub fn write(python: &Path, project: &Project) -> Result<()> {
    let path = packages_folder(python)?.join(NAME);
    let line = line(&project.root.to_string_lossy());
    if fs::read_to_string(&path).ok().as_deref() != Some(line.as_str()) {
        fs::write(&path, line)?;
    }
    Ok(())
}

/// The environment's site-packages folder.
pub fn packages_folder(python: &Path) -> Result<PathBuf> {
    let code = "import os, sysconfig; os.write(1, sysconfig.get_path('purelib').encode('utf-8'))";
    Ok(PathBuf::from(command::capture(python::isolated(python).args(["-c", code]))?))
}

/// A line that Python's site module executes. Plain paths in such files are read in the locale's encoding by some releases and in
/// UTF-8 by others; a statement in ASCII means the same to all of them. The project comes last on the path: a folder of it that
/// has an installed package's name must not hide that package.
fn line(folder: &str) -> String {
    let mut literal = String::new();
    for unit in folder.chars() {
        match unit {
            ' '..='~' if unit != '\\' && unit != '\'' => literal.push(unit),
            // Writing to a String can't fail.
            _ => drop(write!(literal, "\\U{:08x}", unit as u32)),
        }
    }
    format!("import sys; sys.path.append('{literal}')\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_becomes_one_ascii_statement() {
        let table = [
            ("/srv/tach", "import sys; sys.path.append('/srv/tach')\n"),
            ("/dự án/a b", "import sys; sys.path.append('/d\\U00001ef1 \\U000000e1n/a b')\n"),
            (r"C:\it's", "import sys; sys.path.append('C:\\U0000005cit\\U00000027s')\n"),
            ("/🏗\n", "import sys; sys.path.append('/\\U0001f3d7\\U0000000a')\n"),
        ];
        for (folder, expected) in table {
            assert_eq!(line(folder), expected);
            assert!(line(folder).is_ascii());
        }
    }
}
