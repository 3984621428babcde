//! What the benchmarks share: a runtime, ready supervisors, and the document that is cut.
#![allow(dead_code, missing_docs, reason = "each benchmark uses its own part")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::Ping;
use tach_supervisor::{Bbox, Builder, Command, ExtractEvidence, Reply, Request, Supervisor};
use tokio::runtime::Runtime;

/// The sheet that the project ships.
pub fn sheet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sample/engineering_sheet.pdf")
}

/// A runtime as a small application has it.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Settings without Docling: these benchmarks are about crops.
pub fn builder() -> Builder {
    Supervisor::builder().env("TACH_DOCLING_PROFILE", "none").log_folder(None).request_timeout(Duration::from_secs(60))
}

pub fn start(runtime: &Runtime, builder: Builder, ready: usize) -> Supervisor {
    runtime.block_on(async {
        let supervisor = builder.start().await.expect("workers start");
        wait_ready(&supervisor, ready).await;
        supervisor
    })
}

pub async fn wait_ready(supervisor: &Supervisor, count: usize) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let status = supervisor.status().await.expect("it runs");
        if status.workers.iter().filter(|worker| worker.ready.is_some()).count() >= count {
            return;
        }
        assert!(Instant::now() < until, "{count} workers get ready");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The crop that all tools are measured by: 200 × 100 pt, 150 dpi, JPEG 85.
pub fn crop(path: &Path) -> ExtractEvidence {
    ExtractEvidence::new(path, 0, Bbox::new(100.0, 100.0, 200.0, 100.0))
}

pub fn request(command: Command) -> Request {
    Request { id: "bench".to_owned(), command, timeout_ms: None }
}

pub fn ping() -> Request {
    request(Command::Ping(Ping {}))
}

pub fn good(reply: Reply) -> Reply {
    assert!(reply.outcome.is_ok(), "{:?}", reply.outcome);
    reply
}
