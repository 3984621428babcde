//! The table of routes.

use crate::app::App;
use crate::{batch, commands, docling, files, guard, health, job_routes, mcp, openapi, page};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// Every route of the service.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/v1/commands/{cmd}", post(commands::run))
        .route("/v1/batch", post(batch::run))
        .route("/mcp", post(mcp::http::call))
        .route("/v1/files", post(files::upload).get(files::describe))
        .route("/v1/files/{id}", delete(files::remove))
        .route("/", get(page::index))
        .route("/page/{name}", get(page::asset))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/version", get(health::version))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(openapi::page))
        .route("/docs.js", get(openapi::script))
        .merge(docling::routes())
        .merge(job_routes::routes())
        .fallback(health::unknown)
        .method_not_allowed_fallback(health::wrong_method)
        // Each handler bounds its own body.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::new())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), guard::check));
    routes.with_state(Arc::clone(app))
}
