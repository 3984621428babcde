//! What a worker says: replies, lifecycle events and progress, and how a supervisor reads such a line.

use crate::error::ErrorBody;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::path::PathBuf;

/// What a request cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Perf {
    /// Milliseconds from the request line read to the reply line written.
    pub duration_ms: f64,
    /// Highest RSS in MB (2^20 bytes) seen during the request where the system can tell it, else the RSS at its end.
    pub peak_ram_mb: f64,
    /// MB of pixels that the worker keeps of pages that are slow to draw; left out where it keeps none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub page_cache_mb: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// One reply line. There is exactly one for every request.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The request's `id`; `None` where a line was no request.
    pub req_id: Option<String>,
    /// The data or the error.
    pub outcome: Outcome,
    /// Time and memory.
    pub perf: Perf,
}

/// `data` of a success as its JSON text, or the error.
pub type Outcome = Result<Box<RawValue>, ErrorBody>;

#[derive(Serialize)]
struct ReplyLine<'a> {
    req_id: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
    perf: Perf,
}

impl Serialize for Reply {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (status, data, error) = match &self.outcome {
            Ok(data) => ("success", Some(&**data), None),
            Err(error) => ("error", None, Some(error)),
        };
        ReplyLine { req_id: self.req_id.as_deref(), status, data, error, perf: self.perf }.serialize(serializer)
    }
}

impl Reply {
    /// A reply that carries an error.
    pub fn error(req_id: Option<String>, error: ErrorBody, perf: Perf) -> Self {
        Self { req_id, outcome: Err(error), perf }
    }
}

/// Memory limits and default deadline that a worker runs under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// RSS in MB that starts a garbage collection and a warning.
    pub ram_soft_mb: u64,
    /// RSS in MB that ends the worker.
    pub ram_hard_mb: u64,
    /// Deadline in ms of a request that names none.
    pub timeout_ms: u32,
}

/// Where the bytes of a picture in shared memory are: the `mmap` of a success. The receiver owns the file and removes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Where in it the bytes begin.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
}

impl MappedFile {
    /// The one that the `data` of a success names, if any.
    pub fn named_by(data: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Data {
            mmap: Option<MappedFile>,
        }
        serde_json::from_str::<Data>(data).ok()?.mmap
    }
}

/// Why a worker stops in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The caller closed the worker's stdin.
    StdinClosed,
    /// SIGINT, SIGTERM, `CTRL_C` or `CTRL_BREAK`.
    Signal,
    /// The `shutdown` command.
    Shutdown,
}

/// The `ready` event: the self-check passed and requests are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ready {
    /// Version of the wire protocol.
    pub protocol: u32,
    /// Version of the worker.
    pub version: String,
    /// Process id of the worker.
    pub pid: u32,
    /// What this worker can really do now: `docling`, `mmap`, `ocr`, `tables`, `tableformer`; `sandbox` where it is confined.
    pub capabilities: Vec<String>,
    /// The layers of the sandbox that are in force, or what is missing and why; one line for people.
    #[serde(default)]
    pub sandbox: Option<String>,
    /// Version of Python.
    pub python: String,
    /// Version of Docling, or `None` where the profile has none.
    pub docling: Option<String>,
    /// `lean`, `full` or `none`.
    pub profile: String,
    /// Limits in force.
    pub limits: Limits,
}

/// A message about the worker itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Lifecycle {
    /// Once, after the self-check.
    Ready(Ready),
    /// Instead of `ready`; the worker then exits with 78.
    StartupFailed {
        /// What kind of failure, a code of the protocol's table.
        code: String,
        /// What is missing and what to do.
        message: String,
    },
    /// RSS passed the soft limit.
    MemoryWarning {
        /// RSS in MB.
        rss_mb: f64,
        /// The limit in MB.
        limit_mb: u64,
    },
    /// RSS passed the hard limit; the worker is about to exit with 137.
    MemoryCritical {
        /// RSS in MB.
        rss_mb: f64,
        /// The limit in MB.
        limit_mb: u64,
        /// The request in flight.
        req_id: Option<String>,
    },
    /// A graceful stop began.
    Stopping {
        /// Why.
        reason: StopReason,
    },
}

/// How far a long request has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Progress {
    /// The request in flight.
    pub req_id: String,
    /// Steps done, pages as a rule.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
}

/// Any line that a worker writes.
#[derive(Clone, Debug)]
pub enum WorkerMessage {
    /// `"type":"lifecycle"`.
    Lifecycle(Lifecycle),
    /// `"type":"progress"`.
    Progress(Progress),
    /// The answer to a request.
    Reply(Reply),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Unasked<'a> {
    Lifecycle(&'a Lifecycle),
    Progress(&'a Progress),
}

impl Serialize for WorkerMessage {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Lifecycle(event) => Unasked::Lifecycle(event).serialize(serializer),
            Self::Progress(progress) => Unasked::Progress(progress).serialize(serializer),
            Self::Reply(reply) => reply.serialize(serializer),
        }
    }
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Success,
    Error,
}

#[derive(Deserialize)]
struct RawReply {
    #[serde(deserialize_with = "Option::deserialize")]
    req_id: Option<String>,
    status: Status,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    #[serde(default)]
    error: Option<ErrorBody>,
    perf: Perf,
}

impl WorkerMessage {
    /// Reads one line of a worker, without its `\n`.
    ///
    /// # Errors
    /// A sentence that says what is wrong where the line is not a message of the protocol.
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|error| format!("not UTF-8: {error}"))?;
        // A reply is told by its first key, so that a long picture is not read twice.
        if text.starts_with("{\"req_id\":") {
            return Self::parse_reply(text);
        }
        let kind: Kind<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match kind.kind.as_deref() {
            Some("lifecycle") => Ok(Self::Lifecycle(serde_json::from_str(text).map_err(|error| error.to_string())?)),
            Some("progress") => Ok(Self::Progress(serde_json::from_str(text).map_err(|error| error.to_string())?)),
            Some(other) => Err(format!("unknown message type `{other}`")),
            None => Self::parse_reply(text),
        }
    }

    fn parse_reply(text: &str) -> Result<Self, String> {
        let raw: RawReply = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let outcome = match (raw.status, raw.data, raw.error) {
            (Status::Success, Some(data), None) => Ok(data),
            (Status::Error, None, Some(error)) => Err(error),
            (Status::Success, ..) => return Err("a success has `data` and no `error`".to_owned()),
            (Status::Error, ..) => return Err("an error has `error` and no `data`".to_owned()),
        };
        Ok(Self::Reply(Reply { req_id: raw.req_id, outcome, perf: raw.perf }))
    }
}
