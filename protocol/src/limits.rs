//! The numbers and names that two programs must agree on: host, supervisor, command line and pyworker.
//!
//! `pyworker/limits.py` is their Python form. `tests/schema.rs` writes them into `fixtures/schema.json`, and the tests of pyworker
//! compare the two, so that a value changed on one side only fails.

/// Defines public constants, and with the feature `schema` a function `all` that returns every one of them by name.
macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$doc])* pub const $name: $type = $value;)+

        /// Every constant of this module by name.
        #[cfg(feature = "schema")]
        pub fn all() -> serde_json::Map<String, serde_json::Value> {
            [$((stringify!($name).to_owned(), serde_json::Value::from($name))),+].into_iter().collect()
        }
    };
}

constants! {
    /// Version of the wire protocol; a worker says its own in `ready`.
    PROTOCOL_VERSION: u32 = 1;

    /// Longest line, in bytes without its `\n`: 64 MiB.
    MAX_LINE_BYTES: usize = 64 << 20;
    /// Longest reply line with an image, in bytes: [`MAX_PIXELS`] of raw RGB in base64, and 1 MiB for the rest.
    MAX_PICTURE_LINE_BYTES: usize = 401 << 20;
    /// Part of a reply line's length that is kept free for what stands beside `data`, in bytes: `req_id`
    /// ([`MAX_ID_CHARS`], each up to 12 bytes when escaped), `perf`, keys.
    ENVELOPE_BYTES: usize = 2048;
    /// Requests that may wait inside a worker; it reads no further line while so many do.
    QUEUE_LENGTH: usize = 64;

    /// Longest `id`, in characters.
    MAX_ID_CHARS: usize = 128;
    /// Deadline of a request that names none, in milliseconds, unless `TACH_WORKER_TIMEOUT_MS` says otherwise.
    DEFAULT_TIMEOUT_MS: u32 = 5_000;
    /// Largest `timeout_ms`: ten minutes.
    MAX_TIMEOUT_MS: u32 = 600_000;

    /// Entries of a document's outline that are told.
    MAX_OUTLINE_ENTRIES: usize = 10_000;
    /// Layers of a document that are told and can be chosen.
    MAX_LAYERS: usize = 10_000;
    /// Characters of a layer's name, a page label and an outline title; longer ones are cut.
    MAX_NAME_CHARS: usize = 500;
    /// Characters of a text that `find_text` looks for.
    MAX_QUERY_CHARS: usize = 500;
    /// Matches told where a `find_text` names no limit.
    DEFAULT_MATCHES: u32 = 1_000;
    /// Most matches that one `find_text` may ask for.
    MAX_MATCHES: u32 = 10_000;

    /// Resolution of a crop that names none, in dots an inch.
    DEFAULT_DPI: f64 = 150.0;
    /// Smallest resolution of a crop.
    MIN_DPI: f64 = 18.0;
    /// Largest resolution of a crop.
    MAX_DPI: f64 = 1200.0;
    /// Quality of JPEG and WebP where a crop names none.
    DEFAULT_QUALITY: u8 = 85;
    /// Smallest quality.
    MIN_QUALITY: u8 = 1;
    /// Largest quality.
    MAX_QUALITY: u8 = 100;
    /// Longest `page_break` of a conversion, in characters.
    MAX_PAGE_BREAK_CHARS: usize = 256;
    /// Most pixels that an image may have: 100 megapixels.
    MAX_PIXELS: u64 = 100_000_000;

    /// Soft memory limit of a worker in MB (2^20 bytes), unless `TACH_WORKER_RAM_LIMIT_MB` says otherwise.
    DEFAULT_RAM_SOFT_MB: u64 = 1024;
    /// Largest soft memory limit in MB.
    MAX_RAM_SOFT_MB: u64 = 1 << 30;
    /// The hard memory limit in percent of the soft one, see [`ram_hard_mb`].
    RAM_HARD_PERCENT: u64 = 150;
    /// What the kept pixels of slow pages may take in MB (2^20 bytes), unless `TACH_PAGE_CACHE_MB` says otherwise.
    DEFAULT_PAGE_CACHE_MB: u64 = 128;
    /// Largest bound of the kept pixels in MB; 0 keeps none.
    MAX_PAGE_CACHE_MB: u64 = 1 << 20;
    /// Threads for Docling and its libraries, unless `TACH_DOCLING_THREADS` says otherwise.
    DEFAULT_DOCLING_THREADS: usize = 4;
    /// Most threads for Docling.
    MAX_DOCLING_THREADS: usize = 1024;

    /// After a deadline, how long the engine may take to come back before the worker gives it up and exits with
    /// [`exit_code::WEDGED`](crate::version::exit_code::WEDGED), in milliseconds.
    GRACE_MS: u64 = 500;
    /// How long an exit notice may take to write, in milliseconds; then the worker exits, whatever was not written.
    EXIT_NOTICE_MS: u64 = 500;
    /// How long a graceful stop waits for the reader to finish what it has read, in milliseconds.
    SETTLE_MS: u64 = 500;
    /// How long no request comes before a worker loads what `TACH_DOCLING_LOAD=idle` left for such a time, in milliseconds.
    IDLE_MS: u64 = 100;
    /// How long the peer may leave a reply unread, in milliseconds.
    PEER_TIMEOUT_MS: u64 = 60_000;
}

/// The RSS in MB that ends a worker with this soft limit.
pub const fn ram_hard_mb(ram_soft_mb: u64) -> u64 {
    ram_soft_mb * RAM_HARD_PERCENT / 100
}

/// Environment variable by which a supervisor knows the descendants of its worker, and a worker its own.
pub const WORKER_TREE: &str = "TACH_WORKER_TREE";

/// Environment variable that says how far a worker confines itself: `auto` (default), `require` or `off`.
pub const SANDBOX: &str = "TACH_SANDBOX";

pub(crate) use constants;
