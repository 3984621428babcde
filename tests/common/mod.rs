//! What the integration tests share: supervisors over real workers, requests, and waits with a bound.
#![allow(dead_code, unused_imports, missing_docs, reason = "each test binary uses its own part")]

mod pdf;
mod processes;

pub use pdf::{document, write_pdf};
pub use processes::*;
use std::path::Path;
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::{Fault, FaultKind};
use tach_supervisor::{Bbox, Builder, Command, ErrorCode, ExtractEvidence, Host, Reply, Request, Supervisor};

/// Generous bound for anything that starts a Python on a loaded machine.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Settings for fault tests: no Docling, no log file, faults on.
pub fn builder() -> Builder {
    Supervisor::builder()
        .env("TACH_DOCLING_PROFILE", "none")
        .env("TACH_TEST_FAULTS", "1")
        .log_folder(None)
        .startup_timeout(TIMEOUT)
        .host(Host::shim())
}

/// The fake worker with a way to misbehave.
pub fn fake(arguments: &[&str]) -> Host {
    Host::program(env!("CARGO_BIN_EXE_fake_worker"), arguments)
}

pub fn request(id: &str, command: Command, timeout: Option<Duration>) -> Request {
    let timeout_ms = timeout.map(|timeout| u32::try_from(timeout.as_millis()).expect("a short timeout"));
    Request { id: id.to_owned(), command, timeout_ms }
}

pub fn fault(id: &str, kind: FaultKind, amount: u32, timeout: Duration) -> Request {
    request(id, Command::Fault(Fault { kind, amount }), Some(timeout))
}

pub fn ping(id: &str) -> Request {
    request(id, Command::Ping(tach_supervisor::protocol::request::Ping {}), Some(Duration::from_secs(20)))
}

pub fn crop(path: &Path, id: &str) -> Request {
    let payload = ExtractEvidence::new(path, 0, Bbox::new(10.0, 10.0, 50.0, 50.0));
    request(id, Command::ExtractEvidence(payload), Some(Duration::from_secs(20)))
}

/// The code of an error reply; `None` for a success.
pub fn code(reply: &Reply) -> Option<ErrorCode> {
    reply.outcome.as_ref().err().map(|error| error.code)
}

pub fn details(reply: &Reply) -> &serde_json::Map<String, serde_json::Value> {
    &reply.outcome.as_ref().expect_err("an error reply").details
}

#[track_caller]
pub fn assert_success(reply: &Reply) {
    if let Err(error) = &reply.outcome {
        panic!("{:?} failed: {error} {:?}", reply.req_id, error.details);
    }
}

/// Waits until something is true, in small steps, up to a bound.
pub async fn eventually(what: &str, bound: Duration, mut is_true: impl FnMut() -> bool) {
    let until = Instant::now() + bound;
    while !is_true() {
        assert!(Instant::now() < until, "not within {bound:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Process ids of all ready workers.
pub async fn pids(supervisor: &Supervisor) -> Vec<u32> {
    let status = supervisor.status().await.expect("the supervisor runs");
    status.workers.iter().filter(|worker| worker.ready.is_some()).filter_map(|worker| worker.pid).collect()
}

/// Waits until this many workers are ready.
pub async fn ready(supervisor: &Supervisor, count: usize) {
    let until = Instant::now() + TIMEOUT;
    while pids(supervisor).await.len() < count {
        assert!(Instant::now() < until, "{count} workers get ready");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Runs a row of the table with one and with four workers.
pub async fn with_one_and_four<F: AsyncFn(Supervisor)>(row: F) {
    for workers in [1, 4] {
        let supervisor = builder().workers(workers).start().await.expect("workers start");
        row(supervisor.clone()).await;
        supervisor.shutdown().await;
    }
}

pub async fn eventually_status(supervisor: &Supervisor, mut is_true: impl FnMut(&tach_supervisor::Status) -> bool) {
    let until = Instant::now() + TIMEOUT;
    loop {
        let status = supervisor.status().await.expect("the supervisor runs");
        if is_true(&status) {
            return;
        }
        assert!(Instant::now() < until, "not in time: {status:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
