//! Making the project's Python environments: `.venv` for the worker and its tests, `.venv-full` for the lane with Torch,
//! `.venv-peers` for the tools that the benchmarks measure, `.venv-clients` for programs that speak to the service.

mod path_file;
mod plan;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use tach_environment::layout::{self, Platform};

use crate::command;
use crate::project::Project;
use crate::python::{self, Choice, Facts};
use plan::{Plan, Stamp};

/// What an environment is for: its folder, and the lock files whose packages it holds with the folder they are in.
pub struct Purpose {
    folder: &'static str,
    locks_in: &'static str,
    locks: &'static [&'static str],
    /// Whether workers start in it, which may not write bytecode.
    runs_workers: bool,
}

/// Running the worker.
pub const WORKER: Purpose =
    Purpose { folder: ".venv", locks_in: "pyworker", locks: &["requirements-lean.txt"], runs_workers: true };
/// Running and testing the worker.
pub const TEST: Purpose = Purpose {
    folder: ".venv",
    locks_in: "pyworker",
    locks: &["requirements-lean.txt", "requirements-dev.txt"],
    runs_workers: true,
};
/// Running and testing the worker with the complete Docling.
pub const FULL: Purpose = Purpose {
    folder: ".venv-full",
    locks_in: "pyworker",
    locks: &["requirements-full.txt", "requirements-dev.txt"],
    runs_workers: true,
};
/// Measuring other tools on the worker's work. Never part of the product: `PyMuPDF` is AGPL.
pub const PEERS: Purpose =
    Purpose { folder: ".venv-peers", locks_in: "benches", locks: &["requirements-peers.txt"], runs_workers: false };

/// Driving programs of others, and a browser, against the service. Never part of the product.
pub const CLIENTS: Purpose =
    Purpose { folder: ".venv-clients", locks_in: "tests/clients", locks: &["requirements.txt"], runs_workers: false };

/// Folder inside an environment for what this module keeps there: the stamps, and [`INCOMPLETE`].
const KEPT: &str = "tach";
/// File that is there while packages are being installed. Found at the start, it tells of an interrupted installation.
const INCOMPLETE: &str = "incomplete";

/// An environment that is complete and current.
pub struct Environment {
    /// Its folder.
    pub root: PathBuf,
    /// Its interpreter.
    pub python: PathBuf,
    /// What that interpreter said about itself.
    pub facts: Facts,
}

impl Environment {
    /// A cargo command in the project's folder that builds and runs against this environment.
    pub fn cargo(&self, project: &Project) -> Command {
        let mut command = project.bare_cargo();
        self.apply(&mut command);
        command
    }

    /// Tells a command to build and run against this environment, whatever else the caller's shell has set.
    pub fn apply(&self, command: &mut Command) {
        command.env("PYO3_PYTHON", &self.python).env("TACH_PYTHON", &self.root);
        command.env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    }

    /// A command that runs this environment's interpreter in `folder`.
    pub fn python(&self, folder: &Path) -> Command {
        let mut command = python::isolated(&self.python);
        command.current_dir(folder).env("TACH_PYTHON", &self.root);
        command
    }
}

/// Gives the environment for `purpose`: the one that is there where it is complete and current, else one made now.
///
/// # Errors
/// No interpreter fits, or an installation failed. What was begun then counts as incomplete and is made anew next time.
pub fn ensure(project: &Project, purpose: &Purpose) -> Result<Environment> {
    ensure_with(project, purpose, python::named().as_deref())
}

/// Like [`ensure`], made from the interpreter `from`, so that two environments share one libpython.
pub fn ensure_with(project: &Project, purpose: &Purpose, from: Option<&Path>) -> Result<Environment> {
    let root = project.root.join(purpose.folder);
    // Two xtasks at once must not install into one folder. The lock goes when the file is closed, however this ends.
    let lock = File::create(project.target.join("xtask-environment.lock")).context("the lock file in target")?;
    lock.lock().context("waiting for another cargo xtask")?;

    let locks = read_locks(&project.root, purpose)?;
    let there = python::facts_of(&executable(&root)).ok();
    let wanted = from.map(|path| python::choose(Some(path))).transpose()?;
    let base = wanted.as_ref().map(|choice| &choice.facts).or(there.as_ref());
    let plan = match (&there, base) {
        (Some(_), Some(base)) => {
            plan::plan(&stamps(base, &locks), &found_stamps(&root), root.join(KEPT).join(INCOMPLETE).exists())
        }
        _ => Plan::Make,
    };
    let facts = match (plan, there) {
        (Plan::Current, Some(facts)) => facts,
        (Plan::Add(names), Some(facts)) => {
            println!("Adding {} to the Python environment in {} ...", names.join(", "), purpose.folder);
            let added: Vec<_> = locks.iter().filter(|(name, _)| names.contains(name)).cloned().collect();
            install(project, purpose, &root, &facts, &added)?;
            facts
        }
        (_, there) => {
            println!(
                "Making the Python environment in {} (once; a minute or two, and a download the first time) ...",
                purpose.folder
            );
            let Choice { facts: chosen, passed_over } = wanted.map_or_else(|| python::choose(None), Ok)?;
            for line in passed_over {
                println!("  passed over {line}");
            }
            println!("  Python {} at {}", chosen.version, chosen.executable.display());
            command::capture(python::isolated(&chosen.executable).args(["-m", "venv", "--clear"]).arg(&root))?;
            install(project, purpose, &root, &chosen, &locks)?;
            let changed = there
                .is_none_or(|there| (there.executable, there.version) != (chosen.executable.clone(), chosen.version));
            if changed && purpose.folder == WORKER.folder {
                forget_interpreter(project)?;
            }
            chosen
        }
    };
    let environment = Environment { python: executable(&root), root, facts };
    path_file::write(&environment.python, project)?;
    Ok(environment)
}

/// PyO3 is told the environment's interpreter by path. Where another interpreter now stands behind that path, cargo can't
/// know that what it built is stale.
fn forget_interpreter(project: &Project) -> Result<()> {
    for (profile, switch) in [("debug", "--profile=dev"), ("release", "--profile=release")] {
        let build =
            fs::read_dir(project.target.join(profile).join("build")).into_iter().flatten().filter_map(Result::ok);
        if build.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("pyo3")) {
            let mut clean = project.bare_cargo();
            command::capture(clean.args([
                "clean",
                "--quiet",
                switch,
                "-p",
                "pyo3-build-config",
                "-p",
                "pyo3-ffi",
                "-p",
                "pyo3",
                "-p",
                "tach-host-shim",
            ]))?;
        }
    }
    Ok(())
}

fn install(project: &Project, purpose: &Purpose, root: &Path, base: &Facts, locks: &[(String, String)]) -> Result<()> {
    let kept = root.join(KEPT);
    let incomplete = kept.join(INCOMPLETE);
    fs::create_dir_all(&kept)?;
    fs::write(&incomplete, "")?;
    let python = executable(root);
    let start = Instant::now();

    let mut pip = python::pip(&python, "install");
    // Wheels only: building a package would download unlocked build tools.
    pip.current_dir(&project.root).args(["--no-compile", "--require-hashes", "--only-binary", ":all:"]);
    if !std::io::stdout().is_terminal() {
        pip.arg("--quiet");
    }
    for (name, _) in locks {
        pip.arg("--requirement").arg(Path::new(purpose.locks_in).join(name));
    }
    command::run(&mut pip).context("the packages could not be installed; run the same command again to retry")?;

    if purpose.runs_workers {
        // Bytecode now and on all cores, instead of at the first start of every worker. Some packages carry files for other
        // releases of Python that don't compile; they are never imported, so the outcome doesn't matter.
        let packages = path_file::packages_folder(&python)?;
        let mut compile = python::isolated(&python);
        compile.args(["-m", "compileall", "-q", "-q", "-j", "0"]).arg(packages).arg(project.root.join("pyworker"));
        let _ = command::capture(&mut compile);
    }

    for stamp in stamps(base, locks) {
        fs::write(kept.join(&stamp.name), &stamp.text)?;
    }
    fs::remove_file(&incomplete)?;
    println!("  packages installed in {}", command::duration(start.elapsed()));
    Ok(())
}

/// The interpreter inside an environment, whether or not it is there. The first name is the one in .cargo/config.toml.
fn executable(root: &Path) -> PathBuf {
    match Platform::CURRENT {
        Platform::Unix => root.join("bin/python"),
        Platform::Windows => layout::executables(root, Platform::Windows).swap_remove(0),
    }
}

fn read_locks(root: &Path, purpose: &Purpose) -> Result<Vec<(String, String)>> {
    let read = |name: &&str| {
        let path = root.join(purpose.locks_in).join(name);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(((*name).to_owned(), text))
    };
    purpose.locks.iter().map(read).collect()
}

fn stamps(base: &Facts, locks: &[(String, String)]) -> Vec<Stamp> {
    let interpreter = format!("{} {}", base.version, base.executable.display());
    locks.iter().map(|(name, text)| Stamp { name: name.clone(), text: format!("{interpreter}\n{text}") }).collect()
}

fn found_stamps(root: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(root.join(KEPT)).into_iter().flatten().filter_map(Result::ok);
    let stamp =
        |entry: fs::DirEntry| Some((entry.file_name().into_string().ok()?, fs::read_to_string(entry.path()).ok()?));
    entries.filter_map(stamp).collect()
}
