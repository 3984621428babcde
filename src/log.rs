//! The log of the workers: what they write to stderr, in a rotating file and as `tracing` events.
//!
//! A thread writes the file, behind a bounded channel: a full disk or a flood costs lines of the log, never a reply.

use crate::os;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tach_protocol::escape::escaped;

/// Size in bytes at which the file is rotated.
const FILE_BYTES: usize = 8 * 1024 * 1024;
/// Rotated files kept beside the current one.
const FILES_KEPT: usize = 3;
/// Lines that wait for the disk.
const WAITING_LINES: usize = 1024;
/// Lines of one worker that become `tracing` events within a second.
const EVENTS_PER_SECOND: u32 = 50;
/// Log files of earlier runs kept in the folder.
const RUNS_KEPT: usize = 10;
/// Names of log files start so; the number after it is the process that writes it.
const PREFIX: &str = "workers-";

/// Logs opened by this process: each has a name of its own, since several supervisors may share a folder.
static OPENED: AtomicU32 = AtomicU32::new(0);

/// Where the workers' stderr goes. Clone it with [`LogSink::for_worker`].
#[derive(Clone, Debug)]
pub(crate) struct LogSink {
    worker: u64,
    file: Option<Sender<Vec<u8>>>,
    lost: Arc<AtomicU64>,
    rate: Arc<std::sync::Mutex<(Option<Instant>, u32)>>,
}

impl LogSink {
    /// Longest piece that is logged as one line, in bytes.
    pub(crate) const MAX_LINE: usize = 16 * 1024;

    /// Opens the log in a folder. Without a folder, or where it cannot be written, only `tracing` gets the lines.
    pub(crate) fn open(folder: Option<&Path>) -> (Self, Option<PathBuf>) {
        let lost = Arc::new(AtomicU64::new(0));
        let (file, path) = match folder.map(|folder| start_writer(folder, Arc::clone(&lost))) {
            Some(Ok((sender, path))) => (Some(sender), Some(path)),
            Some(Err(error)) => {
                tracing::warn!(%error, "the workers' log file cannot be written; their stderr goes to tracing only");
                (None, None)
            }
            None => (None, None),
        };
        (Self { worker: 0, file, lost, rate: Arc::default() }, path)
    }

    /// The same log for one worker.
    pub(crate) fn for_worker(&self, worker: u64) -> Self {
        Self { worker, rate: Arc::default(), ..self.clone() }
    }

    /// Logs a line, or drops it where the disk does not keep up.
    pub(crate) fn line(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        // What a document holds reaches a terminal or a viewer of logs as text, never as a command to it.
        let text = escaped(text.trim_end());
        if text.is_empty() {
            return;
        }
        if self.may_trace() {
            tracing::info!(target: "tach::worker_stderr", worker = self.worker, "{text}");
        }
        self.write(&text);
    }

    /// Logs what the supervisor did to a worker, so that the file tells the whole story.
    pub(crate) fn note(&self, text: &str) {
        self.write(&escaped(text));
    }

    fn write(&self, text: &str) {
        let Some(file) = &self.file else { return };
        let line = format!("{} worker {}: {text}\n", timestamp(), self.worker).into_bytes();
        if let Err(TrySendError::Full(_)) = file.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn may_trace(&self) -> bool {
        let mut rate = self.rate.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if rate.0.is_none_or(|since| since.elapsed() > Duration::from_secs(1)) {
            *rate = (Some(Instant::now()), 0);
        }
        rate.1 += 1;
        if rate.1 == EVENTS_PER_SECOND {
            tracing::warn!(
                worker = self.worker,
                "the worker floods its stderr; the rest of this second is only in the log file"
            );
        }
        rate.1 < EVENTS_PER_SECOND
    }
}

fn start_writer(folder: &Path, lost: Arc<AtomicU64>) -> std::io::Result<(Sender<Vec<u8>>, PathBuf)> {
    os::make_private_folder(folder)?;
    forget_old_runs(folder);
    let name = match OPENED.fetch_add(1, Ordering::Relaxed) {
        0 => format!("{PREFIX}{}.log", std::process::id()),
        others => format!("{PREFIX}{}-{}.log", std::process::id(), others + 1),
    };
    let path = folder.join(name);
    // FileRotate says nothing of a file that it cannot open; this finds out first.
    os::log_options().open(&path)?;
    let (sender, receiver) = bounded(WAITING_LINES);
    let target = path.clone();
    std::thread::Builder::new().name("tach-log".to_owned()).spawn(move || write_lines(&target, &receiver, &lost))?;
    Ok((sender, path))
}

fn write_lines(path: &Path, lines: &Receiver<Vec<u8>>, lost: &AtomicU64) {
    let mut file = rotating(path);
    while let Ok(line) = lines.recv() {
        if !path.exists() {
            // The folder was cleared. FileRotate panics where it cannot make the folder again, so this does it.
            if path.parent().is_some_and(|folder| os::make_private_folder(folder).is_err()) {
                lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            file = rotating(path);
        }
        let skipped = lost.swap(0, Ordering::Relaxed);
        if skipped > 0 {
            let _ = writeln!(file, "{} {skipped} lines lost: they came faster than they could be written", timestamp());
        }
        if file.write_all(&line).is_err() {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _ = file.flush();
}

fn rotating(path: &Path) -> FileRotate<AppendCount> {
    let suffix = AppendCount::new(FILES_KEPT);
    FileRotate::new(path, suffix, ContentLimit::BytesSurpassed(FILE_BYTES), Compression::None, Some(os::log_options()))
}

/// Removes the logs of all but the newest runs, and never one of a process that still runs.
fn forget_old_runs(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut logs: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| writer_of(&entry.file_name().to_string_lossy()).is_some_and(|pid| !os::process_exists(pid)))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    logs.sort();
    for (_, path) in logs.iter().rev().skip(RUNS_KEPT * (FILES_KEPT + 1)) {
        let _ = std::fs::remove_file(path);
    }
}

/// The process that writes, or wrote, a log of this name.
fn writer_of(name: &str) -> Option<u32> {
    let rest = name.strip_prefix(PREFIX)?;
    rest[..rest.find(['-', '.'])?].parse().ok()
}

/// The time as RFC 3339 in UTC, to the millisecond.
fn timestamp() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logs a line again and again until it is in the file: lines may be lost while the folder is not there.
    fn arrives(sink: &LogSink, path: &Path, text: &str) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            sink.note(text);
            if std::fs::read_to_string(path).is_ok_and(|logged| logged.contains(text)) {
                return true;
            }
            // Slowly: megabytes would turn the file over, which makes a new one whatever has become of the old one.
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn a_cleared_folder_costs_lines_and_not_the_log() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("log");
        let (sink, path) = LogSink::open(Some(&folder));
        let path = path.unwrap();
        assert!(arrives(&sink, &path, "before"));
        // Windows does not remove a file that is open.
        if cfg!(unix) {
            std::fs::remove_dir_all(&folder).unwrap();
            std::fs::write(&folder, "a file in the folder's place").unwrap();
            for _ in 0..10 {
                sink.note("nowhere to go");
            }
            std::fs::remove_file(&folder).unwrap();
            assert!(arrives(&sink, &path, "after"));
        }
    }

    #[test]
    fn two_supervisors_of_a_process_write_two_logs() {
        let folder = tempfile::tempdir().unwrap();
        let (_first, one) = LogSink::open(Some(folder.path()));
        let (_second, two) = LogSink::open(Some(folder.path()));
        assert_ne!(one.unwrap(), two.unwrap());
    }

    #[test]
    fn logs_of_living_processes_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let living = folder.path().join(format!("{PREFIX}{}.log", std::process::id()));
        std::fs::write(&living, "").unwrap();
        // Above every process number that a system gives.
        for number in 0..2 * RUNS_KEPT * (FILES_KEPT + 1) {
            let gone = folder.path().join(format!("{PREFIX}{}.log", 3_000_000_000 + number));
            std::fs::write(gone, "").unwrap();
        }
        forget_old_runs(folder.path());
        assert!(living.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), RUNS_KEPT * (FILES_KEPT + 1) + 1);
    }

    #[test]
    fn names_tell_their_writer() {
        let names = [
            ("workers-17.log", Some(17)),
            ("workers-17-2.log", Some(17)),
            ("workers-17.log.1", Some(17)),
            ("workers-.log", None),
            ("workers-x.log", None),
            ("notes.log", None),
        ];
        for (name, writer) in names {
            assert_eq!(writer_of(name), writer, "{name}");
        }
    }
}
