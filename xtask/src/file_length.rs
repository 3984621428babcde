//! Whether every file of code can be read in one sitting.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;
use crate::project::Project;

/// Lines that a file of Rust or Python may have.
const MAX_LINES: usize = 350;
/// A longer file says why in one of its first lines, in a comment with these words.
const REASON: &str = "long because";
/// Lines in which the reason is looked for.
const HEAD: usize = 12;

/// Fails where a tracked file of Rust or Python is longer and gives no reason.
///
/// # Errors
/// Such a file, by name; or git cannot list the files.
pub fn check(project: &Project) -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(&project.root).args(["ls-files", "-z", "*.rs", "*.py"]);
    let listed = command::capture(&mut git)?;
    let mut complaint = String::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let path = project.root.join(name);
        if !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        let lines = text.lines().count();
        if lines > MAX_LINES && !text.lines().take(HEAD).any(|line| line.to_lowercase().contains(REASON)) {
            // Writing to a String can't fail.
            let _ = write!(complaint, "\n{name} has {lines} lines");
        }
    }
    if complaint.is_empty() {
        return Ok(());
    }
    bail!(
        "files of more than {MAX_LINES} lines hold a second subject, or say in their first comment \"{REASON} …\":{complaint}"
    )
}
