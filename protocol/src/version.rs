//! Version of the protocol and the numbers a worker process may exit with.

/// Version of the wire protocol that this crate speaks; a worker says its own in `ready`.
pub const PROTOCOL_VERSION: u32 = 1;

/// Version of the worker, as `ready` reports it.
pub const WORKER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Exit codes of a worker process.
pub mod exit_code {
    /// A graceful stop: closed stdin, signal or `shutdown`.
    pub const GRACEFUL: i32 = 0;
    /// The command line was wrong.
    pub const BAD_ARGUMENTS: i32 = 64;
    /// The host itself panicked.
    pub const INTERNAL_PANIC: i32 = 70;
    /// The self-check failed; a `startup_failed` event says why.
    pub const SELF_CHECK_FAILED: i32 = 78;
    /// The deadline of a request and the grace after it passed, and the engine had not come back.
    pub const WEDGED: i32 = 124;
    /// The resident set passed the hard limit.
    pub const OUT_OF_MEMORY: i32 = 137;
}
