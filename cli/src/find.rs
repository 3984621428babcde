//! `tach find`: where a text is in a document, by several workers over its pages, with a picture of each place.

mod cache;
mod hit;
mod needle;
mod pictures;
mod reading;
mod search;
mod tiles;

use super::exit::Failure;
use super::notes::note;
use super::options::{Common, Document, Layers};
use super::{convert, output};
use clap::Args;
use hit::Hit;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::protocol::escape::escaped;
use tach_supervisor::{DocumentInfo, FindText};

/// Arguments of `tach find`.
#[derive(Debug, Args)]
#[command(after_help = "Example: tach find SET.pdf \"C30/37\" --crops hits

White space in the text stands for any white space, also for the end of a line whose next line stands right below it. A hyphen
at a line's end matches with or without it. The document's own text is searched; how many pages have none, because they are
scans or plots, is told, and --ocr reads them: that takes seconds a page. There white space doesn't count and a text is
found within a line only.
What was read is kept in the user's folder for caches, at most 512 MB, so that the next search takes a fraction of the time;
nothing is kept of an encrypted document.")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub(super) struct Arguments {
    #[command(flatten)]
    document: Document,
    /// Text to look for
    query: String,
    #[command(flatten)]
    layers: Layers,
    /// Pages A-B or A, from 1 as a viewer counts; all where absent
    #[arg(long, value_name = "A-B", value_parser = convert::pages)]
    pages: Option<[u32; 2]>,
    /// Let capital and small letters differ
    #[arg(long)]
    match_case: bool,
    /// Find it only where no letter or digit touches it
    #[arg(long)]
    whole_words: bool,
    /// Most places told, 1 to 10000
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Read pages whose text is a picture or drawn as strokes by OCR, and search them too
    #[arg(long)]
    ocr: bool,
    /// Languages for OCR, such as en,vi
    #[arg(long, value_delimiter = ',', requires = "ocr")]
    languages: Vec<String>,
    /// Folder for a picture of each place; it is made where it is missing
    #[arg(long, value_name = "DIR")]
    crops: Option<PathBuf>,
    /// Resolution of the pictures in dots an inch, 18 to 1200
    #[arg(long, default_value_t = 150.0)]
    dpi: f64,
    /// Workers that read side by side [default: the machine's processors, at most 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// Keep nothing of what was read, and use nothing that was kept
    #[arg(long)]
    no_cache: bool,
    /// All places with boxes, as JSON
    #[arg(long)]
    json: bool,
}

/// Of one request for a part of the document.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
/// Of one for a page of a part that a worker did not survive.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);
/// Of one for a page that OCR reads.
const OCR_TIMEOUT: Duration = Duration::from_secs(120);

/// What is told as JSON.
#[derive(Debug, Serialize)]
struct Found {
    matches: Vec<Hit>,
    truncated: bool,
    unreadable_pages: Vec<u32>,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (path, password) = (arguments.document.path()?, arguments.document.password()?);
    let mut builder =
        if arguments.ocr { common.builder_loading_late(DEFAULT_TIMEOUT) } else { common.builder_without_docling() };
    if common.timeout.is_none() {
        builder = builder.request_timeout(DEFAULT_TIMEOUT);
    }
    if let (false, Some(folder)) = (arguments.no_cache, cache::folder_of(&path)) {
        builder = builder.env("TACH_TEXT_CACHE_DIR", folder);
    }
    let workers = arguments.workers.map_or_else(usual_workers, usize::from);
    let supervisor = Common::by_pages(builder).workers(workers).start().await?;
    let done = async {
        let info = DocumentInfo { password: password.clone(), ..DocumentInfo::new(&path) }.include_pages(arguments.ocr);
        let info = supervisor.document_info(info).await?;
        let ask = FindText {
            password: password.clone(),
            page_range: arguments.pages,
            match_case: arguments.match_case,
            whole_words: arguments.whole_words,
            limit: arguments.limit,
            layers: arguments.layers.chosen(),
            ..FindText::new(&path, arguments.query.as_str())
        };
        let page_timeout = common.timeout.unwrap_or(PAGE_TIMEOUT);
        let found = search::search(&supervisor, &ask, info.page_count, workers, page_timeout).await?;
        let mut truncated = found.truncated;
        let mut unreadable_pages = found.unreadable_pages;
        let labels = &info.page_labels;
        let hit = |by_ocr| move |place| Hit::new(place, labels, by_ocr);
        let mut matches: Vec<Hit> = found.matches.into_iter().map(hit(false)).collect();
        if arguments.ocr && !truncated {
            let timeout = common.timeout.unwrap_or(OCR_TIMEOUT);
            let languages = &arguments.languages;
            let (pages, sizes) = (&unreadable_pages, &info.pages);
            let read = reading::read(&supervisor, &ask, pages, sizes, languages, workers, timeout).await?;
            unreadable_pages = read.unread;
            matches.extend(read.matches.into_iter().map(hit(true)));
            matches.sort_by_key(|it| it.place.page_index);
            truncated = matches.len() > arguments.limit as usize;
            matches.truncate(arguments.limit as usize);
        }
        if let Some(folder) = &arguments.crops {
            pictures::cut(&supervisor, &ask, arguments.dpi, folder, &mut matches).await?;
        }
        Ok(Found { matches, truncated, unreadable_pages })
    };
    let found: Result<Found, Failure> = done.await;
    supervisor.shutdown().await;
    let found = found?;
    if arguments.json {
        output::print_json(&found)?;
    } else {
        output::print_text(&describe(&found.matches))?;
    }
    note(&summary(&found, arguments.ocr));
    Ok(ExitCode::SUCCESS)
}

/// Processors that this process may use, at most four: each worker holds parts of the document in memory.
fn usual_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(4))
}

/// A line for each place.
fn describe(matches: &[Hit]) -> String {
    let mut text = String::new();
    for Hit { place, page_label, read_by_ocr, crop } in matches {
        let zone = place.zone.as_ref().map_or_else(String::new, |zone| {
            let title = zone.title.as_ref().map_or_else(String::new, |title| format!(": {}", escaped(title)));
            format!("  [{}{title}]", escaped(&zone.kind))
        });
        let number = place.page_index + 1;
        let label = page_label.as_ref().filter(|label| **label != number.to_string());
        let label = label.map_or_else(String::new, |label| format!(" ({})", escaped(label)));
        let boxes: Vec<String> =
            place.boxes.iter().map(|it| format!("{:.1},{:.1},{:.1},{:.1}", it.x, it.y, it.width, it.height)).collect();
        let crop = crop.as_ref().map_or_else(String::new, |path| format!("  {}", path.display()));
        let by_ocr = if *read_by_ocr { "  (read by OCR)" } else { "" };
        let context = escaped(&place.context);
        let _ = writeln!(text, "page {number}{label}  {}  {context}{by_ocr}{zone}{crop}", boxes.join(" "));
    }
    text
}

/// The sentence for the person.
fn summary(found: &Found, ocr: bool) -> String {
    let count = found.matches.len();
    let mut pages: Vec<u32> = found.matches.iter().map(|hit| hit.place.page_index).collect();
    pages.dedup();
    let mut text = match count {
        0 if found.unreadable_pages.is_empty() => "the text was not found".to_owned(),
        0 => "the text was not found on the pages that could be searched".to_owned(),
        1 => "found once".to_owned(),
        _ => format!("found {count} times on {} {}", pages.len(), if pages.len() == 1 { "page" } else { "pages" }),
    };
    if found.truncated {
        text += "; there may be more (--limit)";
    }
    let count = found.unreadable_pages.len();
    if count > 0 {
        let numbers: Vec<String> = found.unreadable_pages.iter().take(10).map(|page| (page + 1).to_string()).collect();
        let more = if count > numbers.len() { ", …" } else { "" };
        let pages = if count == 1 { "page" } else { "pages" };
        let why = if ocr {
            "could not be read"
        } else {
            "could not be searched: scans or letters drawn as strokes, which --ocr reads, or damaged"
        };
        let _ = write!(text, "; {count} {pages} {why}: {}{more}", numbers.join(", "));
    }
    text
}
