//! Good requests and every fault at random, for as long as `TACH_SOAK_MINUTES` says (20 s where it is not set): every id is
//! answered exactly once, the good ones right, and in the end no memory, process or descriptor is kept.
//!
//! `TACH_SOAK_SEED` repeats a run's choices. `cargo xtask soak --minutes N` runs it.

mod common;

use common::{builder, code, document, fault, ping, request};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::FaultKind;
use tach_supervisor::{
    Bbox, Command, DocumentInfo, ErrorCode, Event, ExtractEvidence, ImageFormat, Reply, Supervisor, Transport,
};

/// Callers that ask at the same time.
const CALLERS: usize = 8;
/// RSS of the supervisor may grow by this much between the first fifth of the run and its end.
const RSS_SLACK_MB: f64 = 20.0;

struct Shared {
    supervisor: Supervisor,
    documents: Vec<PathBuf>,
    asked: AtomicU64,
    answered: AtomicU64,
    outcomes: Mutex<BTreeMap<String, u64>>,
}

#[test]
fn everything_at_once_for_a_while() {
    let minutes = std::env::var("TACH_SOAK_MINUTES").ok().map(|text| text.parse::<f64>().expect("minutes"));
    let duration = Duration::from_secs_f64(minutes.map_or(20.0, |minutes| minutes * 60.0));
    let seed =
        std::env::var("TACH_SOAK_SEED").ok().map_or_else(|| fastrand::u64(..), |text| text.parse().expect("a seed"));
    println!("soak for {duration:?}, TACH_SOAK_SEED={seed}");

    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // One short life first, so that what is opened once for the whole process is not taken for a leak.
    runtime().block_on(async {
        let supervisor = builder().start().await.expect("a worker starts");
        supervisor.ping().await.expect("it answers");
        supervisor.shutdown().await;
    });
    let descriptors_before = descriptors();
    let report = runtime().block_on(soak(duration, seed));
    println!("{report}");
    let until = Instant::now() + Duration::from_secs(5);
    while (children() > 0 || descriptors() > descriptors_before) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("children left: {}, descriptors: {descriptors_before} before, {} after", children(), descriptors());
    assert_eq!(children(), 0, "no process is left");
    assert!(descriptors() <= descriptors_before, "no descriptor is left");
}

async fn soak(duration: Duration, seed: u64) -> String {
    let (_folders, documents): (Vec<_>, Vec<_>) =
        (0..4).map(|number| document(&format!("soak tài liệu {number}"))).unzip();
    let supervisor = builder()
        .workers(3)
        .spares(1)
        .ram_limit_mb(300)
        // Low enough that a run crosses them again and again, short enough that it goes on.
        .breaker(14, Duration::from_secs(10), Duration::from_millis(300))
        .backoff(Duration::from_millis(10), Duration::from_millis(200))
        .quarantine(2, Duration::from_secs(5))
        .recycle_after_requests(12)
        .start()
        .await
        .expect("workers start");
    let shared = Arc::new(Shared {
        supervisor,
        documents,
        asked: AtomicU64::new(0),
        answered: AtomicU64::new(0),
        outcomes: Mutex::default(),
    });
    let until = Instant::now() + duration;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let shared = Arc::clone(&shared);
            tokio::spawn(
                async move { call(&shared, caller, fastrand::Rng::with_seed(seed ^ caller as u64), until).await },
            )
        })
        .collect();
    let events = tokio::spawn(count_events(shared.supervisor.events()));
    let killer =
        tokio::spawn(kill_now_and_then(shared.supervisor.clone(), fastrand::Rng::with_seed(seed ^ 0xFFFF), until));

    tokio::time::sleep(duration / 5).await;
    let rss_early = rss_mb();
    for caller in callers {
        caller.await.expect("no caller panics: every reply was right");
    }
    let kills = killer.await.expect("the killer does not panic");
    let rss_late = rss_mb();
    let status = shared.supervisor.status().await.expect("it runs");
    shared.supervisor.shutdown().await;
    let events = {
        events.abort();
        let _ = events.await;
        EVENTS.lock().expect("no panic").clone()
    };

    let (asked, answered) = (shared.asked.load(Ordering::Relaxed), shared.answered.load(Ordering::Relaxed));
    let outcomes = shared.outcomes.lock().expect("no panic");
    let report = format!(
        "asked {asked}, answered {answered}, outcomes {outcomes:?}\nworkers started {}, lost {}, recycled {}, killed externally {kills}\n\
         events {events:?}\n\
         RSS of the supervisor {rss_early:.1} MB early, {rss_late:.1} MB late",
        status.starts, status.lost, status.recycled
    );
    assert_eq!(asked, answered, "every request that was waited for has its answer\n{report}");
    let of = |outcome: &str| outcomes.get(outcome).copied().unwrap_or_default();
    let taken = answered - of("unavailable");
    assert!(of("success") * 2 > taken, "most of the requests that no open breaker refused are good ones\n{report}");
    if duration > Duration::from_secs(240) {
        for kind in ["breaker Open", "breaker Closed", "retried", "recycled", "memory"] {
            assert!(events.contains_key(kind), "a long run sees `{kind}`\n{report}");
        }
    }
    assert!(rss_late < rss_early + RSS_SLACK_MB, "{report}");
    report
}

static EVENTS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Counts what the event stream tells, by kind; of the breaker and of suspects what became of them.
async fn count_events(mut events: tokio::sync::broadcast::Receiver<Event>) {
    loop {
        let kind = match events.recv().await {
            Ok(Event::Breaker { state }) => format!("breaker {state:?}"),
            Ok(Event::Suspected { quarantined: true, .. }) => "quarantined".to_owned(),
            Ok(Event::Exited { report, .. }) => match report.killed {
                Some(reason) => format!("exited: {reason}"),
                None => format!("exited: {}", report.exit),
            },
            Ok(event) => match serde_json::to_value(&event) {
                Ok(value) => value["event"].as_str().unwrap_or("?").to_owned(),
                Err(_) => "?".to_owned(),
            },
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => "lagged".to_owned(),
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        };
        *EVENTS.lock().expect("no panic").entry(kind).or_default() += 1;
    }
}

async fn call(shared: &Shared, caller: usize, mut random: fastrand::Rng, until: Instant) {
    let mut number = 0_u64;
    while Instant::now() < until {
        number += 1;
        let id = format!("{caller}-{number}");
        let choice = random.u32(0..100);
        if choice < 4 {
            // Given up: no answer may come, and none may reach anybody else.
            let slow =
                shared.supervisor.submit(fault(&id, FaultKind::Slow, random.u32(1..600), Duration::from_secs(5)));
            let _ = tokio::time::timeout(Duration::from_millis(random.u64(1..300)), slow).await;
            continue;
        }
        shared.asked.fetch_add(1, Ordering::Relaxed);
        let document = &shared.documents[random.usize(..shared.documents.len())];
        let (request, check): (_, fn(&Reply)) = match choice {
            4..60 => (picture(document, &id, random.bool()), check_picture),
            60..75 => (ping(&id), |_| ()),
            75..85 => (info(document, &id), check_info),
            85..88 => (fault(&id, FaultKind::StdoutNoise, 0, Duration::from_secs(5)), |_| ()),
            _ => (bad(&id, &mut random), |_| ()),
        };
        let is_good = choice < 88;
        let reply = tokio::time::timeout(Duration::from_secs(120), shared.supervisor.submit(request))
            .await
            .expect("an answer in time");
        shared.answered.fetch_add(1, Ordering::Relaxed);
        assert_eq!(reply.req_id.as_deref(), Some(&*id), "the answer to this very request");
        let outcome = match code(&reply) {
            None => {
                check(&reply);
                "success"
            }
            Some(code) => {
                // A good request may be killed externally twice, be about a document at hand in two of these kills, find the
                // breaker open, or follow leaks that left its worker no room; never anything else.
                let allowed = [
                    ErrorCode::WorkerCrashed,
                    ErrorCode::Unavailable,
                    ErrorCode::Quarantined,
                    ErrorCode::Timeout,
                    ErrorCode::OutOfMemory,
                ];
                assert!(!is_good || allowed.contains(&code), "{id}: {:?}", reply.outcome);
                if code == ErrorCode::Unavailable {
                    // As a caller would; without it a run is mostly refusals.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                code.as_str()
            }
        };
        *shared.outcomes.lock().expect("no panic").entry(outcome.to_owned()).or_default() += 1;
    }
}

fn bad(id: &str, random: &mut fastrand::Rng) -> tach_supervisor::Request {
    let kinds = [
        (FaultKind::Hang, 0),
        (FaultKind::HangGil, 0),
        (FaultKind::Leak, 60),
        (FaultKind::Leak, 2000),
        (FaultKind::Raise, 0),
        (FaultKind::Panic, 0),
        (FaultKind::Segv, 0),
        (FaultKind::Abort, 0),
        (FaultKind::Exit, 0),
        (FaultKind::Exit, 9),
        (FaultKind::StderrFlood, 5),
        (FaultKind::Slow, 300),
        (FaultKind::Grandchild, 0),
    ];
    let (kind, amount) = kinds[random.usize(..kinds.len())];
    // Touching gigabytes takes a while on a busy machine, and is to end at the memory limit, not at the deadline.
    let least = if amount >= 2000 { 8000 } else { 100 };
    fault(id, kind, amount, Duration::from_millis(random.u64(least..least + 1400)))
}

fn picture(path: &Path, id: &str, by_file: bool) -> tach_supervisor::Request {
    let payload = ExtractEvidence {
        format: ImageFormat::Raw,
        dpi: 72.0,
        transport: if by_file { Transport::Mmap } else { Transport::Inline },
        ..ExtractEvidence::new(path, 0, Bbox::new(40.0, 40.0, 20.0, 20.0))
    };
    request(id, Command::ExtractEvidence(payload), Some(Duration::from_secs(20)))
}

/// The upper left corner of the red square: white above and left of it, red in it.
fn check_picture(reply: &Reply) {
    let data: serde_json::Value = serde_json::from_str(reply.outcome.as_ref().expect("a success").get()).expect("JSON");
    let bytes = if let Some(text) = data["base64"].as_str() {
        base64_simd::STANDARD.decode_to_vec(text).expect("base64")
    } else {
        let path = data["mmap"]["path"].as_str().expect("a path");
        let bytes = std::fs::read(path).expect("the file");
        std::fs::remove_file(path).expect("it is ours to remove");
        bytes
    };
    assert_eq!((data["width"].as_u64(), data["height"].as_u64(), bytes.len()), (Some(20), Some(20), 1200));
    assert_eq!(&bytes[..3], [255, 255, 255]);
    assert_eq!(&bytes[bytes.len() - 3..], [255, 0, 0]);
}

fn info(path: &Path, id: &str) -> tach_supervisor::Request {
    let payload = DocumentInfo::new(path);
    request(id, Command::DocumentInfo(payload), Some(Duration::from_secs(20)))
}

fn check_info(reply: &Reply) {
    let data: serde_json::Value = serde_json::from_str(reply.outcome.as_ref().expect("a success").get()).expect("JSON");
    assert_eq!(data["page_count"], 1);
}

async fn kill_now_and_then(supervisor: Supervisor, mut random: fastrand::Rng, until: Instant) -> u32 {
    let mut kills = 0;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(random.u64(500..3000))).await;
        let pids = common::pids(&supervisor).await;
        if !pids.is_empty() {
            let pid = pids[random.usize(..pids.len())];
            if random.u32(..6) == 0 {
                common::stop(pid);
            } else {
                common::kill(pid);
            }
            kills += 1;
        }
    }
    kills
}

fn rss_mb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok())
        .map_or(0.0, |pages| pages * 4096.0 / 1_048_576.0)
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Children of this process, unreaped ones among them.
fn children() -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .map(|children| children.split_ascii_whitespace().count())
        .sum()
}
