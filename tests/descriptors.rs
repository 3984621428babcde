//! An application that has no file descriptor left: its supervisor says so, waits for nothing, and recovers by itself.
#![cfg(unix)]

mod common;

use common::{TIMEOUT, assert_success, builder, code, crop, document, fault, kill, pids, ping};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{Bbox, ErrorCode, Event, ExtractEvidence, ImageFormat, Supervisor, Transport};

/// Enough for this process, and few enough to be used up quickly.
const LIMIT: u64 = 256;
/// Far more than a refusal takes, and less than any deadline here.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Every descriptor that this process may still have.
fn take_all() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// Asks until a request is served; a failed start is remembered for some seconds.
async fn served_again(supervisor: &Supervisor) {
    let until = Instant::now() + TIMEOUT;
    loop {
        let reply = supervisor.submit(ping("after")).await;
        match code(&reply) {
            None => return,
            Some(ErrorCode::StartupFailed | ErrorCode::Unavailable) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Some(_) => panic!("not served again: {reply:?}"),
        }
    }
}

/// One test, since the limit is the whole process's.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_free_descriptor_every_request_is_answered_and_with_one_again_all_is_well() {
    let hard = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(LIMIT), maximum: hard }).expect("a lower limit");
    let (_kept, path) = document("hết mô tả");
    let supervisor = builder().workers(2).start().await.expect("workers start");
    common::ready(&supervisor, 2).await;

    let taken = take_all();
    assert_success(&supervisor.submit(crop(&path, "a worker that runs needs none of ours")).await);
    let mapped = ExtractEvidence {
        format: ImageFormat::Raw,
        transport: Transport::Mmap,
        ..ExtractEvidence::new(&path, 0, Bbox::new(10.0, 10.0, 50.0, 50.0))
    };
    let error = supervisor.extract_evidence(mapped.clone()).await.expect_err("the file cannot be opened");
    assert_eq!(error.code(), ErrorCode::FileUnreadable, "{error}");
    assert!(error.to_string().contains("os error 24"), "{error}");

    // One worker is lost and cannot be replaced; the other one goes on.
    let mut events = supervisor.events();
    kill(pids(&supervisor).await[0]);
    let failed = loop {
        match tokio::time::timeout(TIMEOUT, events.recv()).await.expect("in time").expect("an event") {
            Event::StartFailed { message, .. } => break message,
            Event::Ready { .. } => panic!("a worker was started without a descriptor"),
            _ => {}
        }
    };
    assert!(failed.contains("os error 24"), "{failed}");
    assert_success(&supervisor.submit(crop(&path, "by the other one")).await);
    drop(taken);
    common::ready(&supervisor, 2).await;
    let picture = supervisor.extract_evidence(mapped).await.expect("with descriptors it opens");
    assert!(!picture.bytes.is_empty());

    // Both are lost in the middle of their requests.
    let taken = take_all();
    for number in 0..2 {
        let asked = Instant::now();
        let reply = supervisor.submit(fault("crash", FaultKind::Exit, 3, Duration::from_secs(60))).await;
        let code = code(&reply).expect("an error");
        assert!(matches!(code, ErrorCode::WorkerCrashed | ErrorCode::StartupFailed), "{number}: {reply:?}");
        assert!(asked.elapsed() < AT_ONCE, "{number}: answered after {:?}", asked.elapsed());
    }
    let asked = Instant::now();
    let reply = supervisor.submit(ping("nobody is there")).await;
    let error = reply.outcome.expect_err("no worker can be started");
    assert_eq!(error.code, ErrorCode::StartupFailed, "{error}");
    assert!(error.message.contains("os error 24"), "it names the cause: {error}");
    assert!(asked.elapsed() < AT_ONCE, "answered after {:?}", asked.elapsed());
    drop(taken);
    served_again(&supervisor).await;
    supervisor.shutdown().await;
}
