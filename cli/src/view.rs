//! `tach view`: a document in the browser, on this machine only.

use super::exit::Failure;
use super::notes;
use super::options::Common;
use super::stop::StopSignal;
use clap::Args;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use tach_service::{Server, Settings, random_token};
use tach_supervisor::{Bbox, ExtractEvidence};

/// What the page asks for first (service/page/first.js): a box larger than any page, at this resolution.
const ALL: f64 = 1e7;
const FIRST_DPI: f64 = 48.0;

/// Arguments of `tach view`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: tach view plan.pdf\nDrag a box over the page: its picture, text and table appear beside it. End with Ctrl-C."
)]
pub(super) struct Arguments {
    /// The document
    file: PathBuf,
    /// Port to listen on; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Print the address and leave the browser alone
    #[arg(long)]
    no_browser: bool,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let named = |error| Failure::system(format_args!("cannot use `{}`", arguments.file.display()), &error);
    let file = std::path::absolute(&arguments.file).map_err(named)?;
    file.metadata().map_err(named)?;
    let folder = file.parent().map(Path::to_owned).unwrap_or_default();
    // Others on this machine must not read the folder through the port.
    let token = random_token();
    let settings =
        Settings { port: arguments.port, roots: vec![folder], token: Some(token.clone()), ..Settings::default() };
    let mut stop = StopSignal::listen().map_err(|error| Failure::system("cannot listen for signals", &error))?;
    let server = Server::bind(settings).await?;
    let address = server.address().map_err(|error| Failure::system("cannot tell the address", &error))?;
    let builder = common.builder().workers(arguments.workers.into());
    // The first page needs no Docling.
    let builder = match std::env::var_os("TACH_DOCLING_LOAD") {
        Some(_) => builder,
        None => builder.env("TACH_DOCLING_LOAD", "lazy"),
    };
    let supervisor = tokio::select! {
        started = server.confine(builder)?.start() => started?,
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    // Drawn while the browser starts: what a worker keeps of it is there when the page asks.
    let (drawing, first) = (supervisor.clone(), ExtractEvidence::new(&file, 0, Bbox::new(0.0, 0.0, ALL, ALL)));
    tokio::spawn(async move {
        // What is wrong with the document the page shows.
        let _ = drawing.extract_evidence(first.dpi(FIRST_DPI)).await;
    });
    let url = format!("http://{address}/#token={token}&file={}", encoded(&file.to_string_lossy()));
    notes::note(&format!("showing {url}"));
    if !arguments.no_browser && !open(&url) {
        notes::note("no browser could be started; open the address above");
    }
    let serving = server.run(supervisor, async move {
        let _ = stop.received().await;
    });
    Box::pin(serving).await?;
    Ok(ExitCode::SUCCESS)
}

/// Percent-encoding of all but letters, digits and `-._~`, which stand for themselves (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Starts the system's browser. Tells whether one was started.
fn open(url: &str) -> bool {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else if cfg!(target_os = "macos") {
        Command::new("open")
    } else {
        Command::new("xdg-open")
    };
    let started = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    match started {
        Ok(mut child) => {
            // It is reaped whenever it ends.
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_for_an_address() {
        assert_eq!(encoded("/data/a-b_c.pdf"), "%2Fdata%2Fa-b_c.pdf");
        assert_eq!(encoded("bản #1&x=%"), "b%E1%BA%A3n%20%231%26x%3D%25");
    }
}
