//! What the actor makes of its workers' reports: answers, ends, and what else they tell.

use super::actor::Actor;
use super::worker_record::Worker;
use crate::ids::Ticket;
use crate::ids::WorkerId;
use crate::picture::Picture;
use crate::pool::{Blame, Event as PoolEvent, ExitCause};
use crate::status::Event;
use crate::telemetry;
use crate::worker::WorkerEvent;
use crate::worker::exit::{ExitReport, KillReason};
use std::time::Instant;
use tach_protocol::{ErrorBody, ErrorCode, Progress, Reply};

impl Actor {
    pub(super) fn on_worker_event(&mut self, id: WorkerId, event: WorkerEvent) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        match event {
            WorkerEvent::Spawned { pid, memory_cap } => {
                worker.pid = Some(pid);
                worker.memory_cap = memory_cap;
                self.counts.starts += 1;
                telemetry::happened("started");
                self.publish(Event::Started { worker: id, pid });
            }
            WorkerEvent::Ready(ready) => {
                let after = worker.started.elapsed();
                worker.ready = Some(ready);
                tracing::info!(worker = id.get(), ?after, "worker ready");
                self.publish(Event::Ready { worker: id, after });
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Ok(()));
                }
                self.decide(PoolEvent::Ready { worker: id });
            }
            WorkerEvent::StartFailed(error) => {
                tracing::error!(worker = id.get(), %error, "worker cannot be started");
                self.publish(Event::StartFailed { worker: id, message: error.message.clone() });
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Err(error.clone()));
                }
                self.decide(PoolEvent::StartFailed { worker: id, error });
            }
            WorkerEvent::Answered { ticket, reply, late } => self.on_answer(id, ticket, reply, late),
            WorkerEvent::Recovered => {
                worker.blamed = false;
                self.decide(PoolEvent::Recovered { worker: id });
            }
            WorkerEvent::Leaving => self.decide(PoolEvent::Leaving { worker: id }),
            WorkerEvent::Progress { ticket, done, total } => {
                if let Some(pending) = self.requests.get(&ticket)
                    && let Some(progress) = &pending.submission.progress
                {
                    let req_id = pending.submission.request.id.clone();
                    let _ = progress.send(Progress { req_id, done, total });
                }
            }
            WorkerEvent::Memory { rss_mb, limit_mb, critical } => {
                tracing::warn!(worker = id.get(), rss_mb, limit_mb, critical, "worker over a memory limit");
                worker.rss = Some(rss_mb);
                self.publish(Event::Memory { worker: id, rss_mb, limit_mb, critical });
            }
            WorkerEvent::Exited { report, in_flight, was_ready, was_stopping } => {
                self.on_exit(id, report, in_flight, was_ready, was_stopping);
            }
        }
    }

    fn on_answer(&mut self, id: WorkerId, ticket: Ticket, reply: Reply, late: bool) {
        let failed = reply.outcome.as_ref().err().map(|error| error.code);
        let mut rss_mb = None;
        if let Some(worker) = self.workers.get_mut(&id) {
            rss_mb = worker.recent_rss();
            worker.page_cache_mb = reply.perf.page_cache_mb;
            worker.blamed = late || matches!(failed, Some(ErrorCode::OutOfMemory | ErrorCode::WorkerCrashed));
            if let Some(pending) = self.requests.get_mut(&ticket) {
                let picture = match &reply.outcome {
                    // The worker's task has checked the name already. A request that was given up leaves its file in the
                    // worker's folder, which goes with the worker.
                    Ok(data) if pending.submission.request.command.is_by_mmap() => {
                        Picture::named_by(data.get(), &worker.folder).ok()
                    }
                    _ => None,
                };
                pending.last = Some((reply, picture));
            }
        }
        self.decide(PoolEvent::Answered { worker: id, rss_mb, late, failed });
    }

    /// Reads the RSS of the workers that have answered since it was read, and have been quiet for a while.
    pub(super) fn look_at_rss(&mut self) {
        let now = Instant::now();
        let due = |worker: &Worker| worker.rss_due().is_some_and(|at| at <= now);
        let quiet: Vec<_> = self.workers.iter().filter(|(_, worker)| due(worker)).map(|(id, _)| *id).collect();
        for id in quiet {
            if let Some(rss_mb) = self.workers.get_mut(&id).and_then(Worker::recent_rss) {
                self.decide(PoolEvent::Measured { worker: id, rss_mb });
            }
        }
    }

    fn on_exit(
        &mut self,
        id: WorkerId,
        report: ExitReport,
        in_flight: Option<Ticket>,
        was_ready: bool,
        was_stopping: bool,
    ) {
        let Some(worker) = self.workers.remove(&id) else { return };
        let ours =
            matches!(report.killed, Some(KillReason::Cancelled | KillReason::SupervisorGone | KillReason::StopGrace));
        let expected = ours || (was_stopping && in_flight.is_none() && !worker.blamed);
        let external = report.was_killed_externally(was_ready);
        let error = report.error();
        if !expected {
            tracing::warn!(worker = id.get(), pid = worker.pid, "worker lost: {report}");
            self.counts.lost += 1;
            telemetry::happened("lost");
            self.counts.last_exit = Some(report.clone());
        }
        let unready = start_error(&report, &error);
        self.publish(Event::Exited { worker: id, report });
        let attributed = !expected && was_ready && (in_flight.is_some() || worker.blamed);
        if attributed {
            self.attribute(in_flight, worker.document, external, error.clone());
        }
        let cause = match (expected, external, attributed) {
            (true, ..) => ExitCause::Expected,
            (false, true, _) => ExitCause::ExternalKill,
            (false, false, true) => ExitCause::Attributed,
            (false, false, false) => ExitCause::Own,
        };
        self.decide(PoolEvent::Exited { worker: id, in_flight, cause, error: unready });
        if let (Some(ticket), false) = (in_flight, attributed) {
            // Killed by us while it worked: the caller hears the reason, if it still listens.
            self.decide(PoolEvent::Attributed { ticket: Some(ticket), blame: Blame::NotCounted, refused: None, error });
        }
    }
}

/// The error of callers that waited for a worker which never got ready.
fn start_error(report: &ExitReport, error: &ErrorBody) -> ErrorBody {
    let message = format!("the workers end before they are ready: {report}; run `tach doctor`");
    ErrorBody { code: ErrorCode::StartupFailed, message, details: error.details.clone() }
}
