//! Crops and pings through the real supervisor and the real shim, end to end.

mod common;

use common::{builder, crop, good, ping, request, runtime, sheet, start};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command as Process, Stdio};
use tach_supervisor::{Bbox, Command, ExtractEvidence, ImageFormat, Supervisor, Transport};
use tokio::runtime::Runtime;

fn evidence(bench: &mut Criterion, name: &str, runtime: &Runtime, supervisor: &Supervisor, payload: &ExtractEvidence) {
    bench.bench_function(name, |bencher| {
        bencher.iter(|| {
            let evidence = runtime.block_on(supervisor.extract_evidence(payload.clone())).expect("a picture");
            black_box(evidence.bytes.len())
        });
    });
}

fn crops(bench: &mut Criterion) {
    let runtime = runtime();
    let supervisor = start(&runtime, builder(), 1);
    let sheet = sheet();
    let mut large = ExtractEvidence::new(&sheet, 0, Bbox::new(0.0, 0.0, 1150.0, 800.0));
    large.dpi = 336.0; // 5367 × 3733 px: 20 megapixels
    evidence(bench, "crop/document open", &runtime, &supervisor, &crop(&sheet));
    for (name, format, transport) in [
        ("crop/20 MP jpeg inline", ImageFormat::Jpeg, Transport::Inline),
        ("crop/20 MP raw inline", ImageFormat::Raw, Transport::Inline),
        ("crop/20 MP raw mmap", ImageFormat::Raw, Transport::Mmap),
    ] {
        evidence(bench, name, &runtime, &supervisor, &ExtractEvidence { format, transport, ..large.clone() });
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0_u32;
    bench.bench_function("crop/document new", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                let copy = folder.path().join(format!("{number}.pdf"));
                std::fs::copy(&sheet, &copy).expect("a copy");
                copy
            },
            |copy| runtime.block_on(supervisor.extract_evidence(crop(&copy))).expect("a picture").bytes.len(),
            criterion::BatchSize::SmallInput,
        );
    });
    runtime.block_on(supervisor.shutdown());
}

fn pings(bench: &mut Criterion) {
    let runtime = runtime();
    let supervisor = start(&runtime, builder(), 1);
    bench.bench_function("ping/supervisor and shim", |bencher| {
        bencher.iter(|| good(runtime.block_on(supervisor.submit(ping()))));
    });
    runtime.block_on(supervisor.shutdown());

    // The floor: a process that echoes lines, over the same kind of pipes.
    let mut echo = Process::new(env!("CARGO_BIN_EXE_fake_worker"))
        .arg("good")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut input, mut output) =
        (echo.stdin.take().expect("a pipe"), BufReader::new(echo.stdout.take().expect("a pipe")));
    let mut line = String::new();
    output.read_line(&mut line).expect("ready");
    let text = serde_json::to_string(&request(Command::Ping(tach_supervisor::protocol::request::Ping {})))
        .expect("JSON")
        + "\n";
    bench.bench_function("ping/bare process that echoes lines", |bencher| {
        bencher.iter(|| {
            input.write_all(text.as_bytes()).expect("a line");
            line.clear();
            output.read_line(&mut line).expect("a line");
        });
    });
    drop(input);
    echo.wait().expect("it ends");
}

criterion_group!(benches, crops, pings);
criterion_main!(benches);
