//! `tach mcp`: the workers as tools of a language model, over the Model Context Protocol on stdin and stdout.

pub(crate) mod http;
mod tools;

use crate::app::{App, Store};
use crate::backlog::Backlog;
use crate::jobs::Jobs;
use crate::settings::{Settings, SettingsError};
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServiceExt};
use std::fmt;
use std::sync::Arc;
use tach_supervisor::{Builder, Supervisor};

/// What a model is told of the server.
const INSTRUCTIONS: &str = "Reads documents inside the folders that this server was started with. `file` is a path inside one of them. \
    Pages count from 1. A box is [x, y, width, height] in points (1/72 inch) from the upper left corner of the page as displayed; \
    boxes in answers can be given to crop_evidence, which shows that part of the page. Ask document_info first, then read page by page.";

/// A server of tools that has not started yet.
pub struct Mcp {
    settings: Settings,
    store: Store,
}

impl fmt::Debug for Mcp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mcp").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Mcp {
    /// Looks at the roots. `address`, `port` and `token` have no meaning here.
    ///
    /// # Errors
    /// A root that is no folder.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self { store: Store::open(&settings)?, settings })
    }

    /// The supervisor's settings with the folders that its workers may read.
    ///
    /// # Errors
    /// A folder's path that cannot stand in a list of paths.
    pub fn confine(&self, builder: Builder) -> Result<Builder, SettingsError> {
        self.store.confine(builder)
    }

    /// Serves on stdin and stdout until stdin is closed, then shuts the supervisor down.
    ///
    /// # Errors
    /// The peer does not speak the protocol, or a pipe broke.
    pub async fn run(self, supervisor: Supervisor) -> std::io::Result<()> {
        let jobs = Backlog::Memory(Arc::new(Jobs::new(self.settings.bounds.clone())));
        let app = Arc::new(App::new(self.settings, self.store, supervisor.clone(), jobs));
        let served = async {
            let running = Tools { app }.serve(rmcp::transport::stdio()).await.map_err(std::io::Error::other)?;
            running.waiting().await.map_err(std::io::Error::other)
        };
        let ended = served.await;
        supervisor.shutdown().await;
        ended.map(drop)
    }
}

struct Tools {
    app: Arc<App>,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("tach", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        let call = tools::call(&self.app, &request.name, arguments);
        // A client that gives the call up gives the worker's request up.
        let outcome = tokio::select! {
            outcome = call => outcome,
            () = context.ct.cancelled() => Err("cancelled: the client gave the call up".to_owned()),
        };
        Ok(match outcome {
            Ok(parts) => CallToolResult::success(parts),
            Err(message) => CallToolResult::error(vec![ContentBlock::text(message)]),
        }
        .into())
    }
}
