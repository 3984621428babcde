//! `tach sheets`: number, title, scale and revision of each sheet of a set, by several workers over its pages.

mod listing;
mod row;

use super::exit::Failure;
use super::notes::note;
use super::options::{Common, Document};
use super::{convert, output};
use clap::Args;
use row::Row;
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::DocumentInfo;

/// Arguments of `tach sheets`.
#[derive(Debug, Args)]
#[command(after_help = "Example: tach sheets SET.pdf --csv > sheets.csv

Number and title come from the page labels and the outline where both are there and agree, else from the title blocks; scale and
revision from the title blocks. A field that a sheet does not say is empty.")]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    /// Pages A-B or A, from 1 as a viewer counts; all where absent
    #[arg(long, value_name = "A-B", value_parser = convert::pages)]
    pages: Option<[u32; 2]>,
    /// Do not read the title blocks of sheets that page labels and outline name: their scale and revision stay empty
    #[arg(long)]
    quick: bool,
    /// Languages for OCR of scanned title blocks, such as en,vi
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// Workers that read side by side [default: the machine's processors, at most 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// One JSON object
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Comma-separated values with a header
    #[arg(long)]
    csv: bool,
}

/// Of the request for one sheet.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (path, password) = (arguments.document.path()?, arguments.document.password()?);
    let workers = arguments.workers.map_or_else(usual_workers, usize::from);
    let builder = Common::by_pages(common.builder_loading_late(DEFAULT_TIMEOUT));
    let supervisor = builder.workers(workers).start().await?;
    let done = async {
        let info = DocumentInfo { password: password.clone(), ..DocumentInfo::new(&path) }.include_pages(false);
        let info = supervisor.document_info(info).await?;
        let last = info.page_count.saturating_sub(1);
        let [first, last] = arguments.pages.map_or([0, last], |[first, end]| [first, end.min(last)]);
        if info.page_count == 0 || first > last {
            return Ok(Vec::new());
        }
        let named = row::named(&info);
        let ask = tach_supervisor::ReadSheet { password, ..tach_supervisor::ReadSheet::new(&path, 0) }
            .languages(arguments.languages.clone())
            .include_zones(false);
        Ok(listing::read(&supervisor, &ask, [first, last], named, arguments.quick, workers).await)
    };
    let rows: Result<Vec<Row>, Failure> = done.await;
    supervisor.shutdown().await;
    let rows = rows?;
    if arguments.json {
        output::print_json(&serde_json::json!({ "sheets": rows }))?;
    } else if arguments.csv {
        output::print_text(&row::csv(&rows))?;
    } else {
        output::print_text(&row::table(&rows))?;
    }
    let failed = rows.iter().filter(|row| row.error.is_some()).count();
    let unnamed = rows.iter().filter(|row| row.number.is_none() && row.error.is_none()).count();
    let unread = if failed > 0 { format!("; {failed} could not be read") } else { String::new() };
    note(&format!("{} pages, {} with a sheet number{unread}", rows.len(), rows.len() - failed - unnamed));
    Ok(if failed == rows.len() && failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Processors that this process may use, at most four: each worker holds parts of the document in memory.
fn usual_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(4))
}
