//! docling-serve's HTTP interface, version 1, as its clients use it, and the two other doors of Open `WebUI`.

mod convert;
mod documents;
mod form;
mod options;
mod tasks;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post, put};
use std::sync::Arc;

/// The routes.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/convert/file", post(convert::file))
        .route("/v1/convert/source", post(convert::source))
        .route("/v1/convert/file/async", post(tasks::file))
        .route("/v1/convert/source/async", post(tasks::source))
        .route("/v1/status/poll/{id}", get(tasks::poll))
        .route("/v1/status/ws/{id}", get(tasks::socket))
        .route("/v1/result/{id}", get(tasks::result))
        .route("/tika", put(documents::plain_text))
        .route("/tika/text", put(documents::tika_text))
        .route("/tika/json/md", put(documents::tika_markdown))
        .route("/process", put(documents::process))
}
