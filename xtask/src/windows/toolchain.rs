//! The cross compiler: Debian's Rust with its library source, and mingw-w64.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::places::{PYTHON_MINOR, TARGET, target};
use crate::command;
use crate::project::Project;

/// What is needed of Debian, and a file that shows that it is there.
const PACKAGES: [(&str, &str); 5] = [
    ("rustc-web", "/usr/bin/rustc"),
    ("cargo-web", "/usr/bin/cargo"),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library/Cargo.lock"),
    ("gcc-mingw-w64-x86-64-win32", "/usr/bin/x86_64-w64-mingw32-gcc"),
    ("wine64", "/usr/lib/wine/wine64"),
];

/// Variable that forbids to change the machine; `.ci/run --no-install` sets it.
const NO_INSTALL: &str = "TACH_NO_INSTALL";

/// Installs what is missing.
///
/// # Errors
/// It may not, this is not Debian, or apt-get failed.
pub fn install() -> Result<()> {
    let missing: Vec<_> =
        PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if env::var_os(NO_INSTALL).is_some() {
        bail!("this lane needs Debian's packages {}, and {NO_INSTALL} forbids to install them", missing.join(", "));
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("this lane needs Debian's packages {}, and there is no apt-get here", missing.join(", "));
    }
    let root = command::capture(Command::new("id").arg("-u"))?.trim() == "0";
    let apt = |arguments: &[&str]| {
        let mut apt = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            apt.args(["-n", "apt-get"]);
        }
        command::run(apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(arguments))
    };
    apt(&["update"])?;
    apt(&[["install", "--no-install-recommends"].as_slice(), &missing].concat())?;
    match PACKAGES.iter().find(|(_, file)| !Path::new(file).exists()) {
        Some((package, file)) => bail!("the package {package} has no {file} on this release of Debian"),
        None => Ok(()),
    }
}

/// A cargo command for the target: `cargo <verb>` with the target's own standard library, built from source.
pub fn cargo(project: &Project, verb: &str) -> Command {
    let mut command = Command::new("/usr/bin/cargo");
    command.current_dir(&project.root).arg(verb).args(["--locked", "-Zbuild-std=std,panic_unwind", "--target", TARGET]);
    // Debian's compiler builds its own standard library, which takes switches that only a nightly compiler has else.
    command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_DIR", target(project));
    command.env("PYO3_CROSS_PYTHON_VERSION", PYTHON_MINOR);
    // What the cargo that started this program has set for itself.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "PYO3_PYTHON"] {
        command.env_remove(name);
    }
    command.env("PATH", without_rustup());
    command
}

/// PATH without the folder of rustup's stand-ins, which would start another release of the compiler.
fn without_rustup() -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let kept = env::split_paths(&path).filter(|folder| !folder.join("rustup").exists());
    env::join_paths(kept).unwrap_or(path)
}

/// Compiles one C file into a DLL.
pub fn dll(project: &Project, source: &str, output: &Path, more: &[&str]) -> Result<()> {
    let source = project.root.join("xtask/src/windows").join(source);
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut gcc = Command::new("/usr/bin/x86_64-w64-mingw32-gcc");
    gcc.args(["-shared", "-O2", "-s", "-o"]).arg(output).arg(source).args(more);
    command::capture(&mut gcc).map(drop)
}
