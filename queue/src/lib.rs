//! One set of document requests, answered by many machines: each request has exactly one reply, also where nodes are lost.
//!
//! ```text
//! tach submit ──requests──▶ TACH_REQ ──one message a slot──▶ node: supervisor ──▶ workers
//!      ▲                    (JetStream)                        │
//!      └────replies──────── TACH_REP ◀──stored once, then ack──┘      poison ──▶ TACH_DEAD
//! ```
//!
//! The engine is NATS `JetStream`. A node pulls a request, runs it through its own supervisor, stores the reply under the request's
//! subject with the condition that nothing is stored there yet, and only then acknowledges the request. A crash between any two of
//! these steps repeats work and cannot store a second reply. docs/many-machines.md tells what survives what.
//!
//! - [`connection`]: addresses, TLS and credentials
//! - [`names`]: streams, subjects, and the key of a request
//! - [`plan`]: decisions without I/O: run, run alone, quarantine; what a refused publish means; which errors are final
//! - [`streams`]: the streams, made where they are missing
//! - [`node`]: runs requests
//! - [`submit`]: sends requests and collects replies
//! - [`desk`]: single requests of a service, as tasks that outlive it
//! - [`admin`]: what a person does with a queue: look, retry, delete

pub mod admin;
pub mod connection;
pub mod desk;
pub mod error;
pub mod names;
pub mod node;
mod objects;
pub mod plan;
mod publish;
pub mod streams;
pub mod submit;
