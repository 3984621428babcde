//! The log of the workers: what they write to stderr, in a rotating file and as `tracing` events.
//!
//! A thread writes the file, behind a bounded channel: a full disk or a flood costs lines of the log, never a reply.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use file_rotate::{ContentLimit, FileRotate, compression::Compression, suffix::AppendCount};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

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
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        if self.may_trace() {
            tracing::info!(target: "tach::worker_stderr", worker = self.worker, "{text}");
        }
        self.write(text);
    }

    /// Logs what the supervisor did to a worker, so that the file tells the whole story.
    pub(crate) fn note(&self, text: &str) {
        self.write(text);
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
    std::fs::create_dir_all(folder)?;
    forget_old_runs(folder);
    let path = folder.join(format!("workers-{}.log", std::process::id()));
    // FileRotate opens lazily and panics on what it cannot open; this finds out first.
    std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
    let (sender, receiver) = bounded(WAITING_LINES);
    let target = path.clone();
    std::thread::Builder::new().name("tach-log".to_owned()).spawn(move || write_lines(&target, &receiver, &lost))?;
    Ok((sender, path))
}

fn write_lines(path: &Path, lines: &Receiver<Vec<u8>>, lost: &AtomicU64) {
    let suffix = AppendCount::new(FILES_KEPT);
    let mut file = FileRotate::new(path, suffix, ContentLimit::BytesSurpassed(FILE_BYTES), Compression::None, None);
    while let Ok(line) = lines.recv() {
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

/// Removes the logs of all but the newest runs.
fn forget_old_runs(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut logs: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("workers-"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    logs.sort();
    for (_, path) in logs.iter().rev().skip(RUNS_KEPT * (FILES_KEPT + 1)) {
        let _ = std::fs::remove_file(path);
    }
}

/// The time as RFC 3339 in UTC, to the millisecond.
fn timestamp() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
