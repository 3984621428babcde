//! The first message of a worker: is it one that we can work with?

use tach_protocol::reply::Ready;
use tach_protocol::{ErrorBody, ErrorCode, Lifecycle, PROTOCOL_VERSION, WorkerMessage};

/// What the first message means.
#[derive(Debug)]
pub(crate) enum Handshake {
    /// The worker is ready.
    Ready(Ready),
    /// The self-check failed; the worker leaves by itself.
    Failed(ErrorBody),
    /// Neither: the worker is to be killed for it.
    Violation(String),
    /// A message that may come before the handshake.
    Early,
}

/// Longest name or version in `ready`, in bytes, and most capabilities: they are kept and shown as long as the worker runs.
const MAX_NAME_BYTES: usize = 200;
const MAX_CAPABILITIES: usize = 32;
/// Longest report on the sandbox, in bytes.
const MAX_REPORT_BYTES: usize = 2000;

/// Which field of `ready` is longer than any worker of ours makes it.
fn oversized(ready: &Ready) -> Option<&'static str> {
    let long = |text: &String| text.len() > MAX_NAME_BYTES;
    [
        ("version", long(&ready.version)),
        ("python", long(&ready.python)),
        ("docling", ready.docling.as_ref().is_some_and(long)),
        ("profile", long(&ready.profile)),
        ("sandbox", ready.sandbox.as_ref().is_some_and(|report| report.len() > MAX_REPORT_BYTES)),
        ("capabilities", ready.capabilities.len() > MAX_CAPABILITIES || ready.capabilities.iter().any(long)),
    ]
    .into_iter()
    .find_map(|(name, is_long)| is_long.then_some(name))
}

/// Reads a message that came before `ready`.
pub(crate) fn read(message: WorkerMessage) -> Handshake {
    match message {
        WorkerMessage::Lifecycle(Lifecycle::Ready(ready)) if ready.protocol == PROTOCOL_VERSION => {
            match oversized(&ready) {
                Some(what) => Handshake::Violation(format!("`ready` has a {what} that is too long")),
                None => Handshake::Ready(ready),
            }
        }
        WorkerMessage::Lifecycle(Lifecycle::Ready(ready)) => Handshake::Violation(format!(
            "it speaks version {} of the protocol and this supervisor speaks {PROTOCOL_VERSION}; install both from one release",
            ready.protocol
        )),
        WorkerMessage::Lifecycle(Lifecycle::StartupFailed { code, message }) => {
            Handshake::Failed(ErrorBody::new(ErrorCode::StartupFailed, message).with("cause", code))
        }
        WorkerMessage::Lifecycle(
            Lifecycle::MemoryWarning { .. } | Lifecycle::MemoryCritical { .. } | Lifecycle::Stopping { .. },
        ) => Handshake::Early,
        WorkerMessage::Progress(_) | WorkerMessage::Reply(_) => {
            Handshake::Violation("it spoke before it said `ready`".to_owned())
        }
    }
}
