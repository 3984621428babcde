//! Times crops and tables through the supervisor, for `benches/peers.py` to hold other tools against.
//!
//! Usage: `crop_timing PROFILE`. Each line of standard input is a JSON object with one list, `crops` or `tables`, of
//! `{"path": …, "page": 0, "bbox": [x, y, width, height]}`; it is answered with a line `{"ms": […], "bytes": […]}`: the
//! milliseconds from call to typed result of each, asked one after the other, and the length of each picture.

use serde::Deserialize;
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tach_supervisor::{Bbox, ExtractEvidence, ParseTable, Supervisor};

#[derive(Deserialize)]
struct Work {
    #[serde(default)]
    crops: Vec<Place>,
    #[serde(default)]
    tables: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    path: PathBuf,
    page: u32,
    bbox: Bbox,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let profile = std::env::args().nth(1).ok_or("usage: crop_timing PROFILE")?;
    let supervisor = Supervisor::builder()
        .env("TACH_DOCLING_PROFILE", profile)
        .log_folder(None)
        .request_timeout(Duration::from_secs(60))
        .start()
        .await?;
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let work: Work = serde_json::from_str(&line?)?;
        let (mut times, mut lengths) = (Vec::new(), Vec::new());
        for Place { path, page, bbox } in work.crops {
            let payload = ExtractEvidence::new(path, page, bbox);
            let started = Instant::now();
            let evidence = supervisor.extract_evidence(payload).await?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            lengths.push(evidence.bytes.len());
        }
        for Place { path, page, bbox } in work.tables {
            let fields = serde_json::json!({ "file_path": path, "page_index": page, "bbox": bbox });
            let payload: ParseTable = serde_json::from_value(fields)?;
            let started = Instant::now();
            let tables = supervisor.parse_table(payload).await?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            lengths.push(tables.len());
        }
        serde_json::to_writer(&mut output, &serde_json::json!({ "ms": times, "bytes": lengths }))?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    supervisor.shutdown().await;
    Ok(())
}
