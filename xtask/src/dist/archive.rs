//! Zip files, by Python's own module: names in UTF-8, and the rights of files on Unix.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::command;
use crate::environment::Environment;
use crate::python;

/// Packs a folder, under its own name, into a zip file.
///
/// # Errors
/// What Python says.
pub fn pack(environment: &Environment, folder: &Path, zip: &Path) -> Result<()> {
    if let Some(above) = zip.parent() {
        fs::create_dir_all(above)?;
    }
    let mut pack = python::isolated(&environment.python);
    command::capture(pack.args(["-c", PACK]).arg(folder).arg(zip)).map(drop)
}

/// Unpacks a zip file into a folder as `unzip` does.
///
/// # Errors
/// What Python says.
pub fn unpack(environment: &Environment, zip: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut unpack = python::isolated(&environment.python);
    command::capture(unpack.args(["-c", UNPACK]).arg(zip).arg(folder)).map(drop)
}

const PACK: &str = include_str!("../../scripts/pack.py");
const UNPACK: &str = include_str!("../../scripts/unpack.py");
