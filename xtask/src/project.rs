//! Where the project's folders and built programs are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The project's folders.
pub struct Project {
    /// The folder of the workspace's Cargo.toml.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Project {
    /// Finds the project from what cargo tells the program it runs. The manifest's folder is asked for at run time, so that a
    /// copied target folder still speaks of the copy.
    pub fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("the xtask folder has no parent")?.to_path_buf();
        let executable = env::current_exe().context("the path of the running program")?;
        let target = executable.ancestors().nth(2).context("the program lies outside a target folder")?.to_path_buf();
        Ok(Self { root, target })
    }

    /// The path of a built program: `profile` is cargo's folder name, `debug` or `release`.
    pub fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// A cargo command in the project's folder, for what needs no Python; `Environment::cargo` is the one for the rest.
    pub fn bare_cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }
}
