//! Asks for many requests at once and prints what the supervisor's memory does while they wait.
//!
//! Usage: `queued COUNT`; prints one line of JSON: counts, seconds, RSS idle and at most, and the longest queue (Linux: the
//! figures come from /proc). Each request has a future of its own, all polled at once through one handle; the queue behind it is
//! bounded, so what grows is the callers' own futures.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;
use tach_supervisor::protocol::request::Ping;
use tach_supervisor::{Command, Request, Supervisor};
use tokio::task::JoinSet;

/// Resident memory in MB of this process.
fn rss_mb() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("usage: queued COUNT")?.parse()?;
    let supervisor =
        Arc::new(Supervisor::builder().env("TACH_DOCLING_PROFILE", "none").log_folder(None).start().await?);
    let idle = rss_mb()?;
    let started = Instant::now();
    let mut waiting = JoinSet::new();
    for number in 0..count {
        let supervisor = Arc::clone(&supervisor);
        waiting.spawn(async move {
            let request = Request { id: number.to_string(), command: Command::Ping(Ping {}), timeout_ms: None };
            let reply = supervisor.submit(request).await;
            (reply.req_id == Some(number.to_string())) && reply.outcome.is_ok()
        });
    }
    let (mut good, mut peak, mut queued) = (0_usize, idle, 0);
    while let Some(answered) = waiting.join_next().await {
        good += usize::from(answered?);
        if good % (count / 100).max(1) == 1 {
            peak = peak.max(rss_mb()?);
            queued = queued.max(supervisor.status().await.ok_or("the supervisor has stopped")?.queued);
        }
    }
    println!(
        r#"{{"asked":{count},"answered":{good},"seconds":{:.3},"idle_mb":{idle:.1},"peak_mb":{peak:.1},"queued":{queued}}}"#,
        started.elapsed().as_secs_f64(),
    );
    supervisor.shutdown().await;
    Ok(())
}
