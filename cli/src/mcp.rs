//! `tach mcp`: the workers as tools of a language model.

use super::exit::Failure;
use super::options::Common;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tach_service::{Mcp, Settings};

/// Deadline of a request that names none.
const TIMEOUT: Duration = Duration::from_secs(55);

/// Arguments of `tach mcp`.
#[derive(Debug, Args)]
#[command(after_help = "Example, for a client's settings:\n\
    {\"mcpServers\": {\"tach\": {\"command\": \"/opt/tach/tach\", \"args\": [\"mcp\", \"--root\", \"/data/drawings\"]}}}\n\
Tools: document_info, read_page, crop_evidence, find_tables, convert_pages. It ends when stdin is closed.")]
pub(super) struct Arguments {
    /// Folder that the model may read documents in (may be repeated)
    #[arg(long, value_name = "DIR", required = true)]
    root: Vec<PathBuf>,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mcp = Mcp::new(Settings { roots: arguments.root.clone(), ..Settings::default() })?;
    let builder = common.builder_loading_late(TIMEOUT).workers(arguments.workers.into());
    let supervisor = mcp.confine(builder)?.start().await?;
    mcp.run(supervisor).await.map_err(|error| Failure::system("the conversation ended early", &error))?;
    Ok(ExitCode::SUCCESS)
}
