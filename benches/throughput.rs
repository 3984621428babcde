//! Crops a second with one and with two workers, and with everything asked at once.

mod common;

use common::{builder, crop, sheet, start};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::sync::Arc;
use tach_supervisor::{Bbox, ExtractEvidence};

/// Crops in flight or waiting at a time.
const AT_A_TIME: u64 = 64;

fn throughput(bench: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let mut group = bench.benchmark_group("throughput");
    group.sample_size(20).throughput(Throughput::Elements(AT_A_TIME));
    for workers in [1, 2] {
        let supervisor = Arc::new(start(&runtime, builder().workers(workers), workers));
        group.bench_function(format!("{workers} workers"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let tasks: Vec<_> = (0..AT_A_TIME)
                        .map(|number| {
                            let supervisor = Arc::clone(&supervisor);
                            #[expect(clippy::cast_precision_loss, reason = "64 boxes")]
                            let x = number as f64 * 10.0;
                            let payload = ExtractEvidence { bbox: Bbox::new(x, 100.0, 200.0, 100.0), ..crop(&sheet()) };
                            tokio::spawn(
                                async move { supervisor.extract_evidence(payload).await.expect("a picture").width },
                            )
                        })
                        .collect();
                    for task in tasks {
                        task.await.expect("a task");
                    }
                });
            });
        });
        runtime.block_on(supervisor.shutdown());
    }
    group.finish();
}

criterion_group!(benches, throughput);
criterion_main!(benches);
