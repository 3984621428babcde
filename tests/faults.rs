//! The fault table over the real shim, each row with one and with four workers: what a caller notices of each fault.

mod common;

use common::{
    PATIENCE, assert_success, builder, code, crop, descendants, details, document, eventually, fault, lives, pids, ping,
};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{BreakerState, ErrorCode, Event, Supervisor};

/// Runs a row of the table with one and with four workers.
async fn with_one_and_four<F: AsyncFn(Supervisor)>(row: F) {
    for workers in [1, 4] {
        let supervisor = builder().workers(workers).start().await.expect("workers start");
        row(supervisor.clone()).await;
        supervisor.shutdown().await;
    }
}

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
    let until = Instant::now() + PATIENCE;
    while exited.len() < 2 {
        assert!(Instant::now() < until, "two workers end: {exited:?}");
        match tokio::time::timeout(PATIENCE, events.recv()).await.expect("an event").expect("an event") {
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
async fn row_3_a_crash_is_told_with_its_signal_and_last_words() {
    with_one_and_four(async |supervisor| {
        // On Windows `abort` is exit code 3 of the C runtime, and an access violation has a name.
        let killed = if cfg!(windows) { "exit_code" } else { "signal" };
        let segv = if cfg!(windows) { "Windows fatal exception" } else { "Fatal Python error" };
        let kinds = [(FaultKind::Segv, killed, segv), (FaultKind::Abort, killed, "Fatal Python error")];
        for (kind, key, last_words) in kinds {
            let reply = supervisor.submit(fault("crash", kind, 0, Duration::from_secs(20))).await;
            assert_eq!(code(&reply), Some(ErrorCode::WorkerCrashed), "{kind:?}");
            let details = details(&reply);
            assert!(details.contains_key(key), "{kind:?}: {details:?}");
            assert!(reply.perf.duration_ms < 1000.0, "{kind:?} took {} ms", reply.perf.duration_ms);
            assert!(details["stderr_tail"].as_str().is_some_and(|tail| tail.contains(last_words)), "{details:?}");
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
                tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event")
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

async fn eventually_status(supervisor: &Supervisor, mut is_true: impl FnMut(&tach_supervisor::Status) -> bool) {
    let until = Instant::now() + PATIENCE;
    loop {
        let status = supervisor.status().await.expect("the supervisor runs");
        if is_true(&status) {
            return;
        }
        assert!(Instant::now() < until, "not in time: {status:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_our_own_kill_is_told_as_such() {
    with_one_and_four(async |supervisor| {
        let mut events = supervisor.events();
        let given_up = supervisor.submit(fault("given up", FaultKind::HangGil, 0, Duration::from_secs(60)));
        assert!(tokio::time::timeout(Duration::from_secs(1), given_up).await.is_err());
        let report = loop {
            if let Event::Exited { report, .. } =
                tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event")
            {
                break report;
            }
        };
        assert_eq!(report.killed, Some(tach_supervisor::KillReason::Cancelled));
        assert!(report.memory_critical_mb.is_none());
        assert_success(&supervisor.submit(ping("after")).await);
        let status = supervisor.status().await.expect("it runs");
        assert_eq!((status.lost, status.recent_crashes), (0, 0), "a cancelled request is nobody's crash");
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
    // Wine's pipes carry a few MB a second: enough there to turn the log over several times.
    let megabytes = if cfg!(windows) { 128 } else { 1024 };
    for workers in [1, 4] {
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
        let supervisor = builder().workers(workers).start().await.expect("workers start");
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
        let until = Instant::now() + PATIENCE;
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
                    // Those that are starting too: a stranger does not know them apart.
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
            let reply = tokio::time::timeout(2 * PATIENCE, caller).await.expect("in time").expect("an answer");
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
        assert!(started.elapsed() < PATIENCE);
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

/// A grandchild in a session of its own, whose parent is gone: no group and no parent leads to it any more.
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
    eventually("it left its note", PATIENCE, || note.exists()).await;
    let stray: u32 = std::fs::read_to_string(&note).expect("the note").trim().parse().expect("a process id");
    assert!(lives(stray));
    supervisor.shutdown().await;
    eventually("it is gone", Duration::from_secs(2), || !lives(stray)).await;
}
