//! `tach text`: the text of a page or a region.

use super::exit::Failure;
use super::options::{self, Common, Document, Layers, Origin, Page};
use super::output;
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::{Bbox, ExtractText, OcrMode};

/// Arguments of `tach text`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    layers: Layers,
    /// Region to read; the whole page where absent
    #[arg(long, short, value_name = "X,Y,W,H", value_parser = options::bbox, allow_hyphen_values = true)]
    bbox: Option<Bbox>,
    /// Corner that coordinates start from
    #[arg(long, value_enum, default_value = "topleft", ignore_case = true)]
    coord_origin: Origin,
    /// When to read by OCR
    #[arg(long, value_enum, default_value = "auto")]
    ocr: Ocr,
    /// Languages for OCR, such as en,vi
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// Lines with boxes and confidence, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ocr {
    /// Where the region has no usable text of its own
    Auto,
    Never,
    Always,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let request = ExtractText {
        file_path: arguments.document.path()?,
        password: arguments.document.password()?,
        page_index: arguments.page.index(),
        bbox: arguments.bbox,
        coord_origin: arguments.coord_origin.into(),
        ocr: match arguments.ocr {
            Ocr::Auto => OcrMode::Auto,
            Ocr::Never => OcrMode::Never,
            Ocr::Always => OcrMode::Always,
        },
        languages: arguments.languages.clone(),
        layers: arguments.layers.chosen(),
    };
    let supervisor = common.builder_loading_late(DEFAULT_TIMEOUT).start().await?;
    let page = supervisor.extract_text(request).await;
    supervisor.shutdown().await;
    let page = page?;
    if arguments.json {
        output::print_json(&page)?;
    } else {
        output::print_text(&format!("{}\n", page.text.trim_end()))?;
    }
    Ok(ExitCode::SUCCESS)
}
