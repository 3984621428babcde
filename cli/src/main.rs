//! The `tach` command: arguments to a checked configuration, then one file for each subcommand.

mod batch;
mod convert;
mod crop;
mod doctor;
mod exit;
mod find;
mod info;
mod mcp;
mod node;
mod notes;
mod options;
mod os;
mod output;
mod queue;
mod serve;
mod servers;
mod sheets;
mod status;
mod stop;
mod submit;
mod table;
mod text;
mod view;
mod worker;

use clap::{Parser, Subcommand};
use exit::Failure;
use options::Common;
use std::process::ExitCode;

/// Reads PDFs in worker processes that cannot take anything else down: crops, tables, text, OCR.
#[derive(Debug, Parser)]
#[command(name = "tach", version, after_help = exit::HELP, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Cut a picture out of a page
    Crop(crop::Arguments),
    /// Show pages, sizes and metadata of a document
    Info(info::Arguments),
    /// Read the tables of a page
    Table(table::Arguments),
    /// Read the text of a page, by OCR where it is a picture
    Text(text::Arguments),
    /// Find a text in a document, with a picture of each place
    Find(find::Arguments),
    /// List the sheets of a set of drawings: number, title, scale, revision
    Sheets(sheets::Arguments),
    /// Convert documents to Markdown, HTML, JSON, text or chunks
    Convert(convert::Arguments),
    /// Answer many requests, one JSON object a line
    Batch(batch::Arguments),
    /// Serve the same requests over HTTP
    Serve(serve::Arguments),
    /// Answer requests of a queue on this machine, until stopped
    Node(node::Arguments),
    /// Send many requests to a queue and collect one reply for each
    Submit(submit::Arguments),
    /// Look at a queue, run quarantined requests again, delete a job
    Queue(queue::Arguments),
    /// Look at a document in the browser: drag a box, see its picture, text and table
    View(view::Arguments),
    /// Offer the same as tools to a language model, over the Model Context Protocol
    Mcp(mcp::Arguments),
    /// Run one worker on this terminal's stdin and stdout, for callers in any language
    Worker(worker::Arguments),
    /// Start a supervisor and show its workers, queue, breaker and quarantine
    Status(status::Arguments),
    /// Check everything that a worker needs, and say what to do about what is missing
    Doctor(doctor::Arguments),
}

fn main() -> ExitCode {
    os::hear_of_children();
    let arguments = Arguments::parse();
    arguments.common.start_tracing();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::system("cannot start", &error).report(),
    };
    let common = &arguments.common;
    let done = runtime.block_on(async {
        match &arguments.command {
            Subcommands::Crop(arguments) => crop::run(common, arguments).await,
            Subcommands::Info(arguments) => info::run(common, arguments).await,
            Subcommands::Table(arguments) => table::run(common, arguments).await,
            Subcommands::Text(arguments) => text::run(common, arguments).await,
            Subcommands::Find(arguments) => find::run(common, arguments).await,
            Subcommands::Sheets(arguments) => sheets::run(common, arguments).await,
            Subcommands::Convert(arguments) => convert::run(common, arguments).await,
            Subcommands::Batch(arguments) => batch::run(common, arguments).await,
            Subcommands::Serve(arguments) => Box::pin(serve::run(common, arguments)).await,
            Subcommands::Node(arguments) => Box::pin(node::run(common, arguments)).await,
            Subcommands::Submit(arguments) => Box::pin(submit::run(arguments)).await,
            Subcommands::Queue(arguments) => Box::pin(queue::run(arguments)).await,
            Subcommands::Mcp(arguments) => mcp::run(common, arguments).await,
            Subcommands::View(arguments) => Box::pin(view::run(common, arguments)).await,
            Subcommands::Worker(arguments) => worker::run(common, arguments),
            Subcommands::Status(arguments) => status::run(common, arguments).await,
            Subcommands::Doctor(arguments) => doctor::run(common, arguments).await,
        }
    });
    // A thread that still reads a terminal's stdin must not hold the process.
    runtime.shutdown_background();
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
