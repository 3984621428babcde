//! `tach convert`: a whole document, page by page, with a bar.

use super::exit::Failure;
use super::options::{Common, Document};
use super::output;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::{Command, Convert, ConvertFormat, Error, Progress, Request};
use tokio::sync::mpsc;

/// Arguments of `tach convert`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    /// Pages A-B or A, from 1 as a viewer counts; all where absent
    #[arg(long, value_name = "A-B", value_parser = pages)]
    pages: Option<[u32; 2]>,
    /// What to make of it
    #[arg(long, value_enum, default_value = "markdown")]
    to: Format,
    /// Where the result goes
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// The `DoclingDocument` as JSON
    Json,
    Markdown,
    Text,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let format = match arguments.to {
        Format::Json => ConvertFormat::Docling,
        Format::Markdown => ConvertFormat::Markdown,
        Format::Text => ConvertFormat::Text,
    };
    let command = Command::Convert(Convert {
        file_path: arguments.document.path()?,
        password: arguments.document.password()?,
        page_range: arguments.pages,
        format,
    });
    let supervisor = common.builder_for_long_work(DEFAULT_TIMEOUT).start().await?;
    let (progress, mut steps) = mpsc::unbounded_channel::<Progress>();
    // Hidden where stderr is no terminal.
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} pages, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let shown = bar.clone();
    let show = tokio::spawn(async move {
        while let Some(step) = steps.recv().await {
            shown.set_length(step.total);
            shown.set_position(step.done);
        }
    });
    let request = Request { id: "convert".to_owned(), command, timeout_ms: None };
    let reply = supervisor.submit_with_progress(request, Some(progress)).await;
    supervisor.shutdown().await;
    let _ = show.await;
    bar.finish_and_clear();
    let data = reply.outcome.map_err(Error::from)?;
    match arguments.to {
        Format::Json => output::write(&arguments.output, data.get().as_bytes())?,
        Format::Markdown | Format::Text => {
            #[derive(Deserialize)]
            struct Text {
                text: String,
            }
            let text: Text =
                serde_json::from_str(data.get()).map_err(|error| Failure::system("cannot read the reply", &error))?;
            output::write(&arguments.output, text.text.as_bytes())?;
        }
    }
    if output::is_stdout(&arguments.output) {
        output::print(b"\n")?;
    } else {
        output::print(format!("{}\n", Path::new(&arguments.output).display()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads `A-B` or `A` and counts from 0.
fn pages(text: &str) -> Result<[u32; 2], String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok([first - 1, last - 1]),
        _ => Err("pages are A-B or A, from 1, such as 3-7".to_owned()),
    }
}
