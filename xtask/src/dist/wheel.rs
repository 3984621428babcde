//! The wheel of `tach-worker` that carries a bundle's programs, tried in a virtual environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::python;

/// What the client must be able to do: cut the first page of the sample.
const CUT: &str = "import sys, tach_worker
with tach_worker.Local() as tach:
    crop = tach.extract_evidence(sys.argv[1], page_index=0, bbox=[0, 0, 100, 100], dpi=72)
print(crop['width'], crop['height'])";

/// Makes the wheel out of the Linux bundle in `bundle`, into the folder `dist`. Gives its path.
///
/// # Errors
/// What pip says, which builds it.
pub fn make(project: &Project, environment: &Environment, bundle: &Path) -> Result<PathBuf> {
    let mut script = environment.python(&project.root);
    script.arg("xtask/scripts/wheel.py").arg(&project.root).arg(project.root.join("dist"));
    script.arg("--tach").arg(bundle.join("tach")).arg("--shim").arg(bundle.join("tach-host-shim"));
    let said = command::capture(script.arg("--notices").arg(bundle))?;
    let wheel = PathBuf::from(said.lines().last().context("the script did not tell where the wheel is")?);
    println!("{:>8.1} MB  {}", super::megabytes(fs::metadata(&wheel)?.len()), wheel.display());
    Ok(wheel)
}

/// Installs the wheel, with its dependencies from the package index, into a new environment, and uses it from there.
///
/// # Errors
/// It can't be installed, or does not work.
pub fn attempt(project: &Project, environment: &Environment, wheel: &Path) -> Result<()> {
    let folder = project.target.join("dist").join("trial-wheel").join("Môi trường");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let programs = folder.join("venv/bin");
    command::run(environment.python(&folder).args(["-m", "venv", "venv"]))?;
    let mut pip = python::pip(&programs.join("python"), "install");
    command::run(pip.args(["--quiet", "--only-binary", ":all:"]).arg(wheel))?;
    let bare = |program: &str| {
        let mut bare = Command::new(programs.join(program));
        bare.env_clear().env("HOME", &folder).current_dir(&folder);
        bare
    };
    println!("{}", command::capture(bare("tach").arg("doctor"))?);
    let sample = project.root.join("docs/sample/engineering_sheet.pdf");
    let cut = command::capture(bare("python").args(["-c", CUT]).arg(sample))?;
    ensure!(cut.trim() == "100 100", "the client cut {cut} pixels, not 100 100");
    println!("the wheel's command and its client work in {}", folder.display());
    Ok(())
}
