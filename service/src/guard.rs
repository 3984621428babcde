//! What every request passes before its handler: host and origin, the token, its id, and the counters.

use crate::app::App;
use crate::failure::Failure;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_KEY: &str = "x-api-key";
/// Routes that answer without a token: they tell nothing of documents.
const OPEN: &[&str] = &["/health", "/ready", "/", "/docs", "/docs.js", "/openapi.json"];
/// Longest request id that is taken over from a client.
const MAX_ID_BYTES: usize = 128;

/// Nothing is loaded from anywhere else, and no other page may show this one.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The layer around all routes.
pub(crate) async fn check(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = method_name(request.method());
    let span = tracing::info_span!("http", method, route, request_id = id);
    let response = if let Some(failure) = refusal(&app, &request) {
        failure.into_response()
    } else {
        request.extensions_mut().insert(RequestId(id.clone()));
        next.run(request).instrument(span.clone()).await
    };
    let took = start.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, took_ms = took.as_secs_f64() * 1e3, "answered"));
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("tach_http_requests_total", &labels).increment(1);
    metrics::histogram!("tach_http_request_seconds", "route" => labels[1].1.clone()).record(took.as_secs_f64());
    dressed(response, &id)
}

/// The id of a request, for its handler.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// The client's own id where it is a plain word, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) => {
            id.to_owned()
        }
        _ => crate::ids::random_id(),
    }
}

/// A name from a short list: a client must not be able to make labels of its own.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn dressed(mut response: Response, id: &str) -> Response {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(app: &App, request: &Request) -> Option<Failure> {
    let headers = request.headers();
    if let Some(failure) = foreign(headers, app.settings.token.is_none()) {
        return Some(failure);
    }
    let token = app.settings.token.as_ref()?;
    let path = request.uri().path();
    if OPEN.contains(&path) || path.starts_with("/page/") || has_token(request, token) {
        return None;
    }
    let message = "send the service's token as `X-Api-Key` or as `Authorization: Bearer`";
    Some(Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", message))
}

/// Whether a web page of another site makes the browser ask, by its origin or by a name that it pointed at this machine.
fn foreign(headers: &HeaderMap, only_local: bool) -> Option<Failure> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let forbidden = |message: &str| Some(Failure::new(StatusCode::FORBIDDEN, "forbidden", message));
    let host = text(header::HOST).unwrap_or_default();
    if only_local && !is_local(&host) {
        return forbidden(
            "without a token the service answers to localhost and loopback addresses only; check the Host header",
        );
    }
    if let Some(origin) = text(header::ORIGIN) {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if authority != Some(host.as_str()) {
            return forbidden("a page of another origin may not use this service");
        }
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_navigation = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
    if site == Some(b"cross-site") && !is_navigation {
        return forbidden("a page of another site may not use this service");
    }
    None
}

/// Whether a `Host` header names this machine itself.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the request has the token: in a header, or for a WebSocket, which cannot have one everywhere, as `api_key`.
fn has_token(request: &Request, token: &str) -> bool {
    let same = |given: &str| constant_time_eq::constant_time_eq(given.as_bytes(), token.as_bytes());
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let in_query = headers.contains_key(header::UPGRADE).then(|| request.uri().query()).flatten();
    let in_query = in_query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("api_key=")));
    [text(API_KEY), bearer, in_query].into_iter().flatten().any(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_are_told_from_others() {
        for local in ["localhost", "localhost:8765", "127.0.0.1:1", "127.9.9.9", "[::1]:8765", "[::1]"] {
            assert!(is_local(local), "{local}");
        }
        for other in
            ["", "evil.example:8765", "192.168.1.1:80", "localhost.evil.example", "127.0.0.1.evil.example", "::1"]
        {
            assert!(!is_local(other), "{other}");
        }
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value))).collect()
        };
        let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        assert!(foreign(&headers(&own), true).is_none());
        assert!(foreign(&headers(&[("host", "localhost:1")]), true).is_none());
        for bad in [
            [("host", "localhost:1"), ("origin", "http://evil.example")],
            [("host", "localhost:1"), ("origin", "null")],
            [("host", "localhost:1"), ("origin", "http://localhost:2")],
            [("host", "rebound.example"), ("origin", "http://rebound.example")],
            [("host", "localhost:1"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(foreign(&headers(&bad), true).is_some(), "{bad:?}");
        }
    }
}
