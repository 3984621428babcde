//! What a crash costs the next caller, with and without a spare, and how long a worker takes to get ready.

mod common;

use common::{builder, good, ping, runtime, start, wait_ready};
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::{Duration, Instant};
use tach_supervisor::protocol::request::{Fault, FaultKind};
use tach_supervisor::{Command, Supervisor, WorkerState};

/// From the SIGKILL of a busy worker to the next good reply.
async fn crash_to_answer(supervisor: &Supervisor, ready: usize) -> Duration {
    wait_ready(supervisor, ready).await;
    let hung = supervisor.submit(common::request(Command::Fault(Fault { kind: FaultKind::Slow, amount: 5000 })));
    let crash = async {
        loop {
            let status = supervisor.status().await.expect("it runs");
            let busy =
                status.workers.iter().find(|worker| worker.state == WorkerState::Busy).and_then(|worker| worker.pid);
            if let Some(pid) = busy {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // Dropped with the select: the killed request shall not be tried again in between.
    let pid = tokio::select! {
        _ = hung => unreachable!("it takes seconds"),
        pid = crash => pid,
    };
    let started = Instant::now();
    kill(pid);
    good(supervisor.submit(ping()).await);
    started.elapsed()
}

#[cfg(unix)]
fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

#[cfg(windows)]
fn kill(pid: u32) {
    let _ = std::process::Command::new("taskkill").args(["/F", "/PID", &pid.to_string()]).output();
}

fn recovery(bench: &mut Criterion) {
    let runtime = runtime();
    let mut group = bench.benchmark_group("recovery");
    group.sample_size(10);
    for (name, spares) in [("crash to next answer, a spare", 1), ("crash to next answer, no spare", 0)] {
        let settings = builder().spares(spares).env("TACH_TEST_FAULTS", "1").breaker(
            100_000,
            Duration::from_secs(1),
            Duration::from_secs(1),
        );
        let supervisor = start(&runtime, settings, 1 + spares);
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                runtime.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..rounds {
                        total += crash_to_answer(&supervisor, 1 + spares).await;
                    }
                    total
                })
            });
        });
        runtime.block_on(supervisor.shutdown());
    }
    let supervisor = start(&runtime, builder(), 1);
    group.bench_function("a reply without a crash", |bencher| {
        bencher.iter(|| good(runtime.block_on(supervisor.submit(ping()))));
    });
    runtime.block_on(supervisor.shutdown());
    group.finish();
}

fn starts(bench: &mut Criterion) {
    let runtime = runtime();
    let mut group = bench.benchmark_group("start to ready");
    group.sample_size(10);
    for profile in ["none", "lean"] {
        group.bench_function(profile, |bencher| {
            bencher.iter_custom(|rounds| {
                runtime.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..rounds {
                        let started = Instant::now();
                        let supervisor =
                            builder().env("TACH_DOCLING_PROFILE", profile).start().await.expect("a worker starts");
                        total += started.elapsed();
                        supervisor.shutdown().await;
                    }
                    total
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, recovery, starts);
criterion_main!(benches);
