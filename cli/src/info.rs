//! `tach info`: pages, sizes and metadata.

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

/// Pages listed before the rest is summed up.
const PAGES_SHOWN: usize = 10;

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let request = DocumentInfo { file_path: arguments.document.path()?, password: arguments.document.password()? };
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
    for (index, page) in details.pages.iter().take(PAGES_SHOWN).enumerate() {
        let turned = if page.rotation == 0 { String::new() } else { format!(", turned by {}°", page.rotation) };
        let _ = writeln!(text, "page {:<5} {:.1} × {:.1} pt{turned}", index + 1, page.width, page.height);
    }
    if details.pages.len() > PAGES_SHOWN {
        let _ = writeln!(text, "… and {} more pages (--json lists all)", details.pages.len() - PAGES_SHOWN);
    }
    text
}
