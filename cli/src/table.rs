//! `tach table`: the tables of a page.

use super::exit::Failure;
use super::notes;
use super::options::{self, Common, Document, Layers, Origin, Page};
use super::output;
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::{Bbox, ParseTable, Table, TableExport};

/// Arguments of `tach table`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    layers: Layers,
    /// Box of one table; every table of the page where absent
    #[arg(long, short, value_name = "X,Y,W,H", value_parser = options::bbox, allow_hyphen_values = true)]
    bbox: Option<Bbox>,
    /// Corner that coordinates start from
    #[arg(long, value_enum, default_value = "topleft", ignore_case = true)]
    coord_origin: Origin,
    /// Languages for OCR, such as en,vi
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Structure with boxes, as docling-core's `TableData`
    Json,
    Html,
    Markdown,
    Csv,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let export = match arguments.format {
        Format::Json => None,
        Format::Html => Some(("html", TableExport::Html)),
        Format::Markdown => Some(("markdown", TableExport::Markdown)),
        Format::Csv => Some(("csv", TableExport::Csv)),
    };
    let request = ParseTable {
        file_path: arguments.document.path()?,
        password: arguments.document.password()?,
        page_index: arguments.page.index(),
        bbox: arguments.bbox,
        coord_origin: arguments.coord_origin.into(),
        exports: export.iter().map(|(_, export)| *export).collect(),
        languages: arguments.languages.clone(),
        layers: arguments.layers.chosen(),
    };
    let supervisor = common.builder_loading_late(DEFAULT_TIMEOUT).start().await?;
    let tables = supervisor.parse_table(request).await;
    supervisor.shutdown().await;
    let tables = tables?;
    warn(&tables);
    match export {
        None => output::print_json(&tables)?,
        Some((name, _)) => {
            let texts: Vec<&str> =
                tables.iter().filter_map(|table| table.exports.get(name)).map(|text| text.trim_end()).collect();
            if texts.is_empty() {
                notes::note(&format!("no table on page {}", arguments.page.number()));
            } else {
                output::print_text(&format!("{}\n", texts.join("\n\n")))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says on stderr which tables may be wrong, and why.
fn warn(tables: &[Table]) {
    for (place, table) in (1..).zip(tables) {
        if !table.warnings.is_empty() {
            let reasons = table.warnings.join("; ");
            notes::note(&format!("table {place} may be wrong (confidence {:.2}): {reasons}", table.confidence));
        }
    }
}
