//! Bytes of a worker's stdout to messages, never holding more of a line than it may be long.

use std::io;
#[cfg(test)]
use tach_protocol::MAX_LINE_BYTES;
use tach_protocol::line::Line;
use tach_protocol::{LineCutter, WorkerMessage};
use tokio::io::{AsyncRead, AsyncReadExt};

/// What came out of the stream next.
#[derive(Debug)]
pub(crate) enum Frame {
    /// A message of the protocol.
    Message(WorkerMessage),
    /// A line that is none, and why.
    Bad(String),
    /// The stream ended.
    End,
}

/// Cuts a stream into messages.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    stream: R,
    buffer: Vec<u8>,
    taken: usize,
    cutter: LineCutter,
    ended: bool,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    #[cfg(test)]
    fn new(stream: R) -> Self {
        Self::with_limit(stream, MAX_LINE_BYTES)
    }

    /// A reader of lines of at most `limit` bytes, until [`set_limit`](Self::set_limit) says otherwise.
    pub(crate) fn with_limit(stream: R, limit: usize) -> Self {
        Self { stream, buffer: Vec::with_capacity(256 * 1024), taken: 0, cutter: LineCutter::new(limit), ended: false }
    }

    /// Sets how long a line may be from now on, in bytes.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.cutter.set_limit(limit);
    }

    /// The next frame. Cancel-safe: what was read stays here.
    ///
    /// # Errors
    /// What the system says when the pipe cannot be read.
    pub(crate) async fn next(&mut self) -> io::Result<Frame> {
        loop {
            while self.taken < self.buffer.len() {
                let (count, line) = self.cutter.feed(&self.buffer[self.taken..]);
                self.taken += count;
                match line {
                    Some(line) => return Ok(frame(line)),
                    // An endless line is refused as soon as it is too long, not when it ends.
                    None if self.cutter.is_skipping() => return Ok(frame(Line::TooLong)),
                    None => {}
                }
            }
            if self.ended {
                return Ok(Frame::End);
            }
            self.buffer.clear();
            self.taken = 0;
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                // A line that was cut short is told by the end itself: as a rule the worker died in the middle of it.
                self.ended = true;
            }
        }
    }
}

fn frame(line: Line) -> Frame {
    match line {
        Line::TooLong => Frame::Bad("a line that is too long".to_owned()),
        Line::Whole(bytes) => match WorkerMessage::parse(&bytes) {
            Ok(message) => Frame::Message(message),
            Err(reason) => {
                let start: String = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
                Frame::Bad(format!("{reason}: {start:?}"))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_become_messages_and_noise_is_told() {
        let bytes: &[u8] = b"{\"req_id\":\"a\",\"status\":\"success\",\"data\":{},\"perf\":{\"duration_ms\":1,\"peak_ram_mb\":2}}\nhello\n{\"req";
        let mut frames = FrameReader::new(bytes);
        assert!(
            matches!(frames.next().await, Ok(Frame::Message(WorkerMessage::Reply(reply))) if reply.req_id.as_deref() == Some("a"))
        );
        assert!(matches!(frames.next().await, Ok(Frame::Bad(_))));
        assert!(matches!(frames.next().await, Ok(Frame::End)));
    }

    #[tokio::test]
    async fn an_endless_line_is_refused_at_its_limit() {
        let mut frames = FrameReader::new(tokio::io::repeat(b'x'));
        frames.set_limit(1_000_000);
        assert!(matches!(frames.next().await, Ok(Frame::Bad(_))));
    }
}
