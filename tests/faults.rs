//! The fault table over the real shim, each row with one and with four workers: what a caller notices of each fault.

mod common;

use common::{
    TIMEOUT, assert_success, builder, code, descendants, details, eventually, eventually_status, fault, lives, pids,
    ping, with_one_and_four,
};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{ErrorCode, Event, Supervisor};

const SHORT: Duration = Duration::from_millis(700);

async fn times_out_and_is_retried(supervisor: Supervisor, kind: FaultKind) {
    let mut events = supervisor.events();
    let reply = supervisor.submit(fault("hangs", kind, 0, SHORT)).await;
    assert_eq!(code(&reply), Some(ErrorCode::Timeout));
    assert_eq!(reply.req_id.as_deref(), Some("hangs"));
    assert_eq!(details(&reply)["attempts"], 2, "retried once");
    assert!(reply.perf.duration_ms < 1000.0 * (SHORT.as_secs_f64() + 0.5), "answered {} ms", reply.perf.duration_ms);
    // The engine never comes back, so both workers give themselves up, and their trees go with them.
    let mut started = Vec::new();
    let mut exited = Vec::new();
    let until = Instant::now() + TIMEOUT;
    while exited.len() < 2 {
        assert!(Instant::now() < until, "two workers end: {exited:?}");
        match tokio::time::timeout(TIMEOUT, events.recv()).await.expect("an event").expect("an event") {
            Event::Exited { report, .. } => exited.push(report),
            Event::Started { pid, .. } => started.push(pid),
            _ => {}
        }
    }
    for report in exited {
        assert!(report.to_string().contains("124") || report.killed.is_some(), "{report}");
        assert!(report.stderr_tail.contains("File "), "the stacks are in the log: {}", report.stderr_tail);
    }
    assert_success(&supervisor.submit(ping("after")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_1_a_python_hang_times_out_and_is_retried() {
    with_one_and_four(async |supervisor| times_out_and_is_retried(supervisor, FaultKind::Hang).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_1_and_2_a_native_hang_with_the_gil_times_out_and_is_retried() {
    with_one_and_four(async |supervisor| times_out_and_is_retried(supervisor, FaultKind::HangGil).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_a_crash_is_told_with_its_signal_and_stderr_tail() {
    with_one_and_four(async |supervisor| {
        // On Windows `abort` is exit code 3 of the C runtime, and an access violation has a name.
        let killed = if cfg!(windows) { "exit_code" } else { "signal" };
        let segv = if cfg!(windows) { "Windows fatal exception" } else { "Fatal Python error" };
        let kinds = [(FaultKind::Segv, killed, segv), (FaultKind::Abort, killed, "Fatal Python error")];
        for (kind, key, expected) in kinds {
            let reply = supervisor.submit(fault("crash", kind, 0, Duration::from_secs(20))).await;
            assert_eq!(code(&reply), Some(ErrorCode::WorkerCrashed), "{kind:?}");
            let details = details(&reply);
            assert!(details.contains_key(key), "{kind:?}: {details:?}");
            assert!(reply.perf.duration_ms < 1000.0, "{kind:?} took {} ms", reply.perf.duration_ms);
            assert!(details["stderr_tail"].as_str().is_some_and(|tail| tail.contains(expected)), "{details:?}");
        }
        // After a panic the worker still answers itself; the answer waits for what its stderr says.
        let reply = supervisor.submit(fault("crash", FaultKind::Panic, 0, Duration::from_secs(20))).await;
        assert_eq!(code(&reply), Some(ErrorCode::WorkerCrashed));
        assert_eq!(details(&reply)["exit_code"], 70);
        let tail = details(&reply)["stderr_tail"].as_str().unwrap_or_default();
        assert!(tail.contains("the host panicked"), "{tail}");
        assert!(reply.perf.duration_ms < 1000.0, "took {} ms", reply.perf.duration_ms);
        assert_success(&supervisor.submit(ping("after")).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_4_leaving_in_mid_request_is_a_crash_even_with_code_0() {
    with_one_and_four(async |supervisor| {
        for exit_code in [0, 3] {
            let reply = supervisor.submit(fault("leaves", FaultKind::Exit, exit_code, Duration::from_secs(20))).await;
            assert_eq!(code(&reply), Some(ErrorCode::WorkerCrashed));
            assert_eq!(details(&reply)["exit_code"], exit_code);
            assert_eq!(details(&reply)["attempts"], 2);
        }
        assert_success(&supervisor.submit(ping("after")).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_5_a_leak_past_the_hard_limit_is_out_of_memory() {
    for workers in [1, 4] {
        let supervisor = builder().workers(workers).ram_limit_mb(256).start().await.expect("workers start");
        let mut events = supervisor.events();
        let reply = supervisor.submit(fault("leaks", FaultKind::Leak, 4096, Duration::from_secs(60))).await;
        assert_eq!(code(&reply), Some(ErrorCode::OutOfMemory));
        assert!(details(&reply)["stderr_tail"].as_str().is_some_and(|tail| tail.contains("137")), "{reply:?}");
        let report = loop {
            if let Event::Exited { report, .. } =
                tokio::time::timeout(TIMEOUT, events.recv()).await.expect("in time").expect("an event")
            {
                break report;
            }
        };
        assert_eq!(report.exit, tach_supervisor::Exit::Code(137));
        assert!(report.killed.is_none());
        let rss = report.memory_critical_mb.expect("it said `memory_critical` first");
        assert!(rss < 1500.0, "stopped at {rss} MB, long before the 4096 MB asked for");
        assert_success(&supervisor.submit(ping("after")).await);
        supervisor.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_slow_leak_is_recycled_between_requests_and_nothing_is_lost() {
    for workers in [1, 4] {
        let supervisor =
            builder().workers(workers).spares(1).recycle_above_rss_mb(200).start().await.expect("workers start");
        for number in 0..60 {
            let reply =
                supervisor.submit(fault(&format!("leak {number}"), FaultKind::Leak, 12, Duration::from_secs(20))).await;
            assert_success(&reply);
        }
        eventually_status(&supervisor, |status| status.recycled >= 1).await;
        let status = supervisor.status().await.expect("it runs");
        assert_eq!(status.lost, 0, "{:?}", status.last_exit);
        supervisor.shutdown().await;
    }
}

/// The RSS is read now and then, and an answer may come just after the last look.
#[tokio::test(flavor = "multi_thread")]
async fn row_6_what_the_last_request_leaked_is_seen_though_nothing_follows_it() {
    let supervisor = builder().workers(1).recycle_above_rss_mb(200).start().await.expect("a worker starts");
    for (id, megabytes) in [("looked at", 1), ("leaks", 250)] {
        assert_success(&supervisor.submit(fault(id, FaultKind::Leak, megabytes, Duration::from_secs(20))).await);
    }
    eventually_status(&supervisor, |status| status.recycled == 1).await;
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_our_own_kill_is_told_as_such() {
    with_one_and_four(async |supervisor| {
        let mut events = supervisor.events();
        let given_up = supervisor.submit(fault("given up", FaultKind::HangGil, 0, Duration::from_secs(60)));
        assert!(tokio::time::timeout(Duration::from_secs(1), given_up).await.is_err());
        let report = loop {
            if let Event::Exited { report, .. } =
                tokio::time::timeout(TIMEOUT, events.recv()).await.expect("in time").expect("an event")
            {
                break report;
            }
        };
        assert_eq!(report.killed, Some(tach_supervisor::KillReason::Cancelled));
        assert!(report.memory_critical_mb.is_none());
        assert_success(&supervisor.submit(ping("after")).await);
        let status = supervisor.status().await.expect("it runs");
        assert_eq!((status.lost, status.recent_crashes), (0, 0), "a cancelled request counts as no crash");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_8_prints_never_reach_the_protocol_stream() {
    with_one_and_four(async |supervisor| {
        for number in 0..5 {
            let reply =
                supervisor.submit(fault(&number.to_string(), FaultKind::StdoutNoise, 0, Duration::from_secs(20))).await;
            assert_success(&reply);
        }
        assert_eq!(supervisor.status().await.expect("it runs").lost, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_a_flood_on_stderr_blocks_nothing_and_the_log_stays_bounded() {
    // Wine's pipes carry a few MB a second, and a second pool needs no more: 128 MB turn the log over several times.
    for (workers, megabytes) in [(1, if cfg!(windows) { 128 } else { 1024 }), (4, 128)] {
        let folder = tempfile::tempdir().expect("a folder");
        let supervisor =
            builder().workers(workers).log_folder(Some(folder.path().to_owned())).start().await.expect("workers start");
        assert_success(
            &supervisor.submit(fault("flood", FaultKind::StderrFlood, megabytes, Duration::from_secs(120))).await,
        );
        assert_success(&supervisor.submit(ping("after")).await);
        supervisor.shutdown().await;
        let written: u64 = std::fs::read_dir(folder.path())
            .expect("the log folder")
            .map(|entry| entry.and_then(|entry| entry.metadata()).expect("a log file").len())
            .sum();
        assert!(written > 0 && written < 64 << 20, "{written} bytes of log for {megabytes} MB of stderr");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_a_grandchild_that_holds_the_pipes_delays_nothing_and_does_not_stay() {
    for workers in [1, 4] {
        // A confined worker can have no child.
        let unconfined = builder().env("TACH_SANDBOX", "off");
        let supervisor = unconfined.workers(workers).start().await.expect("workers start");
        assert_success(&supervisor.submit(fault("fork", FaultKind::Grandchild, 0, Duration::from_secs(20))).await);
        let workers = pids(&supervisor).await;
        let family: Vec<u32> =
            workers.iter().flat_map(|pid| descendants(*pid)).chain(workers.iter().copied()).collect();
        assert!(family.len() > workers.len(), "the grandchild is there: {family:?}");
        let started = Instant::now();
        supervisor.shutdown().await;
        assert!(started.elapsed() < Duration::from_secs(5), "shutdown took {:?}", started.elapsed());
        eventually("no process is left", Duration::from_secs(2), || !family.iter().any(|pid| lives(*pid))).await;
    }
}
