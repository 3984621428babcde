//! Documents that keep killing workers, storms of kills, and what is left behind: quarantine, breaker, spares, strays.

mod common;

use common::{
    TIMEOUT, assert_success, builder, code, crop, details, document, eventually, eventually_status, fault, lives, pids,
    ping, with_one_and_four,
};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{BreakerState, ErrorCode, Supervisor};

/// Runs a row of the table with one and with four workers.
#[tokio::test(flavor = "multi_thread")]
async fn row_13_a_poison_file_is_quarantined_by_content_and_good_files_go_on() {
    for workers in [1, 4] {
        let supervisor =
            builder().workers(workers).quarantine(3, Duration::from_secs(600)).start().await.expect("workers start");
        let (_poison_folder, poison) = document("poison");
        let (_good_folder, good) = document("good");
        let mut kills = 0;
        let mut answers = Vec::new();
        // No PDF kills pdfium at will, so the worker is killed from outside while it is busy with this one.
        while kills < 3 {
            let reply = kill_while_busy(&supervisor, &poison).await;
            answers.push(code(&reply));
            kills = supervisor.quarantine().await.first().map_or(0, |suspect| suspect.kills);
            assert!(answers.len() < 10, "{answers:?}");
        }
        let reply = supervisor.submit(crop(&poison, "again")).await;
        assert_eq!(code(&reply), Some(ErrorCode::Quarantined));
        let copy = poison.with_file_name("bản sao.pdf");
        std::fs::copy(&poison, &copy).expect("a copy");
        assert_eq!(
            code(&supervisor.submit(crop(&copy, "copy")).await),
            Some(ErrorCode::Quarantined),
            "known by its content"
        );
        assert_success(&supervisor.submit(crop(&good, "good")).await);
        let status = supervisor.status().await.expect("it runs");
        assert_eq!(status.breaker, BreakerState::Closed);
        assert!(status.quarantine.iter().any(|suspect| suspect.quarantined && suspect.path == poison));
        assert_eq!(supervisor.clear_quarantine().await, 1);
        assert_success(&supervisor.submit(crop(&poison, "cleared")).await);
        supervisor.shutdown().await;
    }
}

/// Submits a crop that takes long, and kills every worker while one is busy with it.
async fn kill_while_busy(supervisor: &Supervisor, path: &std::path::Path) -> tach_supervisor::Reply {
    let mut request = crop(path, "poisoned");
    if let tach_supervisor::Command::ExtractEvidence(payload) = &mut request.command {
        payload.bbox = tach_supervisor::Bbox::new(0.0, 0.0, 200.0, 200.0);
        payload.dpi = 1200.0;
        payload.format = tach_supervisor::ImageFormat::Webp;
    }
    let submitted = supervisor.submit(request);
    let killer = async {
        loop {
            let status = supervisor.status().await.expect("it runs");
            for worker in &status.workers {
                if worker.state == tach_supervisor::WorkerState::Busy
                    && let Some(pid) = worker.pid
                {
                    common::kill(pid);
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        reply = submitted => reply,
        () = killer => unreachable!("the killer never ends"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_crash_storm_opens_the_breaker_and_recovery_closes_it() {
    for workers in [1, 4] {
        let supervisor = builder()
            .workers(workers)
            .breaker(4, Duration::from_secs(60), Duration::from_millis(500))
            .backoff(Duration::from_millis(10), Duration::from_millis(50))
            .start()
            .await
            .expect("workers start");
        let mut codes = Vec::new();
        for number in 0..20 {
            let reply =
                supervisor.submit(fault(&format!("storm {number}"), FaultKind::Exit, 1, Duration::from_secs(20))).await;
            codes.push(code(&reply).expect("an error"));
            if codes.last() == Some(&ErrorCode::Unavailable) {
                break;
            }
        }
        assert_eq!(codes.last(), Some(&ErrorCode::Unavailable), "{codes:?}");
        let started = Instant::now();
        let refused = supervisor.submit(ping("refused")).await;
        assert_eq!(code(&refused), Some(ErrorCode::Unavailable));
        assert!(started.elapsed() < Duration::from_millis(400), "refused at once, not after {:?}", started.elapsed());
        let until = Instant::now() + TIMEOUT;
        loop {
            let reply = supervisor.submit(ping("probe")).await;
            if reply.outcome.is_ok() {
                break;
            }
            assert!(Instant::now() < until, "the breaker closes again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(supervisor.status().await.expect("it runs").breaker, BreakerState::Closed);
        supervisor.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_from_outside_costs_one_retry_and_is_told_when_it_happens_twice() {
    with_one_and_four(async |supervisor| {
        let (_folder, path) = document("killed");
        let reply = kill_while_busy(&supervisor, &path).await;
        match code(&reply) {
            Some(ErrorCode::WorkerCrashed) if cfg!(unix) => assert_eq!(details(&reply)["signal"], 9),
            Some(ErrorCode::WorkerCrashed) | None => {}
            other => panic!("{other:?}"),
        }
        assert_success(&supervisor.submit(ping("after")).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spare_takes_over_at_once() {
    let supervisor = builder().workers(1).spares(1).start().await.expect("workers start");
    eventually_status(&supervisor, |status| status.workers.iter().filter(|worker| worker.ready.is_some()).count() == 2)
        .await;
    let started = Instant::now();
    let reply = supervisor.submit(fault("dies", FaultKind::Exit, 1, Duration::from_secs(20))).await;
    assert_eq!(code(&reply), Some(ErrorCode::WorkerCrashed));
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_success(&supervisor.submit(ping("after")).await);
    supervisor.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_kills_costs_time_and_hardly_an_answer() {
    for workers in [1, 4] {
        let supervisor = builder().workers(workers).start().await.expect("workers start");
        let (_folder, path) = document("storm");
        let until = Instant::now() + Duration::from_secs(4);
        let killer = tokio::spawn({
            let supervisor = supervisor.clone();
            async move {
                let mut kills = 0;
                while Instant::now() < until {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    let status = supervisor.status().await.expect("it runs");
                    // Those that are starting too: an external process does not know them apart.
                    let pids: Vec<u32> = status.workers.iter().filter_map(|worker| worker.pid).collect();
                    if !pids.is_empty() {
                        common::kill(pids[fastrand::usize(..pids.len())]);
                        kills += 1;
                    }
                }
                kills
            }
        });
        let callers: Vec<_> = (0..200)
            .map(|number| {
                let (supervisor, request) = (supervisor.clone(), crop(&path, &number.to_string()));
                tokio::spawn(async move { supervisor.submit(request).await })
            })
            .collect();
        let mut good = 0;
        for (number, caller) in callers.into_iter().enumerate() {
            let reply = tokio::time::timeout(2 * TIMEOUT, caller).await.expect("in time").expect("an answer");
            assert_eq!(reply.req_id, Some(number.to_string()));
            match code(&reply) {
                None => good += 1,
                Some(ErrorCode::WorkerCrashed) => assert_eq!(details(&reply)["attempts"], 2),
                // The same document was at hand in three kills.
                Some(ErrorCode::Quarantined) => {}
                _ => panic!("{reply:?}"),
            }
        }
        assert!(killer.await.expect("it ends") > 5);
        let status = supervisor.status().await.expect("it runs");
        assert_eq!(status.breaker, BreakerState::Closed);
        assert!(good >= 100 || !status.quarantine.is_empty(), "{good} of 200 good");
        supervisor.shutdown().await;
    }
}

/// A stopped process holds its request, its pipes and its exit back; only SIGKILL reaches it.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_costs_the_deadline_and_is_replaced() {
    with_one_and_four(async |supervisor| {
        common::ready(&supervisor, 1).await;
        for pid in pids(&supervisor).await {
            common::stop(pid);
        }
        let started = Instant::now();
        let mut request = ping("to one that is stopped");
        request.timeout_ms = Some(500);
        let reply = supervisor.submit(request).await;
        // Its second try may meet another one that is stopped, or one that is not.
        assert!(matches!(code(&reply), None | Some(ErrorCode::Timeout)), "{reply:?}");
        assert!(started.elapsed() < TIMEOUT);
        let mut after = ping("after");
        after.timeout_ms = Some(2000);
        for _ in 0..4 {
            let _ = supervisor.submit(after.clone()).await;
        }
        assert_success(&supervisor.submit(after).await);
    })
    .await;
}

/// A file that is no file is told as such at once, whatever the command, and costs no worker.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_is_refused_and_hangs_nobody() {
    let supervisor = builder().start().await.expect("a worker starts");
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = folder.path().join("fifo.pdf");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).expect("a FIFO");
    for path in [&fifo, folder.path(), std::path::Path::new("/dev/zero"), std::path::Path::new("/dev/stdin")] {
        let reply = supervisor.submit(crop(path, "no file")).await;
        assert_eq!(code(&reply), Some(ErrorCode::FileUnreadable), "{}: {reply:?}", path.display());
    }
    assert_eq!(supervisor.status().await.expect("it runs").lost, 0);
    supervisor.shutdown().await;
}

/// A grandchild in a session of its own, whose parent has exited: no group and no parent leads to it any more.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_grandchild_that_left_its_session_does_not_outlive_its_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let note = folder.path().join("pid");
    let script = format!(
        "setsid sh -c 'sleep 600 & echo $! > \"{0}.new\"; mv \"{0}.new\" \"{0}\"' & exec \"$0\" good",
        note.display()
    );
    let host = tach_supervisor::Host::program("/bin/sh", ["-c", &script, env!("CARGO_BIN_EXE_fake_worker")]);
    let supervisor = Supervisor::builder().host(host).log_folder(None).start().await.expect("the fake starts");
    assert_success(&supervisor.submit(ping("one")).await);
    eventually("it left its note", TIMEOUT, || note.exists()).await;
    let stray: u32 = std::fs::read_to_string(&note).expect("the note").trim().parse().expect("a process id");
    assert!(lives(stray));
    supervisor.shutdown().await;
    eventually("it has exited", Duration::from_secs(2), || !lives(stray)).await;
}
