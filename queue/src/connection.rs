//! The connection to the servers: addresses, TLS, credentials.

use crate::error::Error;
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use std::time::Duration;

/// How long the first connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an operation of the server may take.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the connection is probed; two probes without an answer end it.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// Where the servers are and who asks.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// Addresses such as `nats://host:4222` or `tls://host:4222`; the others of a cluster are found from any of them.
    pub urls: Vec<String>,
    /// Certificates (PEM) of the authorities that signed the servers' certificates. Default: the system's.
    pub ca: Option<PathBuf>,
    /// Certificate (PEM) of this client.
    pub certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate.
    pub key: Option<PathBuf>,
    /// File with a JWT and its seed, as `nsc generate creds` writes it.
    pub credentials: Option<PathBuf>,
    /// File with the seed of an `NKey`.
    pub nkey: Option<PathBuf>,
}

/// A connection that is made anew whenever it breaks.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(crate) jetstream: Context,
    pub(crate) client: async_nats::Client,
}

impl Servers {
    /// Connects. `name` is what the server's monitoring shows.
    ///
    /// # Errors
    /// [`Error::Settings`] for an address or a file that cannot be used, [`Error::Connect`] where no server answers within 10 s.
    pub async fn connect(&self, name: &str) -> Result<Connection, Error> {
        let addresses = self.urls.iter().map(|url| {
            url.parse::<ServerAddr>().map_err(|error| {
                Error::Settings(format!(
                    "`{}` is no address of a NATS server: {error}; give nats://HOST:4222",
                    shown(url)
                ))
            })
        });
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(Error::Settings("no address of a NATS server; give --nats nats://HOST:4222".to_owned()));
        }
        let servers = self.urls.iter().map(|url| shown(url)).collect::<Vec<_>>().join(", ");
        let failed = |reason: String| Error::Connect { servers: servers.clone(), reason };
        let connecting = with_login(self.options(name)?, &addresses).connect(addresses);
        let client = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(connected) => connected.map_err(|error| failed(error.to_string()))?,
            Err(_) => return Err(failed(format!("no answer within {CONNECT_TIMEOUT:?}"))),
        };
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(OPERATION_TIMEOUT);
        Ok(Connection { jetstream, client })
    }

    fn options(&self, name: &str) -> Result<ConnectOptions, Error> {
        let mut options = ConnectOptions::new()
            .name(name)
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(Some(OPERATION_TIMEOUT))
            .ping_interval(PING_INTERVAL)
            .reconnect_delay_callback(|attempts| {
                let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
                crate::plan::backoff(attempts, Duration::from_millis(50), Duration::from_secs(2))
            })
            .event_callback(|event| async move {
                match event {
                    Event::Connected => tracing::info!("connected to the NATS server"),
                    other => tracing::warn!("NATS connection: {other}"),
                }
            });
        if let Some(ca) = &self.ca {
            options = options.add_root_certificates(ca.clone());
        }
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
            }
            (None, None) => {}
            _ => return Err(Error::Settings("a client certificate and its key are given together".to_owned())),
        }
        if let Some(path) = &self.credentials {
            let text = read(path)?;
            options = options
                .credentials(&text)
                .map_err(|error| Error::Settings(format!("`{}` holds no credentials: {error}", path.display())))?;
        }
        if let Some(path) = &self.nkey {
            options = options.nkey(read(path)?.trim().to_owned());
        }
        Ok(options)
    }
}

impl Connection {
    /// Whether it stands now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Longest payload that the server takes, in bytes.
    pub(crate) fn max_payload(&self) -> usize {
        self.client.server_info().max_payload
    }
}

/// The name and password, or the token, of the first address that has one: the client ignores what is in an address.
fn with_login(options: ConnectOptions, addresses: &[ServerAddr]) -> ConnectOptions {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let login = addresses.iter().find_map(|address| Some((address.username()?, address.password())));
    match login {
        Some((user, Some(password))) => options.user_and_password(decoded(user), decoded(password)),
        Some((token, None)) => options.token(decoded(token)),
        None => options,
    }
}

fn read(path: &std::path::Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::Settings(format!("cannot read `{}`: {error}", path.display())))
}

/// An address without the name and the password that it may hold.
fn shown(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        (None, Some(at)) => url[at + 1..].to_owned(),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_address_has_no_password() {
        let rows = [
            ("nats://user:secret@host:4222", "nats://host:4222"),
            ("token@host", "host"),
            ("tls://host:4222", "tls://host:4222"),
            ("host", "host"),
        ];
        for (url, expected) in rows {
            assert_eq!(shown(url), expected);
        }
    }

    #[tokio::test]
    async fn wrong_settings_are_named_before_anything_is_connected() {
        let said =
            |servers: Servers| async move { servers.connect("test").await.expect_err("wrong settings").to_string() };
        assert!(said(Servers::default()).await.contains("--nats"));
        let urls = vec!["nats://127.0.0.1:1".to_owned()];
        let half = Servers { urls: urls.clone(), certificate: Some("c.pem".into()), ..Servers::default() };
        assert!(said(half).await.contains("together"));
        let missing = Servers { urls: urls.clone(), nkey: Some("no/such.nk".into()), ..Servers::default() };
        assert!(said(missing).await.contains("no/such.nk"));
        let refused = said(Servers { urls, ..Servers::default() }).await;
        assert!(refused.contains("cannot connect to nats://127.0.0.1:1"), "{refused}");
    }
}
