//! What the reply to a request may hold. A worker that read a hostile document may lie in every field.
//!
//! Pure: a reply against the request that it answers. What doesn't fit is a violation of the protocol, for which the worker is
//! killed. Values that are only shown or passed on (texts, tables, metadata) are the document's own and cannot be checked.

use crate::picture::file_name;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};
use tach_protocol::limits::MAX_PIXELS;
use tach_protocol::reply::MappedFile;
use tach_protocol::request::{ConvertFormat, ImageFormat, Transport};
use tach_protocol::{Bbox, Command, ErrorBody, ErrorCode, Perf, Reply};

/// Levels of arrays and objects that data may nest. A `DoclingDocument` has about ten.
const MAX_DEPTH: usize = 100;
/// Bytes of an error's message, and of its details as JSON.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// What a request's reply may hold.
#[derive(Clone, Debug)]
pub(crate) struct Expectation(Data);

#[derive(Clone, Debug)]
enum Data {
    Evidence { transport: Transport, format: ImageFormat, folder: PathBuf },
    Tables,
    Text,
    Sheet,
    Details,
    Matches { limit: u32 },
    Document,
    ConvertedText,
    Chunks,
    Anything,
}

impl Expectation {
    /// What `command` may be answered by a worker whose folder is `folder`.
    pub(crate) fn of(command: &Command, folder: &Path) -> Self {
        Self(match command {
            Command::ExtractEvidence(payload) => {
                Data::Evidence { transport: payload.transport, format: payload.format, folder: folder.to_owned() }
            }
            Command::ParseTable(_) => Data::Tables,
            Command::ExtractText(_) => Data::Text,
            Command::ReadSheet(_) => Data::Sheet,
            Command::DocumentInfo(_) => Data::Details,
            Command::Convert(payload) => match payload.format {
                ConvertFormat::Docling => Data::Document,
                ConvertFormat::Chunks => Data::Chunks,
                _ => Data::ConvertedText,
            },
            Command::FindText(payload) => Data::Matches { limit: payload.limit },
            Command::Ping(_) | Command::Shutdown(_) | Command::Fault(_) => Data::Anything,
        })
    }

    /// Whether `reply` is one that the request may get.
    ///
    /// # Errors
    /// A sentence that says in what the worker broke the protocol.
    pub(crate) fn check(&self, reply: &Reply) -> Result<(), String> {
        let Perf { duration_ms, peak_ram_mb, page_cache_mb } = reply.perf;
        if !(duration_ms >= 0.0 && peak_ram_mb >= 0.0 && page_cache_mb >= 0.0) {
            return Err(format!("`perf` has {duration_ms} ms, {peak_ram_mb} MB and {page_cache_mb} MB"));
        }
        match &reply.outcome {
            Ok(data) => self.check_data(data.get()),
            Err(error) => check_error(error),
        }
    }

    fn check_data(&self, data: &str) -> Result<(), String> {
        if !data.starts_with('{') {
            return Err("`data` is no object".to_owned());
        }
        if depth_exceeds(data.as_bytes(), MAX_DEPTH) {
            return Err(format!("`data` is nested more than {MAX_DEPTH} deep"));
        }
        match &self.0 {
            Data::Evidence { transport, format, folder } => check_evidence(&parse(data)?, *transport, *format, folder),
            Data::Tables => parse::<Tables<'_>>(data).map(drop),
            Data::Text => parse::<Lines<'_>>(data).map(drop),
            Data::Sheet => parse::<Sheet<'_>>(data).map(drop),
            Data::Details => parse::<Details<'_>>(data).map(drop),
            Data::Matches { limit } => {
                let found = parse::<Matches<'_>>(data)?.matches.len();
                if found > *limit as usize {
                    Err(format!("{found} matches, where at most {limit} were asked for"))
                } else {
                    Ok(())
                }
            }
            Data::ConvertedText => parse::<Text<'_>>(data).map(drop),
            Data::Chunks => parse::<Chunks<'_>>(data).map(drop),
            Data::Document | Data::Anything => Ok(()),
        }
    }
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow, default)]
    base64: Option<&'a RawValue>,
    #[serde(default)]
    mmap: Option<MappedFile>,
    width: u32,
    height: u32,
    #[serde(borrow)]
    mime: &'a str,
    #[serde(rename = "bbox")]
    _bbox: Bbox,
}

#[derive(Deserialize)]
struct Tables<'a> {
    #[serde(borrow, rename = "tables")]
    _tables: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Lines<'a> {
    #[serde(borrow, rename = "text")]
    _text: std::borrow::Cow<'a, str>,
    #[serde(borrow, rename = "lines")]
    _lines: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Sheet<'a> {
    #[serde(borrow, rename = "kind")]
    _kind: std::borrow::Cow<'a, str>,
    #[serde(borrow, rename = "title_block")]
    _title_block: Option<&'a RawValue>,
    #[serde(borrow, rename = "zones")]
    _zones: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(rename = "page_count")]
    _page_count: u32,
    #[serde(borrow, rename = "metadata")]
    _metadata: std::collections::HashMap<std::borrow::Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize)]
struct Matches<'a> {
    #[serde(borrow)]
    matches: Vec<&'a RawValue>,
    #[serde(rename = "truncated")]
    _truncated: bool,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "text")]
    _text: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct Chunks<'a> {
    #[serde(borrow, rename = "chunks")]
    _chunks: Vec<&'a RawValue>,
}

fn parse<'a, T: Deserialize<'a>>(data: &'a str) -> Result<T, String> {
    serde_json::from_str(data).map_err(|error| format!("`data` is not what the request is answered with: {error}"))
}

fn check_evidence(image: &Image<'_>, transport: Transport, format: ImageFormat, folder: &Path) -> Result<(), String> {
    let (width, height) = (u64::from(image.width), u64::from(image.height));
    if !(1..=MAX_PIXELS).contains(&(width * height)) {
        return Err(format!("an image of {width} × {height} pixels"));
    }
    let mime = match format {
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Png => "image/png",
        ImageFormat::Webp => "image/webp",
        ImageFormat::Raw => "image/x-raw-rgb",
    };
    if image.mime != mime {
        return Err(format!("an image of another type than {mime}, which was asked for"));
    }
    let raw_bytes = (format == ImageFormat::Raw).then_some(width * height * 3);
    match (transport, image.base64, &image.mmap) {
        (Transport::Inline, Some(base64), None) => {
            // In quotes; three bytes are four characters.
            let length = base64.get().len() as u64;
            match raw_bytes {
                Some(bytes) if length != bytes.div_ceil(3) * 4 + 2 => {
                    Err("`base64` has another length than the pixels".to_owned())
                }
                _ => Ok(()),
            }
        }
        (Transport::Mmap, None, Some(file)) => {
            file_name(file, folder)?;
            match raw_bytes {
                Some(bytes) if file.length != bytes => Err("`mmap` has another length than the pixels".to_owned()),
                _ if file.length > MAX_PIXELS * 4 => Err(format!("an image of {} bytes", file.length)),
                _ => Ok(()),
            }
        }
        (Transport::Inline, ..) => {
            Err("an image that was asked for inline comes in no `base64`, or in more than that".to_owned())
        }
        (Transport::Mmap, ..) => {
            Err("an image that was asked for by `mmap` comes in no `mmap`, or in more than that".to_owned())
        }
    }
}

fn check_error(error: &ErrorBody) -> Result<(), String> {
    // Only the supervisor can know these; a caller acts on them.
    if matches!(
        error.code,
        ErrorCode::Unavailable | ErrorCode::Quarantined | ErrorCode::Overloaded | ErrorCode::Cancelled
    ) {
        return Err(format!("the error `{}`, which is the supervisor's own", error.code));
    }
    let details = serde_json::to_vec(&error.details).map_or(usize::MAX, |bytes| bytes.len());
    if error.message.len() > MAX_ERROR_BYTES || details > MAX_ERROR_BYTES {
        return Err(format!("an error of {} bytes", error.message.len().saturating_add(details)));
    }
    Ok(())
}

/// Whether valid JSON nests arrays and objects more than `limit` deep. Looks at each byte once, and needs no stack.
fn depth_exceeds(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut rest) = (0, json);
    while let Some(byte) = rest.first() {
        rest = &rest[1..];
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = usize::saturating_sub(depth, 1),
            b'"' => rest = after_string(rest),
            _ => {}
        }
    }
    false
}

/// What follows a string whose opening quote was taken.
fn after_string(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let is_end = rest[at] == b'"';
        rest = rest.get(at + if is_end { 1 } else { 2 }..).unwrap_or_default();
        if is_end {
            return rest;
        }
    }
    &[]
}

#[cfg(test)]
mod tests;
