//! Crops a second with one and with two workers, and with everything asked at once.

mod common;

use common::{builder, crop, sheet, start};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tach_supervisor::{Bbox, ExtractEvidence, Supervisor};
use tokio::task::JoinSet;

/// Crops in flight or waiting at a time.
const AT_A_TIME: u32 = 512;

/// Asks for all crops at once, as many tasks of one application, and waits for all of them.
async fn cut_all(supervisor: Supervisor) {
    let mut tasks = JoinSet::new();
    for number in 0..AT_A_TIME {
        let supervisor = supervisor.clone();
        let x = f64::from(number % 64) * 10.0;
        let payload = ExtractEvidence { bbox: Bbox::new(x, 100.0, 200.0, 100.0), ..crop(&sheet()) };
        tasks.spawn(async move { supervisor.extract_evidence(payload).await.expect("a picture").width });
    }
    tasks.join_all().await;
}

fn throughput(bench: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let mut group = bench.benchmark_group("throughput");
    group.sample_size(20).throughput(Throughput::Elements(AT_A_TIME.into()));
    for workers in [1, 2] {
        let supervisor = start(&runtime, builder().workers(workers), workers);
        group.bench_function(format!("{workers} workers"), |bencher| {
            bencher.iter(|| {
                let all = runtime.spawn(cut_all(supervisor.clone()));
                runtime.block_on(all).expect("a task");
            });
        });
        runtime.block_on(supervisor.shutdown());
    }
    group.finish();
}

criterion_group!(benches, throughput);
criterion_main!(benches);
