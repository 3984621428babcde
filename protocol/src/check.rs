//! Whether the values of a command are in their ranges.

use crate::limits::{MAX_DPI, MAX_MATCHES, MAX_PAGE_BREAK_CHARS, MAX_QUALITY, MAX_QUERY_CHARS, MIN_DPI, MIN_QUALITY};
use crate::object::FieldError;
use crate::request::{Bbox, Command};
use std::path::Path;

/// Checks what the types leave open.
pub(crate) fn command(command: &Command) -> Result<(), FieldError> {
    if let Some(path) = command.file_path() {
        check_path(path)?;
    }
    match command {
        Command::ExtractEvidence(payload) => {
            check_bbox(&payload.bbox)?;
            if !(MIN_DPI..=MAX_DPI).contains(&payload.dpi) {
                return Err(FieldError::new(
                    "payload.dpi",
                    format!("`dpi` must be a number from {MIN_DPI} to {MAX_DPI}"),
                ));
            }
            if !(MIN_QUALITY..=MAX_QUALITY).contains(&payload.quality) {
                let message = format!("`quality` must be an integer from {MIN_QUALITY} to {MAX_QUALITY}");
                return Err(FieldError::new("payload.quality", message));
            }
            check_languages(&payload.languages)
        }
        Command::ParseTable(payload) => {
            check_languages(&payload.languages)?;
            payload.bbox.as_ref().map_or(Ok(()), check_bbox)
        }
        Command::ReadSheet(payload) => check_languages(&payload.languages),
        Command::ExtractText(payload) => {
            check_languages(&payload.languages)?;
            payload.bbox.as_ref().map_or(Ok(()), check_bbox)
        }
        Command::Convert(payload) => {
            check_range(payload.page_range)?;
            if payload.page_break.as_ref().is_some_and(|text| text.chars().count() > MAX_PAGE_BREAK_CHARS) {
                let message = format!("`page_break` must have at most {MAX_PAGE_BREAK_CHARS} characters");
                return Err(FieldError::new("payload.page_break", message));
            }
            check_languages(&payload.languages)
        }
        Command::FindText(payload) => {
            check_range(payload.page_range)?;
            if payload.query.trim().is_empty() {
                return Err(FieldError::new("payload.query", "`query` must hold more than white space"));
            }
            if payload.query.chars().count() > MAX_QUERY_CHARS {
                let message = format!("`query` must have at most {MAX_QUERY_CHARS} characters");
                return Err(FieldError::new("payload.query", message));
            }
            if !(1..=MAX_MATCHES).contains(&payload.limit) {
                let message = format!("`limit` must be an integer from 1 to {MAX_MATCHES}");
                return Err(FieldError::new("payload.limit", message));
            }
            Ok(())
        }
        Command::DocumentInfo(_) | Command::Ping(_) | Command::Shutdown(_) | Command::Fault(_) => Ok(()),
    }
}

fn check_range(range: Option<[u32; 2]>) -> Result<(), FieldError> {
    match range {
        Some([first, last]) if first > last => {
            let message = "`page_range` is [first, last]; first must not be above last";
            Err(FieldError::new("payload.page_range", message))
        }
        _ => Ok(()),
    }
}

fn check_languages(languages: &[String]) -> Result<(), FieldError> {
    match languages.iter().position(String::is_empty) {
        Some(empty) => Err(FieldError::new(format!("payload.languages[{empty}]"), "a language must not be empty")),
        None => Ok(()),
    }
}

fn check_path(path: &Path) -> Result<(), FieldError> {
    let refuse = |message: &str| Err(FieldError::new("payload.file_path", message));
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return refuse("`file_path` must not hold a NUL character");
    }
    if !path.is_absolute() {
        return refuse("`file_path` must be an absolute path");
    }
    Ok(())
}

fn check_bbox(bbox: &Bbox) -> Result<(), FieldError> {
    let sides = [("x", bbox.x), ("y", bbox.y), ("width", bbox.width), ("height", bbox.height)];
    for (index, (name, value)) in sides.into_iter().enumerate() {
        if !value.is_finite() {
            return Err(FieldError::new(format!("payload.bbox[{index}]"), format!("{name} must be a finite number")));
        }
        if index >= 2 && value <= 0.0 {
            return Err(FieldError::new(
                format!("payload.bbox[{index}]"),
                format!("{name} must be above 0, in points"),
            ));
        }
    }
    Ok(())
}
