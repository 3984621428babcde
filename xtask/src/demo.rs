//! `cargo xtask demo`: from nothing to pictures cut out of a PDF.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::command;
use crate::environment;
use crate::project::Project;

/// Make the environment, build, and cut evidence out of the sample PDF.
///
/// Needs Rust and a Python (3.10 or newer, with its shared library), nothing else. The first run downloads packages and
/// takes some minutes, later ones seconds.
#[derive(clap::Args)]
pub struct Args {}

/// A box on the sample sheet worth showing: file name, what it is, page as a viewer counts, box in points from the upper left (docs/sample/README.md
/// lists them).
struct Evidence {
    file: &'static str,
    about: &'static str,
    page: &'static str,
    bbox: &'static str,
}

const SAMPLE: &str = "docs/sample/engineering_sheet.pdf";

const EVIDENCE: [Evidence; 3] = [
    Evidence { file: "title_block.png", about: "title block", page: "1", bbox: "752,602,412,212" },
    Evidence { file: "bill_of_quantities.png", about: "bill of quantities", page: "1", bbox: "748,32,410,330" },
    Evidence { file: "section_detail.png", about: "detail on the turned page", page: "2", bbox: "70,130,685,435" },
];

/// Runs the demonstration.
pub fn run(project: &Project, _: &Args) -> Result<()> {
    let start = Instant::now();
    println!("[1/4] Python environment");
    let environment = environment::ensure(project, &environment::WORKER)?;
    println!("  Python {} in .venv, {}", environment.facts.version, took(start));

    let start = Instant::now();
    println!("[2/4] Building tach and the worker's host (optimised; the first time takes a few minutes)");
    let packages = ["--package", "tach-cli", "--package", "tach-host-shim"];
    command::run(environment.cargo(project).args(["build", "--release", "--locked"]).args(packages))?;
    println!("  built, {}", took(start));

    let tach = || {
        let mut command = Command::new(project.program("release", "tach"));
        command.current_dir(&project.root);
        environment.apply(&mut command);
        command
    };
    let start = Instant::now();
    println!("[3/4] Asking the worker about the sample");
    command::run(tach().args(["info", SAMPLE]))?;
    println!("  answered, {} (this starts a worker, asks it, and stops it)", took(start));

    println!("[4/4] Cutting evidence out of it");
    let folder = project.target.join("demo");
    fs::create_dir_all(&folder)?;
    for Evidence { file, about, page, bbox } in &EVIDENCE {
        let start = Instant::now();
        // The commands run in the project's folder: a path inside it is shown, and typed, without it.
        let picture = folder.strip_prefix(&project.root).unwrap_or(&folder).join(file);
        let mut crop = tach();
        crop.args(["crop", SAMPLE, "--page", page, "--bbox", bbox, "--dpi", "150", "--format", "png", "-o"])
            .arg(&picture);
        command::run(&mut crop)?;
        println!("  {about}: {}, {}", took(start), size(&folder.join(file))?);
    }
    println!("\nThe pictures lie in {}:", folder.display());
    for Evidence { file, about, .. } in &EVIDENCE {
        println!("  {file:<24} {about}");
    }
    println!("\nNext: `{} --help`", project.program("release", "tach").display());
    Ok(())
}

fn took(start: Instant) -> String {
    command::duration(start.elapsed())
}

fn size(path: &Path) -> Result<String> {
    let bytes = fs::metadata(path).with_context(|| format!("tach wrote no {}", path.display()))?.len();
    Ok(format!("{} KB", bytes.div_ceil(1024)))
}
