//! A document worker that cannot take its application down.
//!
//! The libraries that read PDFs hang, leak and crash. This crate runs them in processes of their own, kills those that
//! misbehave, starts others, and answers every request exactly once.
//!
//! ```text
//! your task ── Supervisor (handle) ──messages──▶ supervisor::actor        ──events──▶ pool (pure decisions)
//!                                                      │  ▲                              restart · queue
//!                                             commands │  │ events                       quarantine
//!                                                      ▼  │
//!                                                worker::task ──state (pure)──▶ kill, probe, answer
//!                                                      │  ▲
//!                                        NDJSON stdin  ▼  │ stdout, stderr
//!                                                worker process (tach-host-shim or python -m pyworker)
//! ```
//!
//! ```no_run
//! use tach_supervisor::{Bbox, ExtractEvidence, Supervisor};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let supervisor = Supervisor::builder().workers(2).spares(1).start().await?;
//! let request = ExtractEvidence::new("/data/plan.pdf", 0, Bbox::new(100.0, 200.0, 150.0, 80.0));
//! let evidence = supervisor.extract_evidence(request).await?;
//! std::fs::write("evidence.jpg", &*evidence.bytes)?;
//! supervisor.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod config;
mod error;
mod host;
mod ids;
mod log;
mod mmap_folder;
mod os;
mod picture;
mod pool;
mod quarantine;
mod queue;
mod restart;
mod results;
mod runtime;
mod sheet;
mod status;
mod supervisor;
mod telemetry;
mod variables;
mod worker;

pub use error::{Error, StartError};
pub use host::{Host, HostCommand};
pub use ids::WorkerId;
pub use os::Exit;
pub use pool::WorkerState;
pub use quarantine::{Fingerprint, Suspect};
pub use restart::BreakerState;
pub use results::{
    Chunk, ChunkBox, Converted, DocumentDetails, Evidence, FoundText, Layer, OutlineEntry, PageSize, PageText, Table,
    TextLine, TextMatch, TextSource,
};
pub use sheet::{Sheet, SheetField, TitleBlock, Zone};
pub use status::{Event, Status, WorkerStatus};
pub use supervisor::Supervisor;
pub use supervisor::builder::Builder;
pub use supervisor::calls::Call;
pub use tach_protocol as protocol;
pub use tach_protocol::request::{
    Convert, ConvertFormat, ConvertImages, ConvertStructure, CoordOrigin, DocumentInfo, ExtractEvidence, ExtractText,
    FindText, ImageFormat, OcrMode, ParseTable, ReadSheet, TableExport, Transport,
};
pub use tach_protocol::{Bbox, Command, ErrorBody, ErrorCode, Password, Perf, Progress, Reply, Request};
pub use worker::exit::{ExitReport, KillReason};
