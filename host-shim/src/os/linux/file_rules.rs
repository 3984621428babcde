//! Landlock: which files may be read, which folder may be written to, and no connection or signal to other processes.

use super::image_folder::ImageFolder;
use crate::confinement::Plan;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::os::fd::{AsFd, IntoRawFd};
use std::path::Path;

/// The newest rights that are asked for. A kernel that lacks some gets the others: seccomp covers those it lacks.
const NEWEST: ABI = ABI::V6;

/// Restricts this thread and those that it starts. Tells the version of Landlock.
///
/// # Errors
/// Why the kernel does not do it.
pub(super) fn restrict(plan: &Plan, images: Option<&ImageFolder>) -> Result<String, String> {
    let status = apply(plan, images).map_err(|error| error.to_string())?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => {
            Err("this kernel was started without it (boot parameter lsm=landlock,…)".to_owned())
        }
        (RulesetStatus::NotEnforced, _) => {
            Err("this kernel (older than 5.13), or the container that the worker runs in, has none".to_owned())
        }
        (_, LandlockStatus::Available { effective_abi, .. }) => Ok(format!("Landlock {}", effective_abi as i32)),
        (_, _) => Ok("Landlock".to_owned()),
    }
}

fn apply(plan: &Plan, images: Option<&ImageFolder>) -> Result<landlock::RestrictionStatus, RulesetError> {
    let read: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for path in &plan.readable {
        rules = allow(rules, path, read, false)?;
    }
    for path in &plan.process {
        rules = allow(rules, path, read, true)?;
    }
    for path in &plan.listable {
        rules = allow(rules, path, AccessFs::ReadDir.into(), false)?;
    }
    for path in &plan.writable {
        rules = allow(rules, path, write, false)?;
    }
    if let Some(images) = images {
        rules = allow(rules, &images.path, write, false)?;
        if let Some(parent) = &images.parent {
            rules = allow(rules, parent, AccessFs::RemoveDir.into(), false)?;
        }
    }
    rules = allow(rules, Path::new("/dev/null"), AccessFs::ReadFile | AccessFs::WriteFile, false)?;
    rules.restrict_self()
}

/// Adds a rule, where the path exists. `is_held` keeps it open as long as the process runs: an inode of `/proc` that nothing holds
/// may be made anew under memory pressure, and the rule is the old one's.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
    is_held: bool,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    // Rights about entries are refused for what is no folder.
    let is_folder = path.is_dir();
    let access = if is_folder { access } else { access & AccessFs::from_file(NEWEST) };
    if access.is_empty() {
        return Ok(rules);
    }
    if is_held && let Ok(held) = opened.as_fd().try_clone_to_owned() {
        let _ = held.into_raw_fd();
    }
    rules.add_rule(PathBeneath::new(opened, access))
}
