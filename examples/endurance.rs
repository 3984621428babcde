//! Cuts many pictures out of many documents and prints the memory and the open descriptors of supervisor and worker.
//!
//! Usage: `endurance COUNT PDF…` (Linux: the figures come from /proc). Every document's first page is asked for in turn; one
//! that answers with an error, as a broken or encrypted one does, counts like the others.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tach_supervisor::{Bbox, ExtractEvidence, Supervisor};

/// Crops between two lines of output.
const STEP: usize = 10_000;

/// Resident memory in MB, and the number of open descriptors, of a process.
fn figures(pid: u32) -> Result<(f64, usize), Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok((kilobytes / 1024.0, std::fs::read_dir(format!("/proc/{pid}/fd"))?.count()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().ok_or("usage: endurance COUNT PDF…")?.parse()?;
    let documents: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    if documents.is_empty() {
        return Err("usage: endurance COUNT PDF…".into());
    }
    let supervisor = Supervisor::builder()
        .env("TACH_DOCLING_PROFILE", "none")
        .log_folder(None)
        .request_timeout(Duration::from_secs(60))
        .start()
        .await?;
    println!("crops     errors   supervisor MB  fds   worker MB  fds   pid     seconds");
    let (started, mut errors) = (Instant::now(), 0_usize);
    for number in 1..=count {
        let offset = f64::from(u32::try_from(number / documents.len() % 10)?) * 10.0;
        let bbox = Bbox::new(offset, offset, 200.0, 100.0);
        let payload = ExtractEvidence::new(&documents[number % documents.len()], 0, bbox);
        errors += usize::from(supervisor.extract_evidence(payload).await.is_err());
        if number % STEP == 0 || number == count || number == 1000 {
            let status = supervisor.status().await.ok_or("the supervisor has stopped")?;
            let pid = status.workers.iter().find_map(|worker| worker.pid).ok_or("no worker")?;
            let (own, own_files) = figures(std::process::id())?;
            let (rss, files) = figures(pid)?;
            let seconds = started.elapsed().as_secs_f64();
            println!("{number:<9} {errors:<8} {own:<14.1} {own_files:<5} {rss:<10.1} {files:<5} {pid:<7} {seconds:.0}");
        }
    }
    supervisor.shutdown().await;
    Ok(())
}
