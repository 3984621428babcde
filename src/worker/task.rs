//! The task that owns one worker process: it moves bytes, and asks [`State`](super::state::State) what they mean.

use super::alarm::Alarm;
use super::codec::{Frame, FrameReader};
use super::documents::Documents;
use super::exit::{ExitReport, KillReason};
use super::expectation::Expectation;
use super::report_rate::Reports;
use super::spawn::{self, Process};
use super::state::{Graces, Output, PROBE_ID, State, tells_of_its_end};
use super::stderr::{self, Tail};
use super::{WorkerCommand, WorkerEvent};
use crate::ids::Ticket;
use crate::ids::WorkerId;
use crate::log::LogSink;
use crate::os::{self, Exit, SpawnSpec};
use serde_json::Map;
use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode, MAX_LINE_BYTES, Reply, WorkerMessage};
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How long what a dead worker left in its pipes is read. A grandchild may hold them open for ever.
const STDERR_DRAIN_TIMEOUT: Duration = Duration::from_millis(200);
/// How long a worker that closed its stdout may take to end, before that is held against it.
const EXIT_AFTER_EOF: Duration = Duration::from_secs(1);

/// How long the answer of a worker that told of its own end waits for that end. A worker takes half a second at most.
const LAST_ANSWER: Duration = Duration::from_millis(700);

/// Longest line before the first request: `ready` has some hundred bytes.
const FIRST_LINE_BYTES: usize = 64 * 1024;

/// Events of a worker with its name, on the way to the parent.
pub(crate) type EventSender = mpsc::Sender<(WorkerId, WorkerEvent)>;

/// What a worker's task needs.
#[derive(Debug)]
pub(crate) struct WorkerSetup {
    pub id: WorkerId,
    pub spec: SpawnSpec,
    /// `TACH_ALLOWED_ROOTS` of the worker.
    pub roots: Option<OsString>,
    pub graces: Graces,
    pub log: LogSink,
    pub events: EventSender,
}

/// Starts the task of a worker. Its commands go into the returned sender.
pub(crate) fn start(setup: WorkerSetup) -> mpsc::UnboundedSender<WorkerCommand> {
    let (sender, commands) = mpsc::unbounded_channel();
    tokio::spawn(run(setup, commands));
    sender
}

async fn run(setup: WorkerSetup, commands: mpsc::UnboundedReceiver<WorkerCommand>) {
    let WorkerSetup { id, spec, roots, graces, log, events } = setup;
    let program = spec.program.clone();
    match spawn::start(id, spec, roots).await {
        Ok(process) => Task::new(id, process, graces, log, events).run(commands).await,
        Err(error) => {
            log.note(&format!("cannot be started: {error}"));
            let message = format!("cannot start `{}`: {error}; run `tach doctor`", program.display());
            let error = ErrorBody::new(ErrorCode::StartupFailed, message);
            let _ = events.send((id, WorkerEvent::StartFailed(error))).await;
            let report =
                ExitReport { exit: Exit::Unknown, killed: None, memory_critical_mb: None, stderr_tail: String::new() };
            let exited = WorkerEvent::Exited { report, in_flight: None, was_ready: false, was_stopping: true };
            let _ = events.send((id, exited)).await;
        }
    }
}

struct Task {
    id: WorkerId,
    state: State,
    events: EventSender,
    log: LogSink,
    tail: Tail,
    drain: JoinHandle<()>,
    tree: spawn::KillOnDrop,
    stdin: Option<ChildStdin>,
    unsent: Vec<u8>,
    sent: usize,
    frames: FrameReader<ChildStdout>,
    stdout_open: bool,
    alarm: Alarm,
    /// Set when stdout ended: the process is held to follow by then.
    exit_due: Option<Instant>,
    /// The answer of a worker that told of its own end: it waits for the exit, which adds what stderr said, until this time.
    last_answer: Option<(Ticket, Reply, Instant)>,
    exited: oneshot::Receiver<io::Result<ExitStatus>>,
    first_event: Option<WorkerEvent>,
    /// The request in flight as it goes on the wire, and what its reply may hold.
    expected: Option<(String, Expectation)>,
    documents: Option<Documents>,
    reports: Reports,
}

impl Task {
    fn new(id: WorkerId, process: Process, graces: Graces, log: LogSink, events: EventSender) -> Self {
        let tail = Tail::default();
        let drain = tokio::spawn(stderr::drain(process.stderr, tail.clone(), log.clone()));
        log.note(&format!("started, pid {}", process.pid));
        let first_event = WorkerEvent::Spawned { pid: process.pid, memory_cap: process.tree.memory_cap() };
        Self {
            id,
            state: State::new(Instant::now(), graces),
            events,
            log,
            tail,
            drain,
            tree: process.tree,
            stdin: Some(process.stdin),
            unsent: Vec::new(),
            sent: 0,
            frames: FrameReader::with_limit(process.stdout, FIRST_LINE_BYTES),
            stdout_open: true,
            alarm: Alarm::new(),
            exit_due: None,
            last_answer: None,
            exited: process.exited,
            first_event: Some(first_event),
            expected: None,
            documents: process.documents,
            reports: Reports::default(),
        }
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<WorkerCommand>) {
        if let Some(event) = self.first_event.take() {
            self.emit(event).await;
        }
        let status = loop {
            let deadline = self.state.deadline();
            let outputs = tokio::select! {
                biased;
                status = &mut self.exited => break status,
                command = commands.recv() => self.obey(command),
                // Deadlines come before what the worker writes: one that writes without end must not outrun them.
                () = self.alarm.passed(deadline) => self.state.time_passed(Instant::now()),
                () = sleep_until(self.exit_due) => {
                    self.exit_due = None;
                    self.state.heard(Instant::now(), Frame::End)
                }
                () = sleep_until(self.last_answer.as_ref().map(|(.., until)| *until)) => {
                    self.give_last_answer(None).await;
                    Vec::new()
                }
                frame = self.frames.next(), if self.stdout_open => self.hear(frame),
                written = write_some(self.stdin.as_mut(), &self.unsent[self.sent..]), if self.sent < self.unsent.len() => {
                    self.wrote(&written);
                    Vec::new()
                }
            };
            self.act(outputs).await;
        };
        self.report_exit(status).await;
    }

    /// Carries out a command. `None`: the parent has exited, and with it every caller.
    fn obey(&mut self, command: Option<WorkerCommand>) -> Vec<Output> {
        let now = Instant::now();
        match command {
            Some(WorkerCommand::Run(assignment)) => {
                // First, so that the file is looked at while the request is on its way.
                if let (Some(documents), Some(path)) = (&self.documents, assignment.document) {
                    documents.hand_over(assignment.wire_id.clone(), path);
                }
                self.frames.set_limit(assignment.reply_limit);
                self.expected = Some((assignment.wire_id.clone(), assignment.expected));
                self.unsent = assignment.line;
                self.sent = 0;
                self.state.run(now, assignment.ticket, assignment.wire_id, assignment.timeout);
                Vec::new()
            }
            Some(WorkerCommand::Abandon(ticket)) => {
                self.state.abandon(now, ticket);
                Vec::new()
            }
            Some(WorkerCommand::Stop) => self.state.stop(now),
            Some(WorkerCommand::Kill(reason)) => self.state.kill(reason),
            None => self.state.kill(KillReason::SupervisorGone),
        }
    }

    fn hear(&mut self, frame: io::Result<Frame>) -> Vec<Output> {
        let frame = frame.unwrap_or_else(|error| Frame::Bad(format!("its stdout cannot be read: {error}")));
        if matches!(frame, Frame::End) {
            // The end of the stream comes a moment before the end of the process, and is no fault of its own then.
            self.stdout_open = false;
            self.exit_due = Some(Instant::now() + EXIT_AFTER_EOF);
            return Vec::new();
        }
        self.believe(frame)
    }

    /// Lets the state know of what the worker said, once that is checked against what it may say.
    fn believe(&mut self, frame: Frame) -> Vec<Output> {
        let frame = match frame {
            Frame::Message(WorkerMessage::Reply(reply)) => {
                let expected = self.expected.as_ref().filter(|(wire_id, _)| reply.req_id.as_deref() == Some(wire_id));
                match expected.map_or(Ok(()), |(_, expected)| expected.check(&reply)) {
                    Ok(()) => Frame::Message(WorkerMessage::Reply(reply)),
                    Err(what) => Frame::Bad(what),
                }
            }
            Frame::Message(message) if !self.reports.may_pass(&message, Instant::now()) => return Vec::new(),
            other => other,
        };
        self.state.heard(Instant::now(), frame)
    }

    fn wrote(&mut self, written: &io::Result<usize>) {
        match written {
            Ok(count) => self.sent += count,
            // The worker closed its stdin or died; its exit or the deadline says what follows.
            Err(_) => self.sent = self.unsent.len(),
        }
        if self.sent >= self.unsent.len() {
            self.unsent = Vec::new();
            self.sent = 0;
        }
    }

    async fn act(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Emit(WorkerEvent::StartFailed(error)) => {
                    let error = self.with_tail(error).await;
                    self.emit(WorkerEvent::StartFailed(error)).await;
                }
                Output::Emit(WorkerEvent::Answered { ticket, reply, .. }) if tells_of_its_end(&reply.outcome) => {
                    self.last_answer = Some((ticket, reply, Instant::now() + LAST_ANSWER));
                }
                Output::Emit(event) => {
                    if matches!(event, WorkerEvent::Ready(_)) {
                        self.tree.seal();
                    }
                    if matches!(event, WorkerEvent::Answered { .. }) {
                        self.frames.set_limit(MAX_LINE_BYTES);
                    }
                    self.emit(event).await;
                }
                Output::Kill(reason) => {
                    self.log.note(&reason.to_string());
                    self.tree.kill();
                }
                Output::Probe => {
                    let line = format!("{{\"id\":\"{PROBE_ID}\",\"cmd\":\"ping\",\"payload\":{{}}}}\n");
                    self.unsent.drain(..self.sent);
                    self.sent = 0;
                    self.unsent.extend_from_slice(line.as_bytes());
                }
                Output::CloseStdin => self.stdin = None,
            }
        }
    }

    async fn with_tail(&self, error: ErrorBody) -> ErrorBody {
        // What a worker prints before it gives up is still on its way.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let tail = self.tail.text();
        if tail.is_empty() { error } else { error.with("stderr_tail", tail) }
    }

    /// Passes the last answer on, with what is known of the end that it told of.
    async fn give_last_answer(&mut self, report: Option<&ExitReport>) {
        let Some((ticket, mut reply, _)) = self.last_answer.take() else { return };
        if let Err(error) = &mut reply.outcome {
            let details = report.map_or_else(Map::new, ExitReport::details);
            let tail = (report.is_none() && !self.tail.text().is_empty())
                .then(|| ("stderr_tail".into(), self.tail.text().into()));
            for (key, value) in details.into_iter().chain(tail) {
                error.details.entry(key).or_insert(value);
            }
        }
        self.emit(WorkerEvent::Answered { ticket, reply, late: false }).await;
    }

    /// The process is reaped: reads the rest of its stderr and reports the exit.
    async fn report_exit(mut self, status: Result<io::Result<ExitStatus>, oneshot::error::RecvError>) {
        let until = tokio::time::Instant::now() + STDERR_DRAIN_TIMEOUT;
        while self.stdout_open {
            let Ok(frame) = tokio::time::timeout_at(until, self.frames.next()).await else { break };
            match frame {
                Ok(Frame::Message(message)) => {
                    let outputs = self.believe(Frame::Message(message));
                    self.act(outputs).await;
                }
                // A line that was cut short by the end is part of the crash.
                Ok(Frame::Bad(_)) => {}
                Ok(Frame::End) | Err(_) => break,
            }
        }
        if tokio::time::timeout_at(until, &mut self.drain).await.is_err() {
            self.drain.abort();
        }
        let exit = match status {
            Ok(Ok(status)) => os::describe_exit(status),
            Ok(Err(_)) | Err(_) => Exit::Unknown,
        };
        let report = ExitReport {
            exit,
            killed: self.state.killed().cloned(),
            memory_critical_mb: self.state.critical_mb(),
            stderr_tail: self.tail.text(),
        };
        self.log.note(&format!("ended: {report}"));
        self.give_last_answer(Some(&report)).await;
        let was_ready = self.state.was_ready();
        let by_itself =
            matches!(exit, Exit::Code(_) | Exit::NtStatus { .. }) && !report.was_killed_externally(was_ready);
        if !was_ready && !self.state.start_failed() && by_itself {
            let message = format!("the worker ended with {exit} before it was ready; run `tach doctor`");
            let error = ErrorBody { code: ErrorCode::StartupFailed, message, details: report.details() };
            self.emit(WorkerEvent::StartFailed(error)).await;
        }
        let in_flight = self.state.in_flight();
        let was_stopping = self.state.is_stopping();
        self.emit(WorkerEvent::Exited { report, in_flight, was_ready, was_stopping }).await;
    }

    async fn emit(&self, event: WorkerEvent) {
        // A parent that has exited needs no events.
        let _ = self.events.send((self.id, event)).await;
    }
}

async fn write_some(stdin: Option<&mut ChildStdin>, bytes: &[u8]) -> io::Result<usize> {
    match stdin {
        Some(stdin) => stdin.write(bytes).await,
        None => Ok(bytes.len()),
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
