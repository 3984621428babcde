//! The reader thread: bytes of the peer to requests in the queue. What is wrong is refused here, without the engine.

use crate::session::Session;
use crate::validate;
use std::io::{ErrorKind, Read};
use std::time::Instant;
use tach_protocol::line::Line;
use tach_protocol::{Command, LineCutter, MAX_LINE_BYTES};

const CHUNK_BYTES: usize = 64 * 1024;

/// Reads `input` to its end. Returns once everything read is queued or refused and the end is queued behind it.
pub fn read_requests(mut input: impl Read, session: &Session) {
    let mut intake = Intake { session, shutdown_read: false };
    let mut cutter = LineCutter::new(MAX_LINE_BYTES);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                tracing::warn!(%error, "the peer's requests cannot be read; taken for their end");
                break;
            }
        };
        let _busy = session.reading();
        let mut rest = &chunk[..length];
        while !rest.is_empty() {
            let (taken, line) = cutter.feed(rest);
            rest = &rest[taken..];
            if let Some(line) = line {
                intake.take(&line);
            }
        }
    }
    let _busy = session.reading();
    if let Some(line) = cutter.finish() {
        intake.take(&line);
    }
    session.end_of_input();
}

struct Intake<'a> {
    session: &'a Session,
    shutdown_read: bool,
}

impl Intake<'_> {
    fn take(&mut self, line: &Line) {
        let read_at = Instant::now();
        match validate::request(line, self.session.settings().faults) {
            Err(refusal) => self.session.refuse(refusal, read_at),
            Ok(request) if self.shutdown_read || self.session.is_stopping() => {
                self.session.refuse(validate::too_late(request), read_at);
            }
            Ok(request) => {
                self.shutdown_read = matches!(request.command, Command::Shutdown(_));
                self.session.accept(request, read_at);
            }
        }
    }
}
