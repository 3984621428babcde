//! A worker's stderr: drained for ever, its tail kept for the error, its lines handed to the log.

use crate::log::LogSink;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes of stderr kept for `details.stderr_tail`.
const TAIL_BYTES: usize = 4096;

/// The last bytes of a stream, shared between the task that reads it and the one that reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    fn push(&self, bytes: &[u8]) {
        let mut tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let overflow = (tail.len() + bytes.len()).saturating_sub(TAIL_BYTES);
        tail.drain(..overflow);
        tail.extend(bytes);
    }

    /// The tail as text, from the first whole line on where there are several.
    pub(crate) fn text(&self) -> String {
        let tail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let whole =
            if bytes.len() >= TAIL_BYTES { text.split_once('\n').map_or(&*text, |(_, rest)| rest) } else { &text };
        whole.trim_end().to_owned()
    }
}

/// Reads `stream` to its end. Never waits for the log: a flood loses lines there, and the log says how many.
pub(crate) async fn drain(mut stream: impl AsyncRead + Unpin, tail: Tail, log: LogSink) {
    let mut chunk = vec![0; 64 * 1024];
    let mut line = Vec::new();
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                tail.push(&chunk[..count]);
                for piece in chunk[..count].split_inclusive(|byte| *byte == b'\n') {
                    line.extend_from_slice(piece);
                    if line.last() == Some(&b'\n') || line.len() >= LogSink::MAX_LINE {
                        log.line(&line);
                        line.clear();
                    }
                }
            }
        }
    }
    if !line.is_empty() {
        log.line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_bounded_and_starts_at_a_line() {
        let tail = Tail::default();
        for number in 0..10_000 {
            tail.push(format!("line {number}\n").as_bytes());
        }
        let text = tail.text();
        assert!(text.len() <= TAIL_BYTES);
        assert!(text.starts_with("line "));
        assert!(text.ends_with("line 9999"));
    }
}
