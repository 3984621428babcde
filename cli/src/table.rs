//! `tach table`: the tables of a page, or of all pages.

mod numbers;
mod xlsx;

use super::exit::Failure;
use super::notes;
use super::options::{self, Common, Document, Layers, Origin, Page};
use super::output;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::{Bbox, DocumentInfo, ParseTable, Table, TableExport};

/// Arguments of `tach table`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    layers: Layers,
    /// Read every page
    #[arg(long, conflicts_with_all = ["page", "bbox"])]
    all: bool,
    /// Box of one table; every table of the page where absent
    #[arg(long, short, value_name = "X,Y,W,H", value_parser = options::bbox, allow_hyphen_values = true)]
    bbox: Option<Bbox>,
    /// Corner that coordinates start from
    #[arg(long, value_enum, default_value = "topleft", ignore_case = true)]
    coord_origin: Origin,
    /// Languages for OCR, such as en,vi
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// What to write; default: what the ending of OUTPUT says, else markdown
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// File for the result; `-` for stdout
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Structure with boxes, as docling-core's `TableData`
    Json,
    Html,
    Markdown,
    Csv,
    /// An Excel workbook, a sheet for each table; goes to a file
    Xlsx,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            "md" => Some(Self::Markdown),
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// The text form to ask the worker for, with its name in the reply.
    fn export(self) -> Option<(&'static str, TableExport)> {
        match self {
            Self::Json | Self::Xlsx => None,
            Self::Html => Some(("html", TableExport::Html)),
            Self::Markdown => Some(("markdown", TableExport::Markdown)),
            Self::Csv => Some(("csv", TableExport::Csv)),
        }
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let format = arguments.format.or_else(|| Format::of(&arguments.output)).unwrap_or(Format::Markdown);
    if format == Format::Xlsx && output::is_stdout(&arguments.output) {
        return Err(Failure::usage("a workbook goes to a file: name it with -o, for example -o tables.xlsx"));
    }
    let request = ParseTable {
        file_path: arguments.document.path()?,
        password: arguments.document.password()?,
        page_index: arguments.page.index(),
        bbox: arguments.bbox,
        coord_origin: arguments.coord_origin.into(),
        exports: format.export().iter().map(|(_, export)| *export).collect(),
        languages: arguments.languages.clone(),
        layers: arguments.layers.chosen(),
    };
    let supervisor = common.builder_loading_late(DEFAULT_TIMEOUT).start().await?;
    let read = if arguments.all {
        every_page(&supervisor, request).await
    } else {
        supervisor.parse_table(request).await.map(|tables| (tables, None))
    };
    supervisor.shutdown().await;
    let (tables, failed) = read?;
    warn(&tables);
    if tables.is_empty() && format != Format::Json {
        let pages = if arguments.all { "any page".to_owned() } else { format!("page {}", arguments.page.number()) };
        notes::note(&format!("no table on {pages}"));
        if format != Format::Xlsx {
            return failed.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()));
        }
    }
    let bytes = match format.export() {
        None if format == Format::Xlsx => {
            xlsx::workbook(&tables).map_err(|error| Failure::system("cannot make the workbook", &error))?
        }
        None => {
            let json = serde_json::to_string(&tables);
            json.map_err(|error| Failure::system("cannot write JSON", &error))?.into_bytes()
        }
        Some((name, _)) => {
            let texts: Vec<&str> =
                tables.iter().filter_map(|table| table.exports.get(name)).map(|text| text.trim_end()).collect();
            texts.join("\n\n").into_bytes()
        }
    };
    let ending: &[u8] = if format == Format::Xlsx { b"" } else { b"\n" };
    output::write(&arguments.output, &[&bytes[..], ending].concat())?;
    failed.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}

/// The tables of all pages, page by page, and the first page's error where pages could not be read.
async fn every_page(
    supervisor: &tach_supervisor::Supervisor,
    request: ParseTable,
) -> Result<(Vec<Table>, Option<tach_supervisor::Error>), tach_supervisor::Error> {
    let mut info = DocumentInfo::new(&request.file_path).include_pages(false);
    info.password.clone_from(&request.password);
    let pages = supervisor.document_info(info).await?.page_count;
    let style = ProgressStyle::with_template("{bar:40} page {pos} of {len}, {eta} left");
    let bar = ProgressBar::new(u64::from(pages)).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (mut tables, mut failed) = (Vec::new(), None);
    for page_index in 0..pages {
        match supervisor.parse_table(ParseTable { page_index, ..request.clone() }).await {
            Ok(found) => tables.extend(found),
            Err(error) => {
                bar.suspend(|| notes::note(&format!("page {}: {error}", page_index + 1)));
                failed.get_or_insert(error);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((tables, failed))
}

/// Says on stderr which tables may be wrong, and why.
fn warn(tables: &[Table]) {
    let mut places = std::collections::HashMap::new();
    for table in tables {
        let place = places.entry(table.page_index).or_insert(0);
        *place += 1;
        if !table.warnings.is_empty() {
            let page = table.page_index + 1;
            let reasons = table.warnings.join("; ");
            notes::note(&format!(
                "table {place} on page {page} may be wrong (confidence {:.2}): {reasons}",
                table.confidence
            ));
        }
    }
}
