//! Licences of a bundle's parts: the notices, the bill of materials, and what must not be in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::packages;
use crate::command;
use crate::environment::Environment;
use crate::project::Project;

/// Writes `THIRD-PARTY-NOTICES.txt`, `sbom.cdx.json` (`CycloneDX`) and our own licences into a bundle for a target triple.
///
/// # Errors
/// A part has no licence text, or one that CONTRIBUTING.md forbids.
pub fn write(project: &Project, environment: &Environment, bundle: &Path, target: &str) -> Result<()> {
    let mut cargo = project.bare_cargo();
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", target]);
    let metadata = bundle.with_extension("crates.json");
    fs::write(&metadata, command::capture(&mut cargo)?).with_context(|| metadata.display().to_string())?;
    let mut script = environment.python(&project.root);
    script.arg("xtask/scripts/notices.py").arg(&project.root).arg(bundle).arg(packages::find(bundle)?).arg(&metadata);
    command::run(&mut script)
}

/// Puts a library of our own in the place of libjbig, which is GPL and comes with Tesseract's wheel for Linux.
///
/// # Errors
/// The compiler's.
pub fn replace_jbig(project: &Project, packages: &Path) -> Result<()> {
    let libraries = packages.join("tesserocr.libs");
    let Ok(entries) = fs::read_dir(&libraries) else { return Ok(()) };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("libjbig") {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-O2", "-s", &format!("-Wl,-soname,{name}"), "-o"]).arg(&path);
            command::run(compiler.arg(project.root.join("xtask/scripts/no_jbig.c")))?;
        }
    }
    Ok(())
}
