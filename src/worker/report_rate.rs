//! How often a worker is heard that reports without being asked: progress and memory.
//!
//! Pure. A worker may write such lines as fast as the pipe takes them; what is not needed is dropped before it costs a place in a
//! queue or a line in a log.

use std::time::{Duration, Instant};
use tach_protocol::{Lifecycle, Progress, WorkerMessage};

/// Least time between two reports of progress. The last step always passes.
const PROGRESS_PERIOD: Duration = Duration::from_millis(20);
/// Least time between two warnings of memory; the monitor looks once a second.
const WARNING_PERIOD: Duration = Duration::from_millis(500);

/// What a worker has reported of late.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    /// Request, steps done and time of the last progress that passed.
    progress: Option<(String, u64, Instant)>,
    warned: Option<Instant>,
}

impl Reports {
    /// Whether the message is passed on. Replies always are.
    pub(crate) fn may_pass(&mut self, message: &WorkerMessage, now: Instant) -> bool {
        match message {
            WorkerMessage::Progress(progress) => self.progress_passes(progress, now),
            WorkerMessage::Lifecycle(Lifecycle::MemoryWarning { .. }) => {
                let passes = self.warned.is_none_or(|at| now.duration_since(at) >= WARNING_PERIOD);
                if passes {
                    self.warned = Some(now);
                }
                passes
            }
            WorkerMessage::Lifecycle(_) | WorkerMessage::Reply(_) => true,
        }
    }

    fn progress_passes(&mut self, Progress { req_id, done, total }: &Progress, now: Instant) -> bool {
        if done > total {
            return false;
        }
        if let Some((last_id, last_done, at)) = &self.progress
            && last_id == req_id
            && (done <= last_done || (done < total && now.duration_since(*at) < PROGRESS_PERIOD))
        {
            return false;
        }
        self.progress = Some((req_id.clone(), *done, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_goes_forward_and_is_not_too_frequent() {
        let start = Instant::now();
        let mut reports = Reports::default();
        let rows = [
            ("a", 1, 10, 0, true),
            ("a", 2, 10, 5, false),
            ("a", 2, 10, 25, true),
            ("a", 2, 10, 90, false),
            ("a", 1, 10, 99, false),
            ("a", 11, 10, 150, false),
            ("a", 10, 10, 151, true),
            ("a", 10, 10, 300, false),
            ("b", 1, 2, 301, true),
        ];
        for (id, done, total, ms, passes) in rows {
            let message = WorkerMessage::Progress(Progress { req_id: id.to_owned(), done, total });
            assert_eq!(reports.may_pass(&message, start + Duration::from_millis(ms)), passes, "{id} {done} at {ms}");
        }
    }

    #[test]
    fn warnings_of_memory_are_not_too_frequent() {
        let start = Instant::now();
        let mut reports = Reports::default();
        let message = WorkerMessage::Lifecycle(Lifecycle::MemoryWarning { rss_mb: 1.0, limit_mb: 1 });
        let passed = (0..1000).filter(|ms| reports.may_pass(&message, start + Duration::from_millis(*ms))).count();
        assert_eq!(passed, 2);
    }
}
