//! Options that all subcommands share, and how values are read.

use super::exit::Failure;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tach_supervisor::{Bbox, Builder, CoordOrigin, Host, Password, Supervisor};

/// Options that all subcommands share.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of the worker")]
pub(super) struct Common {
    /// What runs in the worker process
    #[arg(long, global = true, value_enum, default_value = "shim", help_heading = "Options of the worker")]
    pub host: HostKind,
    /// Python environment (folder or executable) of the worker
    #[arg(long, global = true, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// Deadline of a request in seconds, up to 600
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Soft memory limit of a worker in MB
    #[arg(long, global = true, value_name = "MB", value_parser = clap::value_parser!(u64).range(64..1_000_000))]
    pub ram_limit_mb: Option<u64>,
    /// Folder for the log of the workers' stderr
    #[arg(long, global = true, value_name = "DIR")]
    pub log_folder: Option<PathBuf>,
    /// Tell what happens to the workers; twice for every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What runs in the worker process.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum HostKind {
    /// tach-host-shim: CPython embedded in Rust, guarded against native hangs
    Shim,
    /// python -m pyworker
    Python,
}

/// Workers that one set may end before the rest of it is refused. Each may take as long as a request may.
const KILLS_OF_A_SET: u32 = 30;

impl Common {
    /// Sends the library's `tracing` events to stderr.
    pub(super) fn start_tracing(&self) {
        let default = match self.verbose {
            // What fails is in the error that the command itself reports.
            0 => "off",
            1 => "info",
            _ => "debug",
        };
        let filter = tracing_subscriber::EnvFilter::try_from_env("TACH_LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
        // A second subscriber means that a test set its own.
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            // It would print to stderr that stderr cannot be written, and panic.
            .log_internal_errors(false);
        let _ = subscriber.try_init();
    }

    /// The worker program as asked for.
    pub(super) fn host(&self) -> Host {
        let host = match self.host {
            HostKind::Shim => Host::shim(),
            HostKind::Python => Host::python(),
        };
        match &self.python {
            Some(python) => host.with_python(python),
            None => host,
        }
    }

    /// The settings of a supervisor as asked for.
    pub(super) fn builder(&self) -> Builder {
        let mut builder = Supervisor::builder().host(self.host());
        if let Some(timeout) = self.timeout {
            builder = builder.request_timeout(timeout);
        }
        if let Some(limit) = self.ram_limit_mb {
            builder = builder.ram_limit_mb(limit);
        }
        if let Some(folder) = &self.log_folder {
            builder = builder.log_folder(Some(folder.clone()));
        }
        builder
    }

    /// The same for commands that need no Docling, which start several times faster without it.
    pub(super) fn builder_without_docling(&self) -> Builder {
        match std::env::var_os("TACH_DOCLING_PROFILE") {
            Some(_) => self.builder(),
            None => self.builder().env("TACH_DOCLING_PROFILE", "none"),
        }
    }

    /// The same for commands that may need Docling's parts, or a model, which are loaded when they do.
    pub(super) fn builder_loading_late(&self, default_timeout: Duration) -> Builder {
        match std::env::var_os("TACH_DOCLING_LOAD") {
            Some(_) => self.builder_for_long_work(default_timeout),
            None => self.builder_for_long_work(default_timeout).env("TACH_DOCLING_LOAD", "lazy"),
        }
    }

    /// `builder` for commands that read a set page by page: the pages that end workers are told, and the others are still read.
    pub(super) fn by_pages(builder: Builder) -> Builder {
        builder.quarantine(KILLS_OF_A_SET, Duration::from_secs(3600))
    }

    /// The same for commands whose work is long, with a deadline that suits it where none was given.
    pub(super) fn builder_for_long_work(&self, default_timeout: Duration) -> Builder {
        let builder = self.builder();
        if self.timeout.is_some() { builder } else { builder.request_timeout(default_timeout) }
    }
}

/// The document and the page that most subcommands work on.
#[derive(Debug, Args)]
pub(super) struct Document {
    /// The PDF
    pub file: PathBuf,
    #[command(flatten)]
    password: PasswordSource,
}

/// Where the password of an encrypted document comes from.
#[derive(Debug, Args)]
pub(super) struct PasswordSource {
    /// Password of an encrypted document. Other users can see it in the list of processes; prefer the next two, or the
    /// variable `TACH_PASSWORD`
    #[arg(long, conflicts_with_all = ["password_file", "ask_password"])]
    password: Option<String>,
    /// File whose first line is the password
    #[arg(long, value_name = "FILE", conflicts_with = "ask_password")]
    password_file: Option<PathBuf>,
    /// Ask for the password on the terminal
    #[arg(long)]
    ask_password: bool,
}

impl Document {
    /// The path as the worker needs it: absolute.
    pub(super) fn path(&self) -> Result<PathBuf, Failure> {
        std::path::absolute(&self.file)
            .map_err(|error| Failure::system(format_args!("cannot use `{}`", self.file.display()), &error))
    }

    /// The password, from wherever it was given.
    pub(super) fn password(&self) -> Result<Option<Password>, Failure> {
        self.password.password()
    }
}

impl PasswordSource {
    /// The password, from wherever it was given.
    pub(super) fn password(&self) -> Result<Option<Password>, Failure> {
        if let Some(password) = &self.password {
            return Ok(Some(Password(password.clone())));
        }
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::system(format_args!("cannot read `{}`", file.display()), &error))?;
            return Ok(Some(Password(text.lines().next().unwrap_or_default().to_owned())));
        }
        if self.ask_password {
            let asked = rpassword::prompt_password("Password: ");
            let password =
                asked.map_err(|error| Failure::system("cannot ask for the password on this terminal", &error))?;
            return Ok(Some(Password(password)));
        }
        Ok(std::env::var("TACH_PASSWORD").ok().filter(|password| !password.is_empty()).map(Password))
    }
}

/// A page number as a viewer counts.
#[derive(Debug, Args)]
pub(super) struct Page {
    /// Page number, from 1 as a viewer counts
    #[arg(long, short, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
}

impl Page {
    /// The page from 0, as the protocol counts.
    pub(super) fn index(&self) -> u32 {
        self.page - 1
    }

    /// The page from 1, as a viewer counts.
    pub(super) fn number(&self) -> u32 {
        self.page
    }
}

/// The layers that a command shows.
#[derive(Clone, Debug, Args)]
pub(super) struct Layers {
    /// Layer to show, by its name; may be repeated, and hides all others. `tach info` lists them [default: as the document says]
    #[arg(long = "layer", value_name = "NAME")]
    layers: Vec<String>,
}

impl Layers {
    /// The names, where any was given.
    pub(super) fn chosen(&self) -> Option<Vec<String>> {
        (!self.layers.is_empty()).then(|| self.layers.clone())
    }
}

/// Corner that coordinates start from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Origin {
    /// x, y is the upper left corner of the box
    Topleft,
    /// x, y is the lower left corner of the box
    Bottomleft,
}

impl From<Origin> for CoordOrigin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Topleft => Self::TopLeft,
            Origin::Bottomleft => Self::BottomLeft,
        }
    }
}

/// Reads `X,Y,W,H`.
pub(super) fn bbox(text: &str) -> Result<Bbox, String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, width, height]) if [x, y, width, height].iter().all(|value| value.is_finite()) => {
            if width > 0.0 && height > 0.0 {
                Ok(Bbox::new(x, y, width, height))
            } else {
                Err("width and height must be above 0".to_owned())
            }
        }
        _ => Err("a box is X,Y,WIDTH,HEIGHT in points, such as 72,100,200,50".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("a number of seconds from 0.001 to 600".to_owned()),
    }
}

/// The name of a document without folder and ending, for names of results.
pub(super) fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| "document".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
