//! The one owner of the protocol stream: whole lines, one write each.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Writes lines to the peer. Threads may share it; a line is never torn.
pub struct Writer {
    stream: Mutex<Box<dyn Write + Send>>,
    broken: AtomicBool,
    epoch: Instant,
    /// Milliseconds from `epoch` to the start of the write under way, plus 1; 0 where there is none.
    writing_since: AtomicU64,
}

impl Writer {
    /// A writer over `stream`, which should not buffer.
    pub fn new(stream: impl Write + Send + 'static) -> Self {
        Self {
            stream: Mutex::new(Box::new(stream)),
            broken: AtomicBool::new(false),
            epoch: Instant::now(),
            writing_since: AtomicU64::new(0),
        }
    }

    /// Writes one line, which ends with `\n`. Blocks while the peer does not read. False once the peer has closed its end:
    /// the line, and every later one, is dropped.
    pub fn line(&self, line: &[u8]) -> bool {
        debug_assert!(line.ends_with(b"\n") && !line[..line.len() - 1].contains(&b'\n'));
        // A thread that panics while it writes takes the process with it, so the state behind the poison is never used.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_broken() {
            return false;
        }
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        self.writing_since.store(now, Ordering::Relaxed);
        let outcome = stream.write_all(line).and_then(|()| stream.flush());
        self.writing_since.store(0, Ordering::Relaxed);
        if outcome.is_err() {
            self.broken.store(true, Ordering::Release);
        }
        drop(stream);
        if let Err(error) = &outcome {
            tracing::warn!(%error, "the peer takes no more lines");
        }
        outcome.is_ok()
    }

    /// Whether the peer has closed its end.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// How long the write under way has taken so far, in steps of a millisecond.
    pub fn stalled_for(&self) -> Option<Duration> {
        let since = self.writing_since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.epoch.elapsed().saturating_sub(Duration::from_millis(since)))
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Writer").field("broken", &self.broken).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;

    /// Counts the writes and keeps what they wrote.
    #[derive(Clone, Default)]
    struct Calls(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Calls {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_one_write() {
        let calls = Calls::default();
        let writer = Writer::new(calls.clone());
        let long = [vec![b'x'; 1 << 20], b"\n".to_vec()].concat();
        assert!(writer.line(b"short\n") && writer.line(&long));
        assert_eq!(*calls.0.lock().unwrap(), [b"short\n".to_vec(), long]);
        assert_eq!(writer.stalled_for(), None);
    }

    #[test]
    fn a_closed_peer_is_told_once_and_for_all() {
        let writer = Writer::new(Closed);
        assert!(!writer.is_broken());
        assert!(!writer.line(b"lost\n"));
        assert!(writer.is_broken() && !writer.line(b"lost too\n"));
    }
}
