//! The wheels of `tach-worker` that carry a bundle's programs, each tried in a virtual environment of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::python;
use crate::windows::places::{PYTHON_RELEASE, windows_path};
use crate::windows::runtime;
use crate::windows::wine::{self, Wine};

/// What the client must be able to do: cut the first page of the sample.
const CUT: &str = "import sys, tach_worker
with tach_worker.Local() as tach:
    crop = tach.extract_evidence(sys.argv[1], page_index=0, bbox=[0, 0, 100, 100], dpi=72)
print(crop['width'], crop['height'])";

/// What pip's own `tach.exe` runs.
const COMMAND: &str = "from tach_worker.program import main; main()";
const LIMIT: Duration = Duration::from_secs(180);

/// Makes the wheel out of the Linux bundle in `bundle`, into the folder `dist`. Gives its path.
///
/// # Errors
/// What pip says, which builds it.
pub fn make(project: &Project, environment: &Environment, bundle: &Path) -> Result<PathBuf> {
    let programs = [bundle.join("tach"), bundle.join("tach-host-shim")];
    let notices = [OsStr::new("--notices"), bundle.as_os_str()];
    build(project, environment, &project.root.join("dist"), programs, &notices)
}

/// The same out of the Windows bundle in `bundle`, into the folder `out`; its notices go in where it `has_notices`.
///
/// # Errors
/// What pip says, which builds it.
pub fn make_for_windows(
    project: &Project,
    environment: &Environment,
    bundle: &Path,
    out: &Path,
    has_notices: bool,
) -> Result<PathBuf> {
    let programs = [bundle.join("tach.exe"), bundle.join("python").join("tach-host-shim.exe")];
    let mut more = vec![OsStr::new("--platform"), OsStr::new("win_amd64")];
    if has_notices {
        more.extend([OsStr::new("--notices"), bundle.as_os_str()]);
    }
    build(project, environment, out, programs, &more)
}

fn build(
    project: &Project,
    environment: &Environment,
    out: &Path,
    [tach, shim]: [PathBuf; 2],
    more: &[&OsStr],
) -> Result<PathBuf> {
    let mut script = environment.python(&project.root);
    script.arg("xtask/scripts/wheel.py").arg(&project.root).arg(out);
    let said = command::capture(script.arg("--tach").arg(tach).arg("--shim").arg(shim).args(more))?;
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

/// Does the same under Wine with the wheel for Windows, in a virtual environment of a Python that is a plain installation. It is laid
/// out by hand: the embeddable package has no `venv`, and pip installs for Windows from here.
///
/// # Errors
/// It can't be installed, or does not work.
pub fn attempt_on_windows(project: &Project, environment: &Environment, wine: &Wine, wheel: &Path) -> Result<()> {
    let folder = project.target.join("dist").join("trial-wheel").join("Môi trường Windows");
    let _ = fs::remove_dir_all(&folder);
    let (base, venv) = (folder.join("Python"), folder.join("venv"));
    let launcher = venv.join("Scripts").join("python.exe");
    fs::create_dir_all(venv.join("Scripts")).with_context(|| folder.display().to_string())?;
    runtime::plain(project, environment, &base)?;
    fs::copy(base.join("python.exe"), &launcher).with_context(|| launcher.display().to_string())?;
    fs::write(venv.join("pyvenv.cfg"), format!("home = {}\nversion = {PYTHON_RELEASE}\n", windows_path(&base)))?;
    let packages = runtime::packages(&venv);
    runtime::install(project, environment, "requirements-lean.txt", &packages)?;
    command::run(runtime::pip_install(environment, &packages).arg(wheel))?;
    let sample = windows_path(&project.root.join("docs/sample/engineering_sheet.pdf"));
    let said = |code: &str, argument: &str| {
        let words = ["-c", code, argument].map(OsStr::new);
        let outcome = wine::second_run_decides(|| {
            let mut python = wine.command(base.join("python.exe").as_os_str(), &words);
            // As a virtual environment's python.exe, a launcher, starts the real one.
            python.env("__PYVENV_LAUNCHER__", windows_path(&launcher));
            wine.finish(python, LIMIT)
        })?;
        outcome.success(code)
    };
    println!("{}", said(COMMAND, "doctor")?);
    let cut = said(CUT, &sample)?;
    ensure!(cut.contains("100 100"), "the client cut {cut} pixels, not 100 100");
    println!("the wheel's command and its client work in {}", folder.display());
    Ok(())
}
