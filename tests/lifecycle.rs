//! Starts that fail, callers that give up, queues that are full, handles that are dropped.

mod common;

use common::{TIMEOUT, assert_success, builder, code, crop, document, eventually, fake, fault, lives, ping};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{ErrorCode, Host, StartError, Supervisor};

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_broken_environment_is_told_with_its_cause() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("không có");
    let error = builder().host(Host::shim().with_python(&missing)).start().await.expect_err("no Python there");
    assert!(matches!(error, StartError::NotFound(_)), "{error:?}");
    assert!(error.to_string().contains("không có"), "{error}");

    // An environment without any package: pyworker itself is missing.
    let bare = folder.path().join("bare env");
    let shim = make_bare_environment(&bare);
    for host in [shim, Host::python()] {
        let started = Instant::now();
        let error = builder().host(host.with_python(&bare)).start().await.expect_err("an empty environment");
        let StartError::Worker(body) = &error else { panic!("{error:?}") };
        assert_eq!(body.code, ErrorCode::StartupFailed);
        let whole = format!("{} {:?}", body.message, body.details);
        assert!(whole.contains("pyworker"), "it names what is missing: {whole}");
        assert!(started.elapsed() < TIMEOUT);
    }
}

/// Makes an environment without any package, and gives the shim for it.
fn make_bare_environment(folder: &Path) -> Host {
    let environment = tach_environment::find_python(None).expect("the project's environment");
    if cfg!(unix) {
        let made = Command::new(&environment.python).args(["-m", "venv", "--without-pip"]).arg(folder).status();
        assert!(made.expect("venv runs").success());
        return Host::shim();
    }
    // A Windows bundle's Python has no `venv`. It is the files beside its DLL, the shim too, and the DLL finds packages below itself.
    std::fs::create_dir_all(folder.join("Lib/site-packages")).expect("a folder");
    for entry in std::fs::read_dir(environment.root).expect("Python's folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::copy(&path, folder.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    std::fs::write(folder.join("python311._pth"), "python311.zip\n.\nLib\\site-packages\n").expect("its search path");
    let shim = folder.join("tach-host-shim.exe");
    std::fs::copy(tach_environment::find_shim(None).expect("the shim"), &shim).expect("a copy");
    Host::shim_at(shim)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_limit_below_the_idle_worker_is_told_and_not_looped() {
    let started = Instant::now();
    let error = builder().ram_limit_mb(8).start().await.expect_err("it cannot live in 12 MB");
    assert!(error.to_string().contains("TACH_WORKER_RAM_LIMIT_MB"), "{error}");
    assert!(started.elapsed() < TIMEOUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_overloaded_for_try_submit_and_waits_for_submit() {
    let supervisor = builder().queue_capacity(2).start().await.expect("a worker starts");
    let slow = |id: &str| fault(id, FaultKind::Slow, 400, Duration::from_secs(20));
    let (first, second) = (supervisor.submit(slow("1")), supervisor.submit(slow("2")));
    let third = async {
        eventually_busy(&supervisor).await;
        let refused = supervisor.try_submit(ping("3")).await;
        let waits = supervisor.submit(ping("4")).await;
        (refused, waits)
    };
    let (first, second, (refused, waits)) = tokio::join!(first, second, third);
    assert_success(&first);
    assert_success(&second);
    assert_eq!(code(&refused), Some(ErrorCode::Overloaded));
    assert_success(&waits);
    supervisor.shutdown().await;
}

async fn eventually_busy(supervisor: &Supervisor) {
    let until = Instant::now() + TIMEOUT;
    loop {
        let status = supervisor.status().await.expect("it runs");
        if status.in_flight == 1 && status.queued == 1 {
            return;
        }
        assert!(Instant::now() < until, "{status:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_with_one_request_does_not_wait_behind_anothers_hundred() {
    let supervisor = builder().start().await.expect("a worker starts");
    let greedy = supervisor.clone();
    let many: Vec<_> = (0..100)
        .map(|number| {
            let request = fault(&number.to_string(), FaultKind::Slow, 20, Duration::from_secs(20));
            let greedy = &greedy;
            async move { greedy.submit(request).await }
        })
        .collect();
    let modest = async {
        eventually_queued(&supervisor, 50).await;
        supervisor.submit(ping("modest")).await;
        supervisor.status().await.expect("it runs").queued
    };
    let (_, left) = tokio::join!(futures_join_all(many), modest);
    assert!(left >= 30, "answered while {left} of the other's still waited");
    supervisor.shutdown().await;
}

async fn futures_join_all<F: Future>(futures: Vec<F>) -> usize {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = 0;
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| {
            let ready = future.as_mut().poll(context).is_ready();
            done += usize::from(ready);
            !ready
        });
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

async fn eventually_queued(supervisor: &Supervisor, count: usize) {
    let until = Instant::now() + TIMEOUT;
    while supervisor.status().await.expect("it runs").queued < count {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn status_waits_for_no_submission() {
    let supervisor = builder().host(fake(&["good"])).start().await.expect("the fake starts");
    let many: Vec<_> = (0..500).map(|number| supervisor.submit(ping(&format!("ping {number}")))).collect();
    // Without tokio's budget, so that all are under way before the supervisor's loop, on the same thread, gets its turn.
    let both = async { tokio::join!(futures_join_all(many), supervisor.status()) };
    let (answered, status) = tokio::task::unconstrained(both).await;
    let status = status.expect("it runs");
    assert_eq!((status.queued, status.in_flight), (0, 0), "the question overtakes them");
    assert_eq!(answered, 500);
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_frees_the_worker_and_late_replies_reach_nobody() {
    let supervisor = builder().start().await.expect("a worker starts");
    // Waiting: it is removed before it runs. Running: the worker is free within the grace.
    let running = supervisor.submit(fault("running", FaultKind::Slow, 60_000, Duration::from_secs(100)));
    let waiting = supervisor.submit(ping("waiting"));
    let cancel = async {
        eventually_busy(&supervisor).await;
        assert_eq!(supervisor.cancel("waiting").await, 1);
        assert_eq!(supervisor.cancel("running").await, 1);
        assert_eq!(supervisor.cancel("nobody").await, 0);
    };
    let (running, waiting, ()) = tokio::join!(running, waiting, cancel);
    assert_eq!(code(&running), Some(ErrorCode::Cancelled));
    assert_eq!(code(&waiting), Some(ErrorCode::Cancelled));
    let started = Instant::now();
    let reply = supervisor.submit(ping("next")).await;
    assert_success(&reply);
    assert_eq!(reply.req_id.as_deref(), Some("next"));
    assert!(started.elapsed() < Duration::from_secs(20));

    // A short one comes back within the grace: its reply is dropped and the worker lives on.
    let pid = common::pids(&supervisor).await;
    let short = supervisor.submit(fault("short", FaultKind::Slow, 100, Duration::from_secs(20)));
    assert!(tokio::time::timeout(Duration::from_millis(30), short).await.is_err());
    let reply = supervisor.submit(ping("after the short one")).await;
    assert_eq!(reply.req_id.as_deref(), Some("after the short one"));
    assert_eq!(common::pids(&supervisor).await, pid, "the same worker");
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_answers_what_runs_refuses_what_waits_and_leaves_no_process() {
    let supervisor = builder().workers(2).spares(1).start().await.expect("workers start");
    common::ready(&supervisor, 3).await;
    let pids = common::pids(&supervisor).await;
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let supervisor = supervisor.clone();
            let request = fault(&number.to_string(), FaultKind::Slow, 300, Duration::from_secs(20));
            tokio::spawn(async move { supervisor.submit(request).await })
        })
        .collect();
    eventually_queued(&supervisor, 4).await;
    supervisor.shutdown().await;
    let mut done = [0, 0];
    for task in tasks {
        match code(&task.await.expect("a reply")) {
            None => done[0] += 1,
            Some(ErrorCode::ShuttingDown) => done[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(done, [2, 4]);
    eventually("all have exited", Duration::from_secs(2), || !pids.iter().any(|pid| lives(*pid))).await;
    assert_eq!(code(&supervisor.submit(ping("late")).await), Some(ErrorCode::ShuttingDown));
    assert!(supervisor.status().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_kills_the_workers() {
    let supervisor = builder().workers(2).start().await.expect("workers start");
    supervisor.ping().await.expect("it answers");
    let pids = common::pids(&supervisor).await;
    let busy = tokio::spawn({
        let supervisor = supervisor.clone();
        async move { supervisor.submit(fault("busy", FaultKind::HangGil, 0, Duration::from_secs(60))).await }
    });
    eventually("it is sent", TIMEOUT, || !pids.is_empty()).await;
    busy.abort();
    drop(supervisor);
    eventually("all have exited", Duration::from_secs(5), || !pids.iter().any(|pid| lives(*pid))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_stay_with_the_worker_that_has_their_document() {
    let supervisor = builder().workers(2).start().await.expect("workers start");
    common::ready(&supervisor, 2).await;
    let (_a_folder, a) = document("a");
    let (_b_folder, b) = document("b");
    for number in 0..10 {
        let (one, other) = tokio::join!(
            supervisor.submit(crop(&a, &format!("a{number}"))),
            supervisor.submit(crop(&b, &format!("b{number}")))
        );
        assert_success(&one);
        assert_success(&other);
    }
    let counts: Vec<u64> =
        supervisor.status().await.expect("it runs").workers.iter().map(|worker| worker.requests).collect();
    assert_eq!(counts, [10, 10]);
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recycling_by_count_loses_nothing() {
    let supervisor = Supervisor::builder()
        .host(fake(&["good"]))
        .log_folder(None)
        .workers(2)
        .recycle_after_requests(10)
        .start()
        .await
        .expect("the fake starts");
    // A worker is replaced once its successor is ready, so the number of requests that it takes depends on how fast one starts.
    let until = Instant::now() + TIMEOUT;
    let mut number = 0;
    loop {
        assert_success(&supervisor.submit(ping(&number.to_string())).await);
        number += 1;
        let status = supervisor.status().await.expect("it runs");
        assert_eq!(status.lost, 0);
        if number >= 200 && status.recycled >= 5 {
            break;
        }
        assert!(Instant::now() < until, "{} recycled after {number} requests", status.recycled);
    }
    supervisor.shutdown().await;
}
