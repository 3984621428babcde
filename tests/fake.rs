//! Faults that no real worker can be made to show, by a fake one: broken frames, broken handshakes, deafness.

mod common;

use common::{assert_success, code, details, fake, ping};
use std::time::{Duration, Instant};
use tach_supervisor::{Builder, ErrorCode, StartError, Supervisor};

fn builder(arguments: &[&str]) -> Builder {
    Supervisor::builder()
        .host(fake(arguments))
        .log_folder(None)
        .startup_timeout(Duration::from_secs(20))
        .request_timeout(Duration::from_secs(5))
}

async fn breaks_the_protocol(kind: &str, expected: &[ErrorCode]) {
    for workers in [1, 4] {
        let supervisor = builder(&[kind]).workers(workers).start().await.expect("the fake starts");
        let reply = supervisor.submit(ping("bad")).await;
        let code = code(&reply).expect("an error");
        assert!(expected.contains(&code), "{kind}: {code} {:?}", details(&reply));
        assert_eq!(details(&reply)["attempts"], 2, "{kind} is retried once");
        assert_success(&supervisor.submit(ping("next")).await);
        supervisor.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_a_truncated_frame_is_a_crash() {
    breaks_the_protocol("truncated", &[ErrorCode::WorkerCrashed]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_an_endless_frame_is_refused_at_its_limit() {
    breaks_the_protocol("endless", &[ErrorCode::ProtocolError]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_garbage_is_a_protocol_error() {
    breaks_the_protocol("garbage", &[ErrorCode::ProtocolError]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_nobody_is_a_protocol_error() {
    breaks_the_protocol("unknown_id", &[ErrorCode::ProtocolError]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_handshake_is_a_protocol_error() {
    breaks_the_protocol("second_ready", &[ErrorCode::ProtocolError]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_closes_its_stdout_is_killed_for_it() {
    breaks_the_protocol("closes_stdout", &[ErrorCode::ProtocolError]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_replies_is_given_to_nobody() {
    let supervisor = builder(&["two_replies"]).start().await.expect("the fake starts");
    assert_success(&supervisor.submit(ping("bad")).await);
    for number in 0..5 {
        let reply = supervisor.submit(ping(&number.to_string())).await;
        assert_success(&reply);
        assert_eq!(reply.req_id, Some(number.to_string()));
    }
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_worker_that_reads_nothing_costs_the_deadline_only() {
    let supervisor =
        builder(&["deaf"]).request_timeout(Duration::from_millis(300)).start().await.expect("the fake starts");
    let long_path = format!("{}{}", if cfg!(windows) { r"C:\" } else { "/" }, "x".repeat(4 << 20));
    let payload = tach_supervisor::DocumentInfo::new(long_path);
    let started = Instant::now();
    let reply = supervisor
        .submit(common::request(
            "long",
            tach_supervisor::Command::DocumentInfo(payload),
            Some(Duration::from_millis(300)),
        ))
        .await;
    assert_eq!(code(&reply), Some(ErrorCode::Timeout));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_says_nothing_is_answered_for_and_killed() {
    let supervisor = builder(&["silent"]).start().await.expect("the fake starts");
    let mut request = ping("bad");
    request.timeout_ms = Some(300);
    let reply = supervisor.submit(request).await;
    assert_eq!(code(&reply), Some(ErrorCode::Timeout));
    assert!(reply.perf.duration_ms < 800.0, "{} ms", reply.perf.duration_ms);
    assert_success(&supervisor.submit(ping("next")).await);
    supervisor.shutdown().await;
}

async fn fails_to_start(kind: &str, says: &str) {
    let started = Instant::now();
    let error = builder(&[kind]).startup_timeout(Duration::from_secs(2)).start().await.expect_err("it cannot start");
    assert!(started.elapsed() < Duration::from_secs(8), "{kind} took {:?}", started.elapsed());
    let StartError::Worker(body) = &error else { panic!("{kind}: {error:?}") };
    assert_eq!(body.code, ErrorCode::StartupFailed, "{kind}");
    let whole = format!("{} {:?}", body.message, body.details);
    assert!(whole.contains(says), "{kind}: {whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_start_that_cannot_succeed_is_told_with_its_cause() {
    fails_to_start("start_garbage", "Loading model").await;
    fails_to_start("start_wrong_protocol", "version 2 of the protocol").await;
    fails_to_start("start_exit", "ImportError: no such module").await;
    fails_to_start("start_hang", "not ready within 2 s").await;
    fails_to_start("start_reply", "before it said `ready`").await;
    fails_to_start("start_abort", if cfg!(windows) { "ended with" } else { "SIGABRT" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_program_that_is_not_there_is_told_with_its_path() {
    let host = tach_supervisor::Host::program("/nowhere/worker", [""; 0]);
    let error = Supervisor::builder().host(host).log_folder(None).start().await.expect_err("it cannot start");
    assert!(error.to_string().contains("/nowhere/worker"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_all_who_wait_hear_of_a_start_that_fails_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join(if cfg!(windows) { "worker.exe" } else { "worker" });
    std::fs::copy(env!("CARGO_BIN_EXE_fake_worker"), &program).expect("a copy");
    let host = tach_supervisor::Host::program(&program, ["garbage"]);
    let supervisor = Supervisor::builder().host(host).log_folder(None).start().await.expect("the fake starts");
    std::fs::remove_file(&program)
        .or_else(|_| std::fs::rename(&program, folder.path().join("moved")))
        .expect("it goes");
    let waiting: Vec<_> = (0..10)
        .map(|number| {
            let supervisor = supervisor.clone();
            tokio::spawn(async move {
                supervisor.submit(ping(&format!("{}{number}", if number == 0 { "bad" } else { "" }))).await
            })
        })
        .collect();
    let mut failed = 0;
    for task in waiting {
        let reply = tokio::time::timeout(Duration::from_secs(20), task).await.expect("an answer").expect("a task");
        failed += usize::from(code(&reply) == Some(ErrorCode::StartupFailed));
    }
    assert!(failed >= 1, "at least the one whose worker was killed");
    let started = Instant::now();
    assert_eq!(code(&supervisor.submit(ping("later")).await), Some(ErrorCode::StartupFailed));
    assert!(started.elapsed() < Duration::from_secs(1), "told at once");
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_a_worker_keeps_until_it_says_otherwise() {
    let template = r#"{"req_id":"{id}","status":"success","data":{},"perf":{"duration_ms":1,"peak_ram_mb":1,"page_cache_mb":42.5}}"#;
    let supervisor = builder(&["says", template]).start().await.expect("the fake starts");
    for (id, expected) in [("good", 0.0), ("bad", 42.5), ("next", 0.0)] {
        assert_success(&supervisor.submit(ping(id)).await);
        let kept = supervisor.status().await.expect("it runs").workers[0].page_cache_mb;
        assert!((kept - expected).abs() < f64::EPSILON, "{id}: {kept}");
    }
    supervisor.shutdown().await;
}
