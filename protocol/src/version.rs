//! The version of a worker and the codes that it may exit with.

/// Version of the worker, as `ready` reports it.
pub const WORKER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Exit codes of a worker process.
pub mod exit_code {
    crate::limits::constants! {
        /// A graceful stop: closed stdin, signal or `shutdown`.
        GRACEFUL: i32 = 0;
        /// The command line was wrong.
        BAD_ARGUMENTS: i32 = 64;
        /// The host itself panicked.
        INTERNAL_PANIC: i32 = 70;
        /// The self-check failed; a `startup_failed` event says why.
        SELF_CHECK_FAILED: i32 = 78;
        /// The deadline of a request and the grace after it passed, and the engine had not come back.
        WEDGED: i32 = 124;
        /// The resident set passed the hard limit.
        OUT_OF_MEMORY: i32 = 137;
    }
}
