//! The typed calls: one method for each command, and the options of one call.

use super::{Answer, Supervisor};
use crate::error::Error;
use crate::picture::Picture;
use crate::results::{Chunk, Converted, DocumentDetails, Evidence, FoundText, PageText, Table, misread};
use crate::sheet::Sheet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tach_protocol::request::{
    Convert, ConvertFormat, DocumentInfo, ExtractEvidence, ExtractText, FindText, ParseTable, Ping, ReadSheet,
};
use tach_protocol::{Command, ErrorBody, Progress, Request};
use tokio::sync::mpsc;

/// A call that runs when it is awaited; dropping it then gives the request up.
///
/// ```no_run
/// # async fn example(supervisor: tach_supervisor::Supervisor) -> Result<(), tach_supervisor::Error> {
/// use std::time::Duration;
/// use tach_supervisor::{Convert, ConvertFormat, Progress};
///
/// let (progress, mut steps) = tokio::sync::mpsc::unbounded_channel::<Progress>();
/// tokio::spawn(async move {
///     while let Some(step) = steps.recv().await {
///         println!("{} of {} pages", step.done, step.total);
///     }
/// });
/// let payload = Convert::new("/data/report.pdf").format(ConvertFormat::Markdown);
/// let converted = supervisor.convert(payload).timeout(Duration::from_secs(300)).progress(progress).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call runs when it is awaited"]
pub struct Call<'a, T>(State<'a, T>);

enum State<'a, T> {
    /// Options may be set.
    Prepared(Prepared<'a, T>),
    Running(Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>),
    Done,
}

struct Prepared<'a, T> {
    supervisor: &'a Supervisor,
    command: Command,
    timeout: Option<Duration>,
    progress: Option<mpsc::UnboundedSender<Progress>>,
    read: Reader<T>,
}

/// Makes the result of a reply's data and of the image that the worker wrote to a file.
type Reader<T> = Box<dyn FnOnce(&RawValue, Option<Picture>) -> Result<T, ErrorBody> + Send>;

impl<T> fmt::Debug for Call<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Prepared(Prepared { command, timeout, .. }) => formatter
                .debug_struct("Call")
                .field("command", command)
                .field("timeout", timeout)
                .finish_non_exhaustive(),
            State::Running(_) => formatter.write_str("Call(running)"),
            State::Done => formatter.write_str("Call(done)"),
        }
    }
}

impl<T> Call<'_, T> {
    /// Deadline of this request, 1 ms to 600 s. Default: the handle's ([`Supervisor::with_timeout`]), else the supervisor's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        if let State::Prepared(prepared) = &mut self.0 {
            prepared.timeout = Some(timeout);
        }
        self
    }

    /// Where the worker's progress goes while the request runs; `convert` and `find_text` report each page.
    pub fn progress(mut self, progress: mpsc::UnboundedSender<Progress>) -> Self {
        if let State::Prepared(prepared) = &mut self.0 {
            prepared.progress = Some(progress);
        }
        self
    }
}

impl<T: Send + 'static> Future for Call<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut running = match std::mem::replace(&mut self.0, State::Done) {
            State::Prepared(prepared) => Box::pin(prepared.run()),
            State::Running(running) => running,
            State::Done => panic!("a call was polled after it had ended"),
        };
        let polled = running.as_mut().poll(context);
        if polled.is_pending() {
            self.0 = State::Running(running);
        }
        polled
    }
}

impl<T: Send + 'static> Prepared<'_, T> {
    async fn run(self) -> Result<T, Error> {
        let Self { supervisor, command, timeout, progress, read } = self;
        let id = format!("{}-{}", command.name(), supervisor.next_call());
        let timeout_ms = timeout.map(|timeout| u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
        let request = Request { id, command, timeout_ms };
        let (reply, picture): Answer = supervisor.wait_and_run(request, progress).await;
        let data = reply.outcome?;
        if picture.is_none() {
            return Ok(read(&data, None)?);
        }
        // Megabytes from a file.
        let read = tokio::task::spawn_blocking(move || read(&data, picture)).await;
        Ok(read.unwrap_or_else(|panic| Err(misread(panic)))?)
    }
}

impl Supervisor {
    /// Cuts a picture out of a page.
    ///
    /// # Errors
    /// The error of the reply; see the table of codes in `docs/protocol.md`.
    pub fn extract_evidence(&self, payload: ExtractEvidence) -> Call<'_, Evidence> {
        self.call(Command::ExtractEvidence(payload), |data, picture| Evidence::from_json(data.get(), picture))
    }

    /// Reads the table in a box, or every table of a page.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn parse_table(&self, payload: ParseTable) -> Call<'_, Vec<Table>> {
        #[derive(Deserialize)]
        struct Tables {
            tables: Vec<Table>,
        }
        self.call(Command::ParseTable(payload), |data, _| json::<Tables>(data).map(|data| data.tables))
    }

    /// Reads text with line boxes.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn extract_text(&self, payload: ExtractText) -> Call<'_, PageText> {
        self.call(Command::ExtractText(payload), |data, _| json(data))
    }

    /// Reads what kind of sheet a page is, its zones and its title block.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn read_sheet(&self, payload: ReadSheet) -> Call<'_, Sheet> {
        self.call(Command::ReadSheet(payload), |data, _| json(data))
    }

    /// Reads pages, sizes and metadata of a document.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn document_info(&self, payload: DocumentInfo) -> Call<'_, DocumentDetails> {
        self.call(Command::DocumentInfo(payload), |data, _| json(data))
    }

    /// Converts a document. Long work: give it a deadline with [`Call::timeout`], and follow it with [`Call::progress`].
    ///
    /// # Errors
    /// The error of the reply.
    pub fn convert(&self, payload: Convert) -> Call<'_, Converted> {
        #[derive(Deserialize)]
        struct Text {
            text: String,
        }
        #[derive(Deserialize)]
        struct Chunks {
            chunks: Vec<Chunk>,
        }
        let format = payload.format;
        self.call(Command::Convert(payload), move |data, _| match format {
            ConvertFormat::Docling => Ok(Converted::Docling(data.to_owned())),
            ConvertFormat::Chunks => json::<Chunks>(data).map(|data| Converted::Chunks(data.chunks)),
            _ => json::<Text>(data).map(|data| Converted::Text(data.text)),
        })
    }

    /// Looks for a text, page by page. Long work on a large document: give it a deadline with [`Call::timeout`], and follow it
    /// with [`Call::progress`]. Several calls with parts of the document run side by side.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn find_text(&self, payload: FindText) -> Call<'_, FoundText> {
        self.call(Command::FindText(payload), |data, _| json(data))
    }

    /// Shows that a worker's engine is alive.
    ///
    /// # Errors
    /// The error of the reply.
    pub fn ping(&self) -> Call<'_, ()> {
        self.call(Command::Ping(Ping {}), |_, _| Ok(()))
    }

    fn call<T>(
        &self,
        command: Command,
        read: impl FnOnce(&RawValue, Option<Picture>) -> Result<T, ErrorBody> + Send + 'static,
    ) -> Call<'_, T> {
        Call(State::Prepared(Prepared {
            supervisor: self,
            command,
            timeout: None,
            progress: None,
            read: Box::new(read),
        }))
    }
}

fn json<T: DeserializeOwned>(data: &RawValue) -> Result<T, ErrorBody> {
    serde_json::from_str(data.get()).map_err(misread)
}
