//! Many documents into a folder: each that fails is named, and the others go on.

use super::super::exit::Failure;
use super::super::notes;
use super::super::output;
use super::bar::Bar;
use super::files::{self, Input};
use super::work::Work;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tach_supervisor::{Builder, Supervisor};
use tokio::task::JoinSet;

/// Converts all documents in `given` into `folder`, `workers` at a time, and tells at the end how many there were.
pub(super) async fn run(
    starting: Builder,
    given: &[PathBuf],
    folder: &Path,
    workers: usize,
    work: Work,
) -> Result<ExitCode, Failure> {
    if output::is_stdout(folder) {
        return Err(Failure::usage("several documents go into a folder: name it with -o FOLDER"));
    }
    if folder.is_file() {
        let name = folder.display();
        return Err(Failure::usage(format!("`{name}` is a file, and several documents go into a folder")));
    }
    let inputs = files::inputs(given, work.to.on_the_wire().1)?;
    if inputs.is_empty() {
        return Err(Failure::usage("there is no document in the folder that `tach convert` reads"));
    }
    let count = inputs.len();
    let workers = workers.min(count);
    let supervisor = Arc::new(starting.workers(workers).start().await?);
    let bar = Bar::of_documents(count);
    let (mut running, mut failed) = (JoinSet::new(), 0);
    let mut waiting = inputs.into_iter();
    loop {
        while running.len() < workers
            && let Some(input) = waiting.next()
        {
            let (supervisor, work, bar) = (Arc::clone(&supervisor), work.clone(), bar.clone());
            let result = folder.join(&input.result);
            running.spawn(async move {
                let done = convert(&supervisor, &work, &input, &result, &bar).await;
                (input, result, done)
            });
        }
        let Some(done) = running.join_next().await else { break };
        let (input, result, done) = done.map_err(|error| Failure::system("a conversion ended", &error))?;
        bar.document();
        match done {
            Ok(()) => bar.apart(|| output::print_text(&format!("{}\n", result.display())))?,
            Err(failure) => {
                failed += 1;
                bar.note(&format!("{}: {}", input.file.display(), failure.message()));
            }
        }
    }
    supervisor.shutdown().await;
    bar.finish();
    notes::note(&format!("{count} documents: {} converted, {failed} failed", count - failed));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn convert(supervisor: &Supervisor, work: &Work, input: &Input, result: &Path, bar: &Bar) -> Result<(), Failure> {
    files::refuse_same(&input.file, result)?;
    let data = work.convert(supervisor, &input.file, bar).await?;
    if let Some(parent) = result.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Failure::system(format_args!("cannot make `{}`", parent.display()), &error))?;
    }
    work.write(&data, result, &input.result.with_extension(""))
}
