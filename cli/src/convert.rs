//! `tach convert`: whole documents as Markdown, HTML, JSON, text, `DocTags` or chunks; one, or many into a folder.

mod bar;
mod files;
mod many;
mod pictures;
mod work;

use super::exit::Failure;
use super::options::{Common, Layers, PasswordSource};
use super::output;
use bar::Bar;
use clap::{Args, ValueEnum};
use pictures::Pictures;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tach_supervisor::ConvertStructure;
use work::{Format, Work};

/// Arguments of `tach convert`.
#[derive(Debug, Args)]
#[command(after_help = "tach convert report.pdf --to html --images embedded -o report.html\n\
tach convert inbox/ letter.docx -o texts    every document below inbox, and the letter, into the folder texts\n\
A document that fails is named on stderr, and the others go on; the exit code is 1 then.")]
pub(super) struct Arguments {
    /// Documents, and folders of them: PDFs, pictures, office files, HTML, Markdown, CSV
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    password: PasswordSource,
    #[command(flatten)]
    layers: Layers,
    /// Pages A-B or A, from 1 as a viewer counts; all where absent
    #[arg(long, value_name = "A-B", value_parser = pages)]
    pages: Option<[u32; 2]>,
    /// Languages for OCR, such as en,vi
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// What to make of it
    #[arg(long, value_enum, default_value = "markdown")]
    to: Format,
    /// What stands for pictures: `placeholder`, `embedded`, `none`, or a folder to write them to (json, markdown, html)
    #[arg(long, default_value = "placeholder", value_name = "MODE|FOLDER")]
    images: Pictures,
    /// What a PDF's structure may be taken from
    #[arg(long, value_enum, default_value = "auto")]
    structure: Structure,
    /// Where the result goes; of several documents, a folder
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
    /// Documents that are converted at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
}

/// What structure may be taken from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Structure {
    /// Tags, then a layout model where one is there, then fonts and places
    Auto,
    /// Tags, then fonts and places: no layout model
    Fonts,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let work = work(arguments)?;
    let starting = common.builder_for_long_work(DEFAULT_TIMEOUT);
    let one = arguments.files.len() == 1 && !arguments.files[0].is_dir() && !arguments.output.is_dir();
    if !one {
        return many::run(starting, &arguments.files, &arguments.output, arguments.workers.into(), work).await;
    }
    let file = &arguments.files[0];
    files::refuse_same(file, &arguments.output)?;
    let supervisor = starting.start().await?;
    let bar = Bar::of_pages();
    let data = work.convert(&supervisor, file, &bar).await;
    supervisor.shutdown().await;
    bar.finish();
    work.write(&data?, &arguments.output, Path::new(&super::options::stem(file)))?;
    if output::is_stdout(&arguments.output) {
        output::print(b"\n")?;
    } else {
        output::print(format!("{}\n", arguments.output.display()).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn work(arguments: &Arguments) -> Result<Work, Failure> {
    let to = arguments.to;
    if matches!(arguments.images, Pictures::Folder(_)) && !matches!(to, Format::Json | Format::Markdown | Format::Html)
    {
        return Err(Failure::usage("pictures go into a folder with --to json, markdown or html only"));
    }
    let structure = match arguments.structure {
        Structure::Auto => ConvertStructure::Auto,
        Structure::Fonts => ConvertStructure::Fonts,
    };
    let (password, images) = (arguments.password.password()?, arguments.images.clone());
    let (languages, layers) = (arguments.languages.clone(), arguments.layers.chosen());
    Ok(Work { password, pages: arguments.pages, to, images, structure, languages, layers })
}

/// Reads `A-B` or `A` and counts from 0.
pub(super) fn pages(text: &str) -> Result<[u32; 2], String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok([first - 1, last - 1]),
        _ => Err("pages are A-B or A, from 1, such as 3-7".to_owned()),
    }
}
