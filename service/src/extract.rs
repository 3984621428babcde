//! Parts of an address as handlers get them; what cannot be read is refused as everything else is.

use crate::failure::Failure;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The one variable part of a path.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        read.map(|Path(text)| Self(text)).map_err(|error| Failure::bad_request(error.body_text()))
    }
}

/// The parameters after the `?`.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        read.map(|Query(value)| Self(value)).map_err(|error| Failure::bad_request(error.body_text()))
    }
}

/// Longest wait of one poll.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// How long a poll waits for the end of a job: `?wait=SECONDS`, nothing where absent, at most a minute.
#[derive(Debug, Deserialize)]
pub(crate) struct Wait {
    #[serde(default)]
    wait: f64,
}

impl Wait {
    /// # Errors
    /// 400 for what is no length of time.
    pub(crate) fn time(&self) -> Result<Duration, Failure> {
        let time = Duration::try_from_secs_f64(self.wait.min(MAX_WAIT.as_secs_f64()));
        time.map_err(|_| Failure::bad_request("`wait` must be seconds, 0 or more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_waits_a_minute_at_most_and_no_negative_time() {
        let time = |wait: f64| Wait { wait }.time().map_err(|failure| failure.status.as_u16());
        assert_eq!(time(0.5), Ok(Duration::from_millis(500)));
        assert_eq!([time(1e300), time(f64::INFINITY)], [Ok(MAX_WAIT), Ok(MAX_WAIT)]);
        assert_eq!([time(-1.0), time(f64::NEG_INFINITY)], [Err(400), Err(400)]);
    }
}
