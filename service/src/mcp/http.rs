//! The same tools over HTTP: `POST /mcp`.
//!
//! Each request stands alone, without a session: the tools keep nothing between calls, so no client can leave one behind. Token,
//! `Host` and `Origin` were checked before, as for every other route.

use super::Tools;
use crate::app::App;
use crate::commands::read_all;
use crate::failure::Failure;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use std::sync::Arc;

/// Longest message, in bytes: calls are small, documents are named by their paths.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// The handler.
pub(crate) async fn call(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let _place = app.admission.enter()?;
    let (parts, body) = request.into_parts();
    let message = read_all(body, MAX_MESSAGE_BYTES, app.settings.bounds.client_timeout).await?;
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_MESSAGE_BYTES);
    let tools = move || Ok(Tools { app: Arc::clone(&app) });
    let service = StreamableHttpService::new(tools, Arc::<NeverSessionManager>::default(), config);
    let mut response = service.handle(Request::from_parts(parts, Body::from(message))).await.map(Body::new);
    if !response.status().is_success() {
        // The library refuses in plain words without saying so.
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain"));
    }
    Ok(response)
}
