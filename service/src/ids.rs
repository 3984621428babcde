//! Names that cannot be guessed.

use std::fmt::Write;

/// 128 random bits as hexadecimal digits.
pub(crate) fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    // Ids are capabilities: a client that knows one may read what it names. The system's own source makes them.
    getrandom::fill(&mut bytes).expect("the system makes random bytes");
    bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A token for a service that only this process tells it to: 128 random bits.
pub fn random_token() -> String {
    random_id()
}
