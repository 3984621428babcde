//! The Windows bundle: built by the cross compiler, laid out so that Windows' own search order finds every DLL.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::files::{compile, copy};
use super::packages;
use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::windows::places;
use crate::windows::runtime;
use crate::windows::toolchain;
use crate::windows::wine::Wine;

/// The toolchain, and the Wine that the bundle is tried in.
///
/// # Errors
/// A package is missing and can't be installed, or Wine does not start.
pub fn prepare(project: &Project) -> Result<Wine> {
    toolchain::install()?;
    Wine::ensure(project)
}

/// Packages that run on Windows. All are named whatever is built, for another choice has other features, and libraries
/// would be compiled once more.
const PACKAGES: [&str; 5] = ["tach-protocol", "tach-environment", "tach-host-shim", "tach-supervisor", "tach-cli"];

/// `cargo <verb>` for Windows over [`PACKAGES`].
pub fn cargo(project: &Project, verb: &str) -> Command {
    let mut cargo = toolchain::cargo(project, verb);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    cargo
}

/// Builds the programs in a profile (`dev` or `release`), and the example that the trial runs.
///
/// # Errors
/// The compiler's.
pub fn build(project: &Project, profile: &str) -> Result<()> {
    let programs = ["--bin", "tach", "--bin", "tach-host-shim"];
    let example = ["--example", "embed"];
    if profile == "dev" {
        return command::run(cargo(project, "build").args(programs).args(example));
    }
    command::run(cargo(project, "build").args(["--profile", profile]).args(programs))?;
    command::run(cargo(project, "build").args(example))
}

/// Lays the bundle out in `folder`, removed first.
///
/// The shim stands beside python311.dll: Windows looks for a program's DLLs in the program's own folder first.
///
/// # Errors
/// A download or a copy failed.
pub fn assemble(project: &Project, environment: &Environment, profile: &str, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    let python = folder.join("python");
    runtime::lay_out(project, environment, &python)?;
    packages::finish(project, &runtime::packages(&python))?;
    compile(environment, &runtime::packages(&python));
    let programs = places::programs(project, if profile == "dev" { "debug" } else { profile });
    let everything = |_: &Path| true;
    copy(&programs.join("tach.exe"), &folder.join("tach.exe"), &everything)?;
    copy(&programs.join("tach-host-shim.exe"), &python.join("tach-host-shim.exe"), &everything)
}
