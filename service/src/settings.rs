//! The settings of the service, and the checks before it listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Shortest token that is taken, in bytes.
const MIN_TOKEN_BYTES: usize = 16;

/// Where the service listens, what it may read, and how much it takes.
#[derive(Clone)]
pub struct Settings {
    /// Address to listen on. Default `127.0.0.1`. Any address that is not loopback needs a [`token`](Self::token).
    pub address: IpAddr,
    /// Port; 0 for any free one. Default 8765.
    pub port: u16,
    /// Folders that requests may name files in. Empty: only uploads are read.
    pub roots: Vec<PathBuf>,
    /// What a client must send as `X-Api-Key` or `Authorization: Bearer`. `None`: no token is asked for.
    pub token: Option<String>,
    /// Bounds of sizes, numbers and times.
    pub bounds: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8765,
            roots: Vec::new(),
            token: None,
            bounds: Bounds::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, port, roots, token, bounds } = self;
        formatter
            .debug_struct("Settings")
            .field("address", address)
            .field("port", port)
            .field("roots", roots)
            .field("token", &token.as_ref().map(|_| "…"))
            .field("bounds", bounds)
            .finish()
    }
}

/// Bounds of what one client and all clients together can make the service hold.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Bytes of one uploaded file. Default 512 MiB.
    pub upload_bytes: u64,
    /// Bytes of all uploads on disk at a time. Default 4 GiB.
    pub uploads_bytes: u64,
    /// Uploads that are kept by name at a time. Default 256.
    pub uploads: usize,
    /// How long an upload is kept by name after its last use. Default 1 h.
    pub upload_ttl: Duration,
    /// Single requests that wait or run at a time; more are answered 429. Default 256.
    pub requests: usize,
    /// Jobs that wait or run at a time; more are answered 429. Default 256. A multiple of it of ended ones is kept.
    pub jobs: usize,
    /// Jobs that run at a time; the others wait. Default 2.
    pub running_jobs: usize,
    /// How long the result of a job is kept. Default 1 h.
    pub job_ttl: Duration,
    /// Bytes of all kept results of jobs; the oldest are dropped first. Default 512 MiB.
    pub results_bytes: usize,
    /// Connections at a time; more wait to be accepted. Default 1024.
    pub connections: usize,
    /// How long a client may pause while it sends a request or reads an answer. Default 30 s.
    pub client_timeout: Duration,
    /// Deadline of a conversion that names none. Default 600 s.
    pub convert_timeout: Duration,
    /// How long a stop waits for what runs. Default 30 s.
    pub stop_timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            upload_bytes: 512 << 20,
            uploads_bytes: 4 << 30,
            uploads: 256,
            upload_ttl: Duration::from_secs(3600),
            requests: 256,
            jobs: 256,
            running_jobs: 2,
            job_ttl: Duration::from_secs(3600),
            results_bytes: 512 << 20,
            connections: 1024,
            client_timeout: Duration::from_secs(30),
            convert_timeout: Duration::from_secs(600),
            stop_timeout: Duration::from_secs(30),
        }
    }
}

/// Settings that cannot be used, and what to do.
#[derive(Debug)]
pub struct SettingsError(pub(crate) String);

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Where the service will listen.
    pub(crate) fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// Whether the settings may be used together.
    ///
    /// # Errors
    /// An address beyond loopback without a token, or a token that is too short.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        match &self.token {
            None if !self.address.is_loopback() => Err(SettingsError(format!(
                "{} can be reached from other machines; give a token with --token-file FILE or TACH_SERVE_TOKEN, or listen \
                 on 127.0.0.1",
                self.address
            ))),
            Some(token) if token.len() < MIN_TOKEN_BYTES => Err(SettingsError(format!(
                "the token has {} bytes; give one of at least {MIN_TOKEN_BYTES}, such as the output of `openssl rand -hex 32`",
                token.len()
            ))),
            Some(token) if !token.bytes().all(|byte| byte.is_ascii_graphic()) => Err(SettingsError(
                "the token holds a character that a header cannot carry; use letters, digits and signs of ASCII".into(),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_beyond_loopback_needs_a_token_that_cannot_be_guessed() {
        let token = |token: &str| Some(token.to_owned());
        let rows = [
            ("127.0.0.1", None, true),
            ("::1", None, true),
            ("0.0.0.0", None, false),
            ("192.168.1.5", None, false),
            ("0.0.0.0", token("short"), false),
            ("0.0.0.0", token("0123456789abcdef"), true),
            ("127.0.0.1", token("0123456789 abcdef"), false),
        ];
        for (address, token, good) in rows {
            let settings = Settings { address: address.parse().unwrap(), token, ..Settings::default() };
            assert_eq!(settings.check().is_ok(), good, "{settings:?}");
        }
    }

    #[test]
    fn debug_output_holds_no_token() {
        let settings = Settings { token: Some("0123456789abcdef".into()), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("0123456789abcdef"));
    }
}
