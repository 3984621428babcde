//! The last words of a worker that leaves before its time: what everybody who waits is told, within a bounded time.

use crate::flight::{Overdue, Ticket};
use crate::os;
use crate::session::{Job, Session};
use crossbeam_channel::{Receiver, Sender};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tach_protocol::reply::Lifecycle;
use tach_protocol::version::exit_code;
use tach_protocol::{ErrorBody, ErrorCode};

/// How long last words may take: after it the process leaves, whatever was not said.
pub const TIME_FOR_LAST_WORDS: Duration = Duration::from_millis(500);

/// Why the worker leaves, and what it says before.
#[derive(Debug)]
pub struct Farewell {
    /// The exit code.
    pub code: i32,
    /// Said first.
    pub event: Option<Lifecycle>,
    /// The answer to the request in flight, if it is still owed.
    pub in_flight: ErrorBody,
    /// The answer to the requests that no engine has touched.
    pub waiting: ErrorBody,
    /// Whether the stacks of all Python threads go to stderr, behind the answers.
    pub stacks: bool,
    /// For stderr.
    pub note: String,
}

impl Farewell {
    fn crashed(code: i32, why: &str) -> Self {
        let error = |message: String| ErrorBody::new(ErrorCode::WorkerCrashed, message).with("exit_code", code);
        Self {
            code,
            event: None,
            in_flight: error(format!("the worker leaves with exit code {code}: {why}")),
            waiting: error(format!("not started: {why}, and the worker leaves with exit code {code}; send it again")),
            stacks: false,
            note: format!("leaving with exit code {code}: {why}"),
        }
    }

    /// The engine has not come back from `cmd` in the grace after its deadline.
    pub fn wedged(cmd: &str) -> Self {
        let why = format!("an earlier request ({cmd}) did not come back after its deadline");
        Self { stacks: true, ..Self::crashed(exit_code::WEDGED, &why) }
    }

    /// The peer has taken no byte of a line for `stalled`.
    pub fn stalled(stalled: Duration) -> Self {
        Self::crashed(exit_code::WEDGED, &format!("nobody has read the replies for {} s", stalled.as_secs()))
    }

    /// A thread of the host itself panicked.
    pub fn panicked(message: &str) -> Self {
        Self::crashed(exit_code::INTERNAL_PANIC, &format!("the host panicked: {message}"))
    }

    /// The resident set passed the hard limit. `req_id` is the request in flight.
    pub fn out_of_memory(rss_mb: f64, limit_mb: u64, req_id: Option<String>) -> Self {
        let why = format!("the resident set of {rss_mb:.0} MB passed the hard limit of {limit_mb} MB");
        let message = format!("{why}; ask for less at once or raise TACH_WORKER_RAM_LIMIT_MB");
        let rss_mb = (rss_mb * 10.0).round() / 10.0;
        Self {
            event: Some(Lifecycle::MemoryCritical { rss_mb, limit_mb, req_id }),
            in_flight: ErrorBody::new(ErrorCode::OutOfMemory, message)
                .with("rss_mb", rss_mb)
                .with("limit_mb", limit_mb),
            ..Self::crashed(exit_code::OUT_OF_MEMORY, &why)
        }
    }

    /// The resident set passed the hard limit before the worker was ready: no request is to blame, and a restart won't help.
    pub fn too_big_to_start(rss_mb: f64, limit_mb: u64) -> Self {
        let message = format!(
            "the worker needs more than its hard memory limit of {limit_mb} MB to start ({rss_mb:.0} MB so far): \
             raise TACH_WORKER_RAM_LIMIT_MB (2560 suits the profile full), or choose a smaller TACH_DOCLING_PROFILE"
        );
        let event = Lifecycle::StartupFailed { code: ErrorCode::StartupFailed.to_string(), message: message.clone() };
        Self { event: Some(event), ..Self::crashed(exit_code::SELF_CHECK_FAILED, &message) }
    }
}

/// The answer to a request whose deadline passed.
pub fn timeout(overdue: &Overdue) -> ErrorBody {
    let Overdue { cmd, timeout_ms, .. } = overdue;
    let message = format!(
        "`{cmd}` did not finish within its deadline of {timeout_ms} ms; ask for less or give a larger timeout_ms"
    );
    ErrorBody::new(ErrorCode::Timeout, message).with("timeout_ms", *timeout_ms)
}

/// Something that may block on the peer or on stderr, done for a thread that must not.
#[derive(Debug)]
pub enum Errand {
    /// Give an answer.
    Answer(Ticket, Box<ErrorBody>),
    /// Say everything, then signal that it is done.
    LastWords(Box<Farewell>, Sender<()>),
}

/// Starts the thread that runs errands.
///
/// # Errors
/// The system's error where the thread can't be started.
pub fn start(session: &Arc<Session>, errands: Receiver<Errand>) -> io::Result<()> {
    let session = Arc::downgrade(session);
    thread::Builder::new().name("errands".to_owned()).spawn(move || {
        for errand in errands {
            let Some(session) = session.upgrade() else { return };
            match errand {
                Errand::Answer(ticket, error) => session.answer(ticket, *error),
                Errand::LastWords(farewell, done) => {
                    say(&session, &farewell);
                    let _ = done.send(());
                }
            }
        }
    })?;
    Ok(())
}

fn say(session: &Session, farewell: &Farewell) {
    if let Some(event) = &farewell.event {
        session.tell(event.clone());
    }
    let until = Instant::now() + TIME_FOR_LAST_WORDS / 2;
    loop {
        // Again in each round: the engine may have taken a request just before it saw that the worker leaves.
        if let Some(ticket) = session.slot().claim() {
            session.answer(ticket, farewell.in_flight.clone());
        }
        while let Ok(job) = session.jobs().try_recv() {
            if let Job::Request(accepted) = job {
                session.answer(accepted.ticket, farewell.waiting.clone());
            }
        }
        // What is still owed is being written, or on its way from the reader into the queue; what the reader has in its hands
        // besides is counted line by line.
        let all_said = session.reader_at_rest().is_some() && session.owed() == 0;
        if all_said || Instant::now() > until {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    // Stderr comes last: nobody may be reading it.
    let _ = writeln!(io::stderr(), "tach-host-shim: {}", farewell.note);
    if farewell.stacks {
        os::dump_stacks();
    }
}
