//! `cargo xtask fuzz-documents`: broken documents by the thousand through every command.

use std::path::PathBuf;

use anyhow::Result;

use crate::command;
use crate::environment;
use crate::project::Project;

/// Send thousands of broken documents through every command and keep what kills a worker.
///
/// Fails where a request does not get exactly one reply. Findings and the report are in target/fuzz-documents/SEED.
#[derive(clap::Args)]
pub struct Args {
    /// How long; the round that is running then is finished
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// Decides the documents: the same number makes the same ones
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Of how many PDFs one is asked about with `parse_table` and `convert` too, which read its pictures by OCR
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    slow_every: u32,
    /// Folder of documents to start from, besides docs/sample (may be repeated)
    #[arg(long, value_name = "FOLDER")]
    corpus: Vec<PathBuf>,
}

/// Runs the campaign.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let environment = environment::ensure(project, &environment::WORKER)?;
    let packages = ["--package", "tach-cli", "--package", "tach-host-shim"];
    command::run(environment.cargo(project).args(["build", "--release", "--locked"]).args(packages))?;
    let mut script = environment.python(&project.root);
    script.arg("xtask/scripts/fuzz_documents.py").arg(project.program("release", "tach"));
    script.arg(project.target.join("fuzz-documents"));
    script.args(["--minutes", &args.minutes.to_string(), "--seed", &args.seed.to_string()]);
    script.args(["--slow-every", &args.slow_every.to_string()]);
    script.env("TACH_HOST_SHIM", project.program("release", "tach-host-shim"));
    script.arg("--corpus").arg(project.root.join("docs/sample")).args(&args.corpus);
    command::run(&mut script)
}
