//! `tach serve`, `tach view` and `tach mcp`: the supervisor's workers for programs, people and language models.
//!
//! ```text
//! client ── HTTP/1.1 ──▶ server (connections) ─▶ guard (token, origin, request id, counters) ─▶ routes
//!                                              commands · batch · jobs · docling (docling-serve's v1) · page
//!                                                                │
//!                                              intake (path inside the roots, or upload in a private file)
//!                                                                ▼
//!                                                       tach_supervisor::Supervisor
//! ```
//!
//! The supervisor library doesn't know this crate. Everything here answers: what waits has a bound and a deadline, what is refused
//! says why.

mod admission;
mod app;
mod backlog;
mod batch;
mod commands;
mod converted;
mod docling;
mod durable;
mod extract;
mod failure;
mod files;
mod guard;
mod health;
mod ids;
mod intake;
mod job_routes;
mod jobs;
mod mcp;
mod monitor;
mod naming;
mod openapi;
mod page;
mod places;
mod recorder;
mod routes;
mod server;
mod settings;
mod uploads;

pub use admission::Budget;
pub use ids::random_token;
pub use mcp::Mcp;
pub use monitor::{Monitor, Monitored};
pub use server::Server;
pub use settings::{Bounds, Settings, SettingsError};

/// What a reader of the README copies compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
