//! `tach info`: pages, sizes, metadata, outline and layers.

use super::exit::Failure;
use super::options::{Common, Document};
use super::output;
use clap::Args;
use std::fmt::Write;
use std::process::ExitCode;
use tach_supervisor::protocol::escape::escaped;
use tach_supervisor::{DocumentDetails, DocumentInfo};

/// Arguments of `tach info`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    /// As JSON, with every page
    #[arg(long)]
    json: bool,
}

/// Pages, layers or outline entries listed before the rest is summed up.
const SHOWN: usize = 10;

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let request =
        DocumentInfo { password: arguments.document.password()?, ..DocumentInfo::new(arguments.document.path()?) };
    let supervisor = common.builder_without_docling().start().await?;
    let details = supervisor.document_info(request).await;
    supervisor.shutdown().await;
    let details = details?;
    if arguments.json {
        output::print_json(&details)?;
    } else {
        output::print_text(&describe(&details))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(details: &DocumentDetails) -> String {
    let mut text =
        format!("pages      {}\nencrypted  {}\n", details.page_count, if details.encrypted { "yes" } else { "no" });
    for (key, value) in &details.metadata {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !value.is_empty() {
            // One line each: a line break in a title must not look like another field.
            let _ = writeln!(text, "{:<10} {}", escaped(&key.to_lowercase()), escaped(&value));
        }
    }
    for (index, page) in details.pages.iter().take(SHOWN).enumerate() {
        let turned = if page.rotation == 0 { String::new() } else { format!(", turned by {}°", page.rotation) };
        let label = details.page_labels.get(index).filter(|label| **label != (index + 1).to_string());
        let label = label.map_or_else(String::new, |label| format!(", labelled {}", escaped(label)));
        let _ = writeln!(text, "page {:<5} {:.1} × {:.1} pt{turned}{label}", index + 1, page.width, page.height);
    }
    more(&mut text, details.pages.len(), "pages");
    for entry in details.outline.iter().take(SHOWN) {
        let indent = "  ".repeat((entry.level as usize).saturating_sub(1).min(SHOWN));
        let page = entry.page_index.map_or_else(String::new, |page| format!(", page {}", page + 1));
        let _ = writeln!(text, "outline    {indent}{}{page}", escaped(&entry.title));
    }
    more(&mut text, details.outline.len(), "outline entries");
    for layer in details.layers.iter().take(SHOWN) {
        let hidden = if layer.visible { "" } else { " (hidden)" };
        let _ = writeln!(text, "layer      {}{hidden}", escaped(&layer.name));
    }
    more(&mut text, details.layers.len(), "layers");
    text
}

/// The line that says how many there are beside those listed.
fn more(text: &mut String, count: usize, what: &str) {
    if count > SHOWN {
        let _ = writeln!(text, "… and {} more {what} (--json lists all)", count - SHOWN);
    }
}
