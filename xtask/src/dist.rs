//! `cargo xtask dist`: a bundle that a user unpacks anywhere and runs, tried as a new user would try it.

pub mod archive;
mod files;
mod licences;
pub mod linux;
pub mod packages;
pub mod trial;
pub mod wheel;
pub mod windows;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::environment::{self, Environment};
use crate::project::Project;

/// Make a relocatable bundle: tach, the host shim, Python with the locked packages, and pyworker, in one zip.
///
/// The zip is unpacked under a path with spaces and Vietnamese letters and tried there with an empty environment.
#[derive(clap::Args)]
pub struct Args {
    /// System to make the bundle for
    #[arg(long, value_enum)]
    target: Target,
    /// Also the wheel of `tach-worker` that carries the programs, tried in an environment of its own
    #[arg(long)]
    wheel: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Target {
    /// Windows 10 and 11, 64 bits; tried under Wine
    Windows,
    /// This machine's own system
    Linux,
}

/// Makes the bundle.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let environment = environment::ensure(project, &environment::TEST)?;
    let name = match args.target {
        Target::Windows => "tach-windows-x86_64",
        Target::Linux => "tach-linux-x86_64",
    };
    let folder = project.target.join("dist").join(name);
    let zip = project.root.join("dist").join(format!("{name}.zip"));
    match args.target {
        Target::Windows => {
            let wine = windows::prepare(project)?;
            windows::build(project, "release")?;
            windows::assemble(project, &environment, "release", &folder)?;
            licences::write(project, &environment, &folder, "x86_64-pc-windows-gnu")?;
            pack(&environment, &folder, &zip)?;
            trial::windows(project, &environment, &wine, &zip)?;
            if args.wheel {
                let wheel = wheel::make_for_windows(project, &environment, &folder, &project.root.join("dist"), true)?;
                wheel::attempt_on_windows(project, &environment, &wine, &wheel)?;
            }
            Ok(())
        }
        Target::Linux => {
            linux::build(project, &environment)?;
            linux::assemble(project, &environment, &folder)?;
            licences::write(project, &environment, &folder, "x86_64-unknown-linux-gnu")?;
            pack(&environment, &folder, &zip)?;
            linux::print_needs(&folder)?;
            trial::linux(project, &environment, &zip)?;
            if args.wheel {
                let wheel = wheel::make(project, &environment, &folder)?;
                wheel::attempt(project, &environment, &wheel)?;
            }
            Ok(())
        }
    }
}

fn pack(environment: &Environment, folder: &Path, zip: &Path) -> Result<()> {
    println!("\n{}", sizes(folder)?);
    archive::pack(environment, folder, zip)?;
    let bytes = fs::metadata(zip).with_context(|| zip.display().to_string())?.len();
    println!("{:>8.1} MB  {}\n", megabytes(bytes), zip.display());
    Ok(())
}

/// Sizes of the parts of a bundle, largest first: what lies at its top, in Python's folder, and each package.
fn sizes(folder: &Path) -> Result<String> {
    let packages = packages::find(folder)?;
    let mut parts = Vec::new();
    for place in [folder, &folder.join("python"), &packages] {
        for entry in fs::read_dir(place)? {
            let path = entry?.path();
            let holds_others = packages.starts_with(&path) || path == folder.join("python");
            if !holds_others {
                let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                parts.push((bytes_in(&path)?, name));
            }
        }
    }
    parts.sort_by(|left, right| right.cmp(left));
    let total: u64 = parts.iter().map(|(bytes, _)| bytes).sum();
    let (large, small): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(bytes, _)| *bytes >= 1 << 20);
    let mut lines: Vec<_> =
        large.iter().map(|(bytes, name)| format!("{:>8.1} MB  {name}", megabytes(*bytes))).collect();
    let rest: u64 = small.iter().map(|(bytes, _)| bytes).sum();
    lines.push(format!("{:>8.1} MB  {} smaller parts", megabytes(rest), small.len()));
    lines.push(format!("{:>8.1} MB  unpacked", megabytes(total)));
    Ok(lines.join("\n"))
}

fn bytes_in(path: &Path) -> Result<u64> {
    let data = fs::symlink_metadata(path)?;
    if !data.is_dir() {
        return Ok(data.len());
    }
    fs::read_dir(path)?.map(|entry| bytes_in(&entry?.path())).sum()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
