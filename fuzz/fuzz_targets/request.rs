//! No line makes the checks of a request panic; what they refuse names a field, and what they accept is within its limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use tach_protocol::limits::MAX_ID_CHARS;
use tach_protocol::line::reply_limit;
use tach_protocol::parse::check_request;
use tach_protocol::{ErrorCode, MAX_LINE_BYTES, parse_request};

fuzz_target!(|data: &[u8]| {
    match parse_request(data, true) {
        Ok(request) => {
            assert!(check_request(&request).is_ok(), "what a line may say, an application may say too");
            assert!((1..=MAX_ID_CHARS).contains(&request.id.chars().count()));
            assert!(reply_limit(&request.command) >= MAX_LINE_BYTES);
            if let Some(path) = request.command.file_path() {
                assert!(path.is_absolute());
            }
        }
        Err(refusal) => {
            let code = refusal.error.code;
            assert!(matches!(code, ErrorCode::InvalidJson | ErrorCode::InvalidRequest | ErrorCode::UnknownCommand));
            assert!(refusal.error.details.contains_key("field"));
            let json = std::str::from_utf8(data).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
            assert_eq!(code == ErrorCode::InvalidJson, !json);
        }
    }
});
