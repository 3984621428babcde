//! How the actor does what the pool decided: starts, sends, answers, stops.

use super::actor::Actor;
use super::messages::Submission;
use super::worker_record::Worker;
use crate::ids::Ticket;
use crate::ids::WorkerId;
use crate::os::SpawnSpec;
use crate::picture::Picture;
use crate::pool::Action;
use crate::status::Event;
use crate::telemetry;
use crate::worker::environment;
use crate::worker::exit::KillReason;
use crate::worker::expectation::Expectation;
use crate::worker::task::WorkerSetup;
use crate::worker::{Assignment, WorkerCommand, task as worker_task};
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};
use tach_protocol::limits::SANDBOX;
use tach_protocol::line::reply_limit;
use tach_protocol::{Command, ErrorBody, Outcome, Perf, Reply};

impl Actor {
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Start { worker } => self.start_worker(worker),
            Action::Send { worker, ticket, attempt } => self.send(worker, ticket, attempt),
            Action::Deliver { ticket } => {
                if let Some(pending) = self.requests.remove(&ticket)
                    && let Some((reply, picture)) = pending.last
                {
                    self.answer(pending.submission, pending.attempts, reply, picture);
                }
            }
            Action::Refuse { ticket, error } => self.answer_error(ticket, error),
            Action::Retried { ticket, code } => {
                let Some(pending) = self.requests.get(&ticket) else { return };
                let req_id = pending.submission.request.id.clone();
                tracing::warn!(req_id, %code, "request gets its second try");
                telemetry::happened("retried");
                self.publish(Event::Retried { req_id, code });
            }
            Action::Abandon { worker, ticket } => self.command(worker, WorkerCommand::Abandon(ticket)),
            Action::Stop { worker, recycled } => {
                if recycled {
                    self.counts.recycled += 1;
                    telemetry::happened("recycled");
                    self.publish(Event::Recycled { worker });
                }
                self.command(worker, WorkerCommand::Stop);
            }
            Action::Breaker(state) => {
                tracing::warn!(?state, "breaker");
                self.publish(Event::Breaker { state });
            }
            Action::GiveUpStart(error) => {
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Err(error));
                }
            }
            Action::Finished => self.finished = true,
        }
    }

    fn start_worker(&mut self, id: WorkerId) {
        let threads = (self.config.docling_threads / self.config.workers).max(1);
        // Kills that come faster than Docling loads don't keep the pool from getting ready. The application may ask for another way.
        let mut env = vec![("TACH_DOCLING_LOAD".into(), "idle".into())];
        env.extend(environment::inherited(std::env::vars_os()));
        env.extend(self.command.env.iter().cloned());
        env.push(("TACH_DOCLING_THREADS".into(), threads.to_string().into()));
        env.push(("TACH_WORKER_RAM_LIMIT_MB".into(), self.config.ram_limit_mb.to_string().into()));
        let folder = self.mmap_folder.for_worker(id.get());
        env.push(("TACH_MMAP_DIR".into(), folder.path().into()));
        env.extend(self.config.env.iter().cloned());
        let roots = environment::last(&env, "TACH_ALLOWED_ROOTS").map(ToOwned::to_owned);
        let is_confined = self.command.is_ours && environment::last(&env, SANDBOX) != Some("off".as_ref());
        let spec = SpawnSpec {
            program: self.command.program.clone(),
            args: self.command.args.clone(),
            env,
            memory_cap: Some(self.config.memory_cap()),
            is_confined,
            takes_documents: self.command.takes_documents,
        };
        let commands = worker_task::start(WorkerSetup {
            id,
            roots,
            spec,
            graces: self.config.graces(),
            log: self.log.for_worker(id.get()),
            events: self.worker_sender.clone(),
        });
        self.workers.insert(id, Worker::new(commands, folder));
    }

    fn send(&mut self, id: WorkerId, ticket: Ticket, attempt: u32) {
        let (Some(pending), Some(worker)) = (self.requests.get_mut(&ticket), self.workers.get_mut(&id)) else { return };
        let request = &pending.submission.request;
        worker.document = request.command.file_path().map(Path::to_owned);
        pending.attempts = attempt;
        pending.sent = Some(Instant::now());
        let timeout = request.timeout_ms.map_or(self.config.request_timeout, |ms| Duration::from_millis(ms.into()));
        let wire_id = wire_id(ticket, attempt, &request.id);
        tracing::debug!(req_id = request.id, worker = id.get(), attempt, cmd = request.command.name(), "request sent");
        let wire = WireRequest {
            id: &wire_id,
            command: &request.command,
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        };
        // Serializing fails for a path that is not Unicode only, and the handle refuses those.
        let Ok(mut line) = serde_json::to_vec(&wire) else { return };
        line.push(b'\n');
        let reply_limit = reply_limit(&request.command);
        let expected = Expectation::of(&request.command, worker.folder.path());
        let document = request.command.file_path().map(Path::to_owned);
        let assignment = Assignment { ticket, wire_id, line, document, timeout, reply_limit, expected };
        let _ = worker.commands.send(WorkerCommand::Run(assignment));
    }

    fn answer(&mut self, submission: Submission, attempts: u32, mut reply: Reply, picture: Option<Picture>) {
        self.counts.answered += 1;
        let outcome = reply.outcome.as_ref().map_or_else(|error| error.code.as_str(), |_| "success");
        telemetry::answered(outcome, submission.submitted.elapsed());
        reply.req_id = Some(submission.request.id);
        if attempts > 1
            && let Err(error) = &mut reply.outcome
        {
            error.details.insert("attempts".to_owned(), attempts.into());
        }
        // Where the caller has left, the picture is dropped with the reply, and its file with it.
        let _ = submission.reply.send((reply, picture));
    }

    pub(super) fn answer_error(&mut self, ticket: Ticket, error: ErrorBody) {
        let Some(pending) = self.requests.remove(&ticket) else { return };
        let since = pending.sent.unwrap_or(pending.submission.submitted);
        let perf = Perf { duration_ms: since.elapsed().as_secs_f64() * 1000.0, ..Perf::default() };
        let reply = Reply { req_id: None, outcome: Outcome::Err(error), perf };
        self.answer(pending.submission, pending.attempts, reply, None);
    }

    fn command(&self, worker: WorkerId, command: WorkerCommand) {
        if let Some(worker) = self.workers.get(&worker) {
            let _ = worker.commands.send(command);
        }
    }

    pub(super) fn kill_all(&self) {
        for worker in self.workers.values() {
            let _ = worker.commands.send(WorkerCommand::Kill(KillReason::SupervisorGone));
        }
    }
}

#[derive(Serialize)]
struct WireRequest<'a> {
    id: &'a str,
    #[serde(flatten)]
    command: &'a Command,
    timeout_ms: u64,
}

/// The id on the wire: the ticket makes it unique, the caller's id lets a person find it in the worker's log.
fn wire_id(ticket: Ticket, attempt: u32, id: &str) -> String {
    format!("{}.{attempt}:{id}", ticket.0).chars().take(tach_protocol::limits::MAX_ID_CHARS).collect()
}
