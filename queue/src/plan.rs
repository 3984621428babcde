//! Decisions without I/O: what is done with a delivered request, what a refused publish means, and which errors are answers.

use async_nats::jetstream::context::PublishErrorKind;
use std::time::Duration;
use tach_protocol::ErrorCode;

/// From how many strikes a request is treated as a suspect.
///
/// A strike is a delivery that ended without a reply: its node was lost, cut off or paused.
#[derive(Clone, Copy, Debug)]
pub struct PoisonRule {
    /// Strikes from which a request runs alone on its node, so that it takes no other request down with it. Default 2.
    pub alone_from: u32,
    /// Strikes from which a request is not run any more, but answered `quarantined`. Default 6.
    pub quarantine_from: u32,
}

impl Default for PoisonRule {
    fn default() -> Self {
        Self { alone_from: 2, quarantine_from: 6 }
    }
}

/// What a node does with a request that was delivered to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Run it beside others.
    Run,
    /// Run it while nothing else runs on this node.
    RunAlone,
    /// Answer `quarantined`.
    Quarantine,
}

impl PoisonRule {
    /// Decides by the strikes.
    pub fn course(&self, strikes: u32) -> Course {
        if strikes >= self.quarantine_from {
            Course::Quarantine
        } else if strikes >= self.alone_from {
            Course::RunAlone
        } else {
            Course::Run
        }
    }
}

/// Strikes of a delivered request: those that an earlier form of the message had, and the deliveries before this one.
///
/// A node that hands a request back in good order stores it anew, with the strikes it had: that is no strike.
pub fn strikes(carried: Option<&str>, delivered: i64) -> u32 {
    let carried = carried.and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
    carried.saturating_add(u32::try_from(delivered.saturating_sub(1)).unwrap_or_default())
}

/// What a refused publish means, where the publish had the condition that its subject is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The subject holds a message already: there is nothing left to do.
    AlreadyThere,
    /// The stream is full: wait, then try again.
    Full,
    /// The message is longer than the server takes.
    TooLong,
    /// The server could not be reached or is changing its leader: try again soon.
    Unreachable,
}

/// Error of the server: the stream does not take the message (full, as a rule).
const STORE_FAILED: u64 = 10077;
/// Error of the server: resources (the store or the account's limit) are used up.
const NO_RESOURCES: [u64; 2] = [10023, 10047];
/// Error of the server: longer than the stream's limit.
const OVER_STREAM_LIMIT: u64 = 10054;

/// Decides by the kind of the error, and by the server's code where there is one.
pub fn refused(kind: PublishErrorKind, code: Option<u64>) -> Refused {
    match (kind, code) {
        (PublishErrorKind::WrongLastSequence, _) => Refused::AlreadyThere,
        (PublishErrorKind::MaxPayloadExceeded, _) | (_, Some(OVER_STREAM_LIMIT)) => Refused::TooLong,
        (_, Some(code)) if code == STORE_FAILED || NO_RESOURCES.contains(&code) => Refused::Full,
        _ => Refused::Unreachable,
    }
}

/// What follows from a reply of the node's own supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the answer.
    Final,
    /// The workers cannot serve now: the same node may try again after a pause, then another one.
    NodeIsSick,
    /// The node is stopping: another one runs the request.
    NodeStops,
}

/// Decides by the error's code; `None` is a success.
pub fn verdict(code: Option<ErrorCode>) -> Verdict {
    match code {
        Some(ErrorCode::ShuttingDown | ErrorCode::Cancelled) => Verdict::NodeStops,
        Some(ErrorCode::Unavailable | ErrorCode::StartupFailed | ErrorCode::Overloaded) => Verdict::NodeIsSick,
        _ => Verdict::Final,
    }
}

/// The wait before attempt `attempt` (from 0): doubles from `first` up to `longest`.
pub fn backoff(attempt: u32, first: Duration, longest: Duration) -> Duration {
    first.saturating_mul(1 << attempt.min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_without_a_reply_decide() {
        let rule = PoisonRule::default();
        let rows = [
            (None, 1, 0, Course::Run),
            (None, 2, 1, Course::Run),
            (None, 3, 2, Course::RunAlone),
            (None, 6, 5, Course::RunAlone),
            (None, 7, 6, Course::Quarantine),
            // Handed back in good order by a node that held it alone: its strikes stay, the deliveries start anew.
            (Some("2"), 1, 2, Course::RunAlone),
            (Some("5"), 2, 6, Course::Quarantine),
            (Some("no number"), 1, 0, Course::Run),
            (None, 0, 0, Course::Run),
            (Some("4294967295"), i64::MAX, u32::MAX, Course::Quarantine),
        ];
        for (carried, delivered, expected, course) in rows {
            let found = strikes(carried, delivered);
            assert_eq!((found, rule.course(found)), (expected, course), "{carried:?} {delivered}");
        }
    }

    #[test]
    fn each_refusal_of_a_publish_has_one_meaning() {
        let rows = [
            (PublishErrorKind::WrongLastSequence, None, Refused::AlreadyThere),
            (PublishErrorKind::Other, Some(10077), Refused::Full),
            (PublishErrorKind::Other, Some(10047), Refused::Full),
            (PublishErrorKind::Other, Some(10023), Refused::Full),
            (PublishErrorKind::Other, Some(10054), Refused::TooLong),
            (PublishErrorKind::MaxPayloadExceeded, None, Refused::TooLong),
            (PublishErrorKind::TimedOut, None, Refused::Unreachable),
            (PublishErrorKind::StreamNotFound, None, Refused::Unreachable),
            (PublishErrorKind::BrokenPipe, None, Refused::Unreachable),
            (PublishErrorKind::Other, Some(10008), Refused::Unreachable),
        ];
        for (kind, code, expected) in rows {
            assert_eq!(refused(kind, code), expected, "{kind:?} {code:?}");
        }
    }

    #[test]
    fn only_what_another_node_could_better_is_no_answer() {
        let rows = [
            (None, Verdict::Final),
            (Some(ErrorCode::PdfCorrupt), Verdict::Final),
            (Some(ErrorCode::WorkerCrashed), Verdict::Final),
            (Some(ErrorCode::Timeout), Verdict::Final),
            (Some(ErrorCode::Quarantined), Verdict::Final),
            (Some(ErrorCode::Unavailable), Verdict::NodeIsSick),
            (Some(ErrorCode::StartupFailed), Verdict::NodeIsSick),
            (Some(ErrorCode::ShuttingDown), Verdict::NodeStops),
            (Some(ErrorCode::Cancelled), Verdict::NodeStops),
        ];
        for (code, expected) in rows {
            assert_eq!(verdict(code), expected, "{code:?}");
        }
    }

    #[test]
    fn waits_double_up_to_a_bound() {
        let wait = |attempt| backoff(attempt, Duration::from_millis(50), Duration::from_secs(5)).as_millis();
        assert_eq!([0, 1, 3, 7, 40].map(wait), [50, 100, 400, 5000, 5000]);
    }
}
