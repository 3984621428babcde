//! The bundle for this machine's Linux: its own CPython copied, found by the shim through a path relative to itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::files::{compile, copy};
use super::{licences, packages};
use crate::command;
use crate::environment::Environment;
use crate::project::Project;
use crate::python;
use crate::test;

/// What a bundle has of our own.
const PROGRAMS: [&str; 2] = ["tach", "tach-host-shim"];

/// Parts of the standard library that no worker uses: its tests, its editor, its installer, headers and static libraries.
const NOT_NEEDED: [&str; 11] = [
    "test",
    "tests",
    "idlelib",
    "ensurepip",
    "lib2to3",
    "tkinter",
    "turtledemo",
    "pydoc_data",
    "site-packages",
    "__pycache__",
    "dist-packages",
];

/// Beginnings of names in the standard library of what only terminals, sound cards and old data bases need, and of its headers
/// (`config-3.11-…`).
const MODULES_NOT_NEEDED: [&str; 12] = [
    "sqlite3",
    "_sqlite3",
    "config-",
    "_tkinter",
    "_test",
    "_curses",
    "readline.",
    "nis.",
    "ossaudiodev.",
    "_dbm",
    "_gdbm",
    "_crypt",
];

/// Where the interpreter keeps its parts.
struct Parts {
    executable: PathBuf,
    library: PathBuf,
    stdlib: PathBuf,
}

/// Builds the programs, whose shim looks for libpython beside itself only, and the example that the trial runs.
///
/// # Errors
/// The compiler's.
pub fn build(project: &Project, environment: &Environment) -> Result<()> {
    let release = |packages: &[&str]| {
        let mut cargo = environment.cargo(project);
        cargo.args(["build", "--locked", "--release", "--bins"]);
        cargo.args(packages.iter().flat_map(|package| ["--package", package]));
        cargo
    };
    command::run(release(&["tach-cli", "tach-host-shim"]).env("TACH_SHIM_RPATH", "$ORIGIN/python/lib"))?;
    fs::create_dir_all(programs(project))?;
    for program in PROGRAMS {
        copy(&project.program("release", program), &programs(project).join(program), &|_| true)?;
    }
    // The one in the target folder is used where it lies: it is linked to its interpreter again.
    command::run(&mut release(&["tach-host-shim"]))?;
    command::run(environment.cargo(project).args(test::EXAMPLE))
}

/// The folder of the programs that go into the bundle.
fn programs(project: &Project) -> PathBuf {
    project.target.join("dist").join("programs")
}

/// Lays the bundle out in `folder`, removed first.
///
/// # Errors
/// A download or a copy failed.
pub fn assemble(project: &Project, environment: &Environment, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    let parts = parts(environment)?;
    let everything = |_: &Path| true;
    let python = folder.join("python");
    let name = |path: &Path| path.file_name().map(PathBuf::from).context("a path without a name");
    fs::create_dir_all(python.join("bin"))?;
    fs::create_dir_all(python.join("lib"))?;
    copy(&parts.executable, &python.join("bin/python3"), &everything)?;
    copy(&parts.library, &python.join("lib").join(name(&parts.library)?), &everything)?;
    let stdlib = python.join("lib").join(name(&parts.stdlib)?);
    copy(&parts.stdlib, &stdlib, &|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !(NOT_NEEDED.contains(&&*name) || MODULES_NOT_NEEDED.iter().any(|module| name.starts_with(module)))
    })?;

    let site = stdlib.join("site-packages");
    let mut pip = python::pip(&environment.python, "install");
    pip.args(["--quiet", "--no-compile", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target"])
        .arg(&site);
    command::run(pip.arg("--requirement").arg(project.root.join("pyworker/requirements-lean.txt")))?;
    packages::finish(project, &site)?;
    licences::replace_jbig(project, &site)?;
    compile(environment, &stdlib);

    for program in PROGRAMS {
        copy(&programs(project).join(program), &folder.join(program), &everything)?;
    }
    Ok(())
}

/// Says where the interpreter's parts are.
const PARTS: &str = include_str!("../../scripts/parts.py");

fn parts(environment: &Environment) -> Result<Parts> {
    let answer = command::capture(python::isolated(&environment.python).args(["-c", PARTS]))?;
    let [executable, library, stdlib] = answer
        .lines()
        .map(PathBuf::from)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| anyhow::anyhow!("the interpreter did not tell where its parts are: {answer}"))?;
    if !library.is_file() {
        bail!("the interpreter has no shared library at {}", library.display());
    }
    Ok(Parts { executable, library, stdlib })
}

/// Prints what the bundle takes from the machine it runs on: the libraries that it does not carry.
///
/// # Errors
/// A file can't be asked.
pub fn print_needs(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    let own: BTreeSet<_> =
        files.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect();
    let mut needed = BTreeSet::new();
    let mut newest = (0, 0);
    for file in files.iter().filter(|path| is_elf(path)) {
        let listing = command::capture(Command::new("objdump").arg("-p").arg(file))?;
        needed.extend(listing.lines().filter_map(|line| Some(line.trim().strip_prefix("NEEDED")?.trim().to_owned())));
        let versions = listing.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_2."));
        newest = versions.filter_map(|minor| Some((2, minor.split('.').next()?.parse().ok()?))).fold(newest, Ord::max);
    }
    let host: Vec<_> = needed.into_iter().filter(|name| !own.contains(name)).collect();
    println!("It needs of the host: glibc {}.{} or newer, and {}\n", newest.0, newest.1, host.join(", "));
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn is_elf(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 4];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"\x7fELF"
}
