//! `tach crop`: a picture out of a page.

use super::exit::Failure;
use super::options::{self, Common, Document, Layers, Origin, Page};
use super::output;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::{Bbox, ExtractEvidence, ImageFormat};

/// Arguments of `tach crop`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    #[command(flatten)]
    page: Page,
    #[command(flatten)]
    layers: Layers,
    /// Box to cut: X,Y,WIDTH,HEIGHT in points
    #[arg(long, short, value_name = "X,Y,W,H", value_parser = options::bbox, allow_hyphen_values = true)]
    bbox: Bbox,
    /// Corner that coordinates start from
    #[arg(long, value_enum, default_value = "topleft", ignore_case = true)]
    coord_origin: Origin,
    /// Resolution in dots an inch, 18 to 1200
    #[arg(long, default_value_t = 150.0)]
    dpi: f64,
    /// Encoding; told by the ending of OUT where absent, else jpeg
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Quality of JPEG and WebP, 1 to 100
    #[arg(long, default_value_t = 85, value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: u8,
    /// Also read the text in the box
    #[arg(long)]
    text: bool,
    /// Read a scan's text by OCR, in languages such as en,vi; goes with --text
    #[arg(long, value_delimiter = ',', requires = "text")]
    languages: Vec<String>,
    /// Where the picture goes; `-` for stdout [default: FILE's name with page and box, in this folder]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Tell the result as JSON on stdout
    #[arg(long)]
    json: bool,
}

const OCR_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Jpeg,
    Png,
    Webp,
    /// 8-bit RGB rows without a header
    Raw,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::Webp),
            "raw" | "rgb" => Some(Self::Raw),
            _ => None,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Raw => "raw",
        }
    }
}

impl From<Format> for ImageFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Jpeg => Self::Jpeg,
            Format::Png => Self::Png,
            Format::Webp => Self::Webp,
            Format::Raw => Self::Raw,
        }
    }
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let to_stdout = arguments.output.as_deref().is_some_and(output::is_stdout);
    if to_stdout && arguments.json {
        return Err(Failure::usage("--json and a picture cannot both go to stdout; name a file with -o"));
    }
    let format = arguments.format.or_else(|| arguments.output.as_deref().and_then(Format::of)).unwrap_or(Format::Jpeg);
    let request = ExtractEvidence {
        password: arguments.document.password()?,
        dpi: arguments.dpi,
        format: format.into(),
        quality: arguments.quality,
        coord_origin: arguments.coord_origin.into(),
        include_text: arguments.text,
        languages: arguments.languages.clone(),
        layers: arguments.layers.chosen(),
        ..ExtractEvidence::new(arguments.document.path()?, arguments.page.index(), arguments.bbox)
    };
    let path = arguments.output.clone().unwrap_or_else(|| default_name(arguments, format));

    let builder = if arguments.languages.is_empty() {
        common.builder_without_docling()
    } else {
        common.builder_loading_late(OCR_TIMEOUT)
    };
    let supervisor = builder.start().await?;
    let evidence = supervisor.extract_evidence(request).await;
    supervisor.shutdown().await;
    let evidence = evidence?;

    output::write(&path, &evidence.bytes)?;
    if arguments.json {
        output::print_json(&json!({
            "path": path, "width": evidence.width, "height": evidence.height, "mime": evidence.mime,
            "bbox": evidence.bbox, "bytes": evidence.bytes.len(), "text": evidence.text,
        }))?;
    } else if !to_stdout {
        let text = evidence.text.map(|text| format!("{text}\n")).unwrap_or_default();
        let line = format!(
            "{}  {} × {} px, {} bytes\n{text}",
            path.display(),
            evidence.width,
            evidence.height,
            evidence.bytes.len()
        );
        output::print_text(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn default_name(arguments: &Arguments, format: Format) -> PathBuf {
    let Bbox { x, y, width, height } = arguments.bbox;
    let stem = options::stem(&arguments.document.file);
    format!("{stem}-p{}-{x}_{y}_{width}_{height}.{}", arguments.page.number(), format.ending()).into()
}
