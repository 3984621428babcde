//! The replies of a batch: where they are written, and what an earlier run left there.

use super::super::exit::Failure;
use super::super::output;
use super::progress::Bar;
use super::tally::Tally;
use serde::Deserialize;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use tach_protocol::WorkerMessage;
use tach_supervisor::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Fails where both paths name one file: it would be emptied before it is read.
pub(crate) fn refuse_same_file(requests: &Path, replies: &Path) -> Result<(), Failure> {
    if !output::is_stdout(requests)
        && !output::is_stdout(replies)
        && same_file::is_same_file(requests, replies).is_ok_and(|same| same)
    {
        let message = format!("`{}` holds the requests; name another file for the replies", replies.display());
        return Err(Failure::usage(message));
    }
    Ok(())
}

/// The ids that an earlier run answered, in a file that is left with whole lines only.
///
/// A line that was cut short, and answers that a stop gave in the place of work, are taken out of the file: their requests run
/// again, and each has one reply in the end.
pub(crate) fn answered_ids(path: &Path) -> Result<HashSet<String>, Failure> {
    if output::is_stdout(path) {
        return Err(Failure::usage("--resume needs the file of the earlier replies; name it with -o"));
    }
    let failed = |error: io::Error| Failure::system(format_args!("cannot read `{}`", path.display()), &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut kept = output::Beside::new(path)?;
    let mut ids = HashSet::new();
    let mut reader = BufReader::new(file);
    let (mut line, mut dropped) = (Vec::new(), false);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        match (line.ends_with(b"\n"), serde_json::from_slice::<Earlier>(&line)) {
            (true, Ok(earlier)) if earlier.is_final() => {
                ids.extend(earlier.req_id);
                kept.write(&line)?;
            }
            _ => dropped = true,
        }
    }
    // Windows replaces no file that is open.
    drop(reader);
    if dropped {
        kept.replace()?;
    }
    Ok(ids)
}

#[derive(Deserialize)]
struct Earlier {
    #[serde(default)]
    req_id: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    error: Option<EarlierError>,
}

#[derive(Deserialize)]
struct EarlierError {
    code: String,
}

impl Earlier {
    /// Whether it is a reply that a second run would not better.
    fn is_final(&self) -> bool {
        let stopped = [ErrorCode::ShuttingDown, ErrorCode::Cancelled, ErrorCode::Unavailable].map(ErrorCode::as_str);
        self.status.is_some() && !self.error.as_ref().is_some_and(|error| stopped.contains(&error.code.as_str()))
    }
}

/// Opens the file for replies: emptied, or at its end where an earlier run is continued.
pub(crate) fn open(path: &Path, resume: bool) -> Result<Box<dyn Write + Send>, Failure> {
    if output::is_stdout(path) {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let mut options = File::options();
    options.create(true);
    if resume {
        options.append(true);
    } else {
        options.write(true).truncate(true);
    }
    let file = options
        .open(path)
        .map_err(|error| Failure::system(format_args!("cannot write `{}`", path.display()), &error))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// A message for the writer.
pub(crate) struct Outgoing {
    message: WorkerMessage,
    /// What it takes of the bounds on requests in hand and on bytes of replies, until it is written.
    _room: Vec<OwnedSemaphorePermit>,
}

impl Outgoing {
    pub(crate) fn holding(message: WorkerMessage, room: Vec<OwnedSemaphorePermit>) -> Self {
        Self { message, _room: room }
    }
}

impl From<WorkerMessage> for Outgoing {
    fn from(message: WorkerMessage) -> Self {
        Self::holding(message, Vec::new())
    }
}

/// Writes messages as they come, whole lines as soon as nothing else waits: a reader on the other side of a pipe acts on each.
pub(crate) fn write_replies(
    mut sink: Box<dyn Write + Send>,
    mut replies: mpsc::Receiver<Outgoing>,
    bar: &Bar,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    while let Some(outgoing) = replies.blocking_recv() {
        serde_json::to_writer(&mut sink, &outgoing.message)?;
        sink.write_all(b"\n")?;
        if let WorkerMessage::Reply(reply) = &outgoing.message {
            tally.count(reply.outcome.as_ref().err());
            bar.advance();
        }
        if replies.is_empty() {
            sink.flush()?;
        }
    }
    sink.flush()?;
    Ok(tally)
}
