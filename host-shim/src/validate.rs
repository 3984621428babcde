//! From a line to a request that is right in every field, or to the refusal that names the one which is not.

use tach_protocol::line::Line;
use tach_protocol::{ErrorBody, ErrorCode, Refusal, Request, parse_request};

/// Checks one line of the stream. `faults` tells whether the `fault` command exists.
///
/// # Errors
/// The refusal, ready to be sent.
pub fn request(line: &Line, faults: bool) -> Result<Request, Refusal> {
    match line {
        Line::Whole(bytes) => parse_request(bytes, faults),
        Line::TooLong => Err(Refusal::too_long()),
    }
}

/// The refusal of a good request that came after the stop had begun.
pub fn too_late(request: Request) -> Refusal {
    Refusal { req_id: Some(request.id), error: shutting_down() }
}

/// The answer to a request that was read but is not started, because the worker stops.
pub fn shutting_down() -> ErrorBody {
    ErrorBody::new(ErrorCode::ShuttingDown, "not started: the worker is stopping; send it to another one")
}
