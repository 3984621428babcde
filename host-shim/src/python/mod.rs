//! Everything that calls Python: the interpreter's start, the calls into pyworker, and errors on their way back.
//!
//! Only this module uses PyO3. It is called on the engine thread, except `hooks`, which pyworker calls from its own threads.

mod bridge;
mod errors;
mod hooks;
mod interpreter;
mod json;
mod native;

pub use bridge::PythonEngine;
