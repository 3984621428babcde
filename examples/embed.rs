//! The smallest application that carries its document worker with it: starts a supervisor from an unpacked bundle, cuts
//! evidence, survives a crash of the worker, and stops cleanly.
//!
//! ```text
//! cargo run --example embed -- <folder of the bundle> <PDF> <picture to write>
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tach_supervisor::protocol::request::{Fault, FaultKind};
use tach_supervisor::{Bbox, Command, ErrorCode, ExtractEvidence, Host, ImageFormat, Request, Supervisor};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(bundle), Some(pdf), Some(picture)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: embed <folder of the bundle> <PDF> <picture to write>".into());
    };

    // An application that has the bundle's files beside its own executable needs no host(): they are found there.
    let supervisor = Supervisor::builder()
        .host(Host::shim_at(shim_in(&bundle)).with_python(bundle.join("python")))
        .spares(1)
        // Only for the crash below. A real application leaves this out.
        .env("TACH_TEST_FAULTS", "1")
        .startup_timeout(Duration::from_secs(60))
        .start()
        .await?;

    let mut request = ExtractEvidence::new(&pdf, 0, Bbox::new(0.0, 0.0, 100.0, 100.0));
    request.format = ImageFormat::Png;
    request.dpi = 72.0;
    let before = supervisor.extract_evidence(request.clone()).await?;

    // A worker that crashes costs no caller an answer: the request that hit it is told so, the next one is served.
    let crash = Command::Fault(Fault { kind: FaultKind::Segv, amount: 0 });
    let reply = supervisor.submit(Request { id: "crash".into(), command: crash, timeout_ms: None }).await;
    let error = reply.outcome.err().ok_or("the crash went unnoticed")?;
    if error.code != ErrorCode::WorkerCrashed {
        return Err(format!("the crash was answered with {error}").into());
    }
    println!("crash answered: {error}");

    let after = supervisor.extract_evidence(request).await?;
    if *before.bytes != *after.bytes {
        return Err("the picture after the crash is another one".into());
    }
    std::fs::write(&picture, &*after.bytes)?;
    println!("cut {} x {} pixels before the crash and after it", after.width, after.height);

    supervisor.shutdown().await;
    println!("stopped");
    Ok(())
}

/// Where a bundle has its shim: on Windows beside python311.dll, elsewhere at the top.
fn shim_in(bundle: &Path) -> PathBuf {
    if cfg!(windows) { bundle.join("python").join("tach-host-shim.exe") } else { bundle.join("tach-host-shim") }
}
