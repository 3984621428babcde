//! Copying and compiling the files of a bundle.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command;
use crate::environment::Environment;
use crate::python;

/// Copies a file or a folder with everything in it, links as what they name, files' rights kept.
pub fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).with_context(|| to.display().to_string())?;
        for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
            let entry = entry?;
            if wanted(&entry.path()) {
                copy(&entry.path(), &to.join(entry.file_name()), wanted)?;
            }
        }
        return Ok(());
    }
    fs::copy(from, to).map(drop).with_context(|| from.display().to_string())
}

/// Compiles every module, so that no start of a worker does, and none writes into the folder it was unpacked to. The compiled
/// modules don't ask for their sources' dates, which a zip rounds.
pub fn compile(environment: &Environment, folder: &Path) {
    let mut python = python::isolated(&environment.python);
    python.args(["-m", "compileall", "-q", "-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s"]);
    // Some packages carry files for other releases of Python that don't compile; they are never imported.
    let _ = command::capture(python.arg(folder).arg(folder));
}
