//! The requests of a batch: lines of a file or of stdin, read by a thread of their own.

use super::super::exit::Failure;
use super::super::notes;
use super::super::output;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek};
use std::path::Path;
use tach_protocol::line::Line;
use tach_protocol::{LineCutter, MAX_LINE_BYTES};
use tokio::sync::mpsc;

/// Lines that are read ahead.
const LINES_AHEAD: usize = 64;
/// What some editors put before the first line of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where requests come from.
pub(crate) struct Input {
    source: Box<dyn Read + Send>,
    /// How many lines there are, where that can be told before they are read.
    pub total: Option<u64>,
}

impl Input {
    /// Opens a file, or stdin for `-`.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if output::is_stdout(path) {
            if io::stdin().is_terminal() {
                notes::note("reading requests from this terminal, one JSON object per line; end with Ctrl-D");
            }
            return Ok(Self { source: Box::new(io::stdin()), total: None });
        }
        let failed = |error: io::Error| Failure::system(format_args!("cannot read `{}`", path.display()), &error);
        let mut file = File::open(path).map_err(failed)?;
        let is_file = file.metadata().is_ok_and(|data| data.is_file());
        let total = if is_file { count_lines(&mut file).ok() } else { None };
        Ok(Self { source: Box::new(file), total })
    }

    /// Reads lines in a thread, which may wait for a terminal for ever; the process does not wait for it.
    pub(crate) fn start(self) -> mpsc::Receiver<io::Result<Line>> {
        let (lines, incoming) = mpsc::channel(LINES_AHEAD);
        std::thread::spawn(move || read_lines(self.source, &lines));
        incoming
    }
}

fn count_lines(file: &mut File) -> io::Result<u64> {
    let mut chunk = vec![0; 1 << 20];
    let (mut count, mut last) = (0, b'\n');
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        count += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
        last = chunk[read - 1];
    }
    file.rewind()?;
    Ok(count + u64::from(last != b'\n'))
}

fn read_lines(mut input: impl Read, lines: &mpsc::Sender<io::Result<Line>>) {
    let mut cutter = LineCutter::new(MAX_LINE_BYTES);
    let mut chunk = vec![0; 64 * 1024];
    let mut is_first = true;
    loop {
        let count = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let _ = lines.blocking_send(Err(error));
                return;
            }
        };
        let mut rest = &chunk[..count];
        if std::mem::take(&mut is_first) {
            rest = rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest);
        }
        while !rest.is_empty() {
            let (taken, line) = cutter.feed(rest);
            rest = &rest[taken..];
            if let Some(line) = line
                && lines.blocking_send(Ok(line)).is_err()
            {
                return;
            }
        }
    }
    if let Some(line) = cutter.finish() {
        let _ = lines.blocking_send(Ok(line));
    }
}
