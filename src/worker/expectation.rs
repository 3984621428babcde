//! What the reply to a request may hold. A worker that read a hostile document may lie in every field.
//!
//! Pure: a reply against the request that it answers. What doesn't fit is a violation of the protocol, for which the worker is
//! killed. Values that are only shown or passed on (texts, tables, metadata) are the document's own and cannot be checked.

use crate::picture::file_name;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};
use tach_protocol::reply::MappedFile;
use tach_protocol::request::{ConvertFormat, ImageFormat, Transport};
use tach_protocol::{Bbox, Command, ErrorBody, ErrorCode, Perf, Reply};

/// Levels of arrays and objects that data may nest. A `DoclingDocument` has about ten.
const MAX_DEPTH: usize = 100;
/// Bytes of an error's message, and of its details as JSON.
const MAX_ERROR_BYTES: usize = 64 * 1024;
/// Pixels of an image, from docs/protocol.md.
const MAX_PIXELS: u64 = 100_000_000;

/// What a request's reply may hold.
#[derive(Clone, Debug)]
pub(crate) struct Expectation(Data);

#[derive(Clone, Debug)]
enum Data {
    Evidence { transport: Transport, format: ImageFormat, folder: PathBuf },
    Tables,
    Text,
    Details,
    Document,
    ConvertedText,
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
            Command::DocumentInfo(_) => Data::Details,
            Command::Convert(payload) if payload.format == ConvertFormat::Docling => Data::Document,
            Command::Convert(_) => Data::ConvertedText,
            Command::Ping(_) | Command::Shutdown(_) | Command::Fault(_) => Data::Anything,
        })
    }

    /// Whether `reply` is one that the request may get.
    ///
    /// # Errors
    /// A sentence that says in what the worker broke the protocol.
    pub(crate) fn check(&self, reply: &Reply) -> Result<(), String> {
        let Perf { duration_ms, peak_ram_mb } = reply.perf;
        if !(duration_ms >= 0.0 && peak_ram_mb >= 0.0) {
            return Err(format!("`perf` has {duration_ms} ms and {peak_ram_mb} MB"));
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
            Data::Details => parse::<Details<'_>>(data).map(drop),
            Data::ConvertedText => parse::<Text<'_>>(data).map(drop),
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
struct Details<'a> {
    #[serde(rename = "page_count")]
    _page_count: u32,
    #[serde(borrow, rename = "metadata")]
    _metadata: std::collections::HashMap<std::borrow::Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "text")]
    _text: std::borrow::Cow<'a, str>,
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
mod tests {
    use super::*;
    use tach_protocol::WorkerMessage;
    use tach_protocol::request::{Convert, DocumentInfo, ExtractEvidence, ExtractText, ParseTable, Ping};

    const FOLDER: &str = "/private/worker-1";

    fn check(command: &Command, outcome: &str) -> Result<(), String> {
        let line = format!(r#"{{"req_id":"a",{outcome},"perf":{{"duration_ms":1.5,"peak_ram_mb":2}}}}"#);
        let Ok(WorkerMessage::Reply(reply)) = WorkerMessage::parse(line.as_bytes()) else { panic!("no reply: {line}") };
        Expectation::of(command, Path::new(FOLDER)).check(&reply)
    }

    fn evidence(format: ImageFormat, transport: Transport) -> Command {
        let payload = ExtractEvidence::new("/a.pdf", 0, Bbox::new(0.0, 0.0, 1.0, 2.0));
        Command::ExtractEvidence(ExtractEvidence { format, transport, ..payload })
    }

    #[test]
    fn an_image_is_believed_only_as_it_was_asked_for() {
        use ImageFormat::{Jpeg, Raw};
        use Transport::{Inline, Mmap};
        let image = |place: &str, mime: &str, size: &str| {
            format!(r#""status":"success","data":{{{place}{size},"mime":"{mime}","bbox":[0,0,1,2]}}"#)
        };
        let (small, jpeg, raw) = (r#""width":1,"height":2"#, "image/jpeg", "image/x-raw-rgb");
        let (base64, mapped) = (r#""base64":"AAAAAAAA","#, r#""mmap":{"path":"7-0.bin","offset":0,"length":6},"#);
        let rows = [
            (true, Jpeg, Inline, image(base64, jpeg, small)),
            (true, Raw, Inline, image(base64, raw, small)),
            (true, Jpeg, Mmap, image(mapped, jpeg, small)),
            (true, Raw, Mmap, image(mapped, raw, small)),
            (
                true,
                Raw,
                Mmap,
                image(r#""mmap":{"path":"/private/worker-1/7-0.bin","offset":0,"length":6},"#, raw, small),
            ),
            // Not asked for, both, neither, or twice.
            (false, Jpeg, Inline, image(mapped, jpeg, small)),
            (false, Jpeg, Mmap, image(base64, jpeg, small)),
            (false, Jpeg, Inline, image(&format!("{base64}{mapped}"), jpeg, small)),
            (false, Jpeg, Mmap, image(&format!("{mapped}{mapped}"), jpeg, small)),
            (false, Jpeg, Mmap, image("", jpeg, small)),
            // A file of another owner.
            (false, Jpeg, Mmap, image(r#""mmap":{"path":"/etc/passwd","offset":0,"length":6},"#, jpeg, small)),
            (
                false,
                Jpeg,
                Mmap,
                image(r#""mmap":{"path":"/private/worker-1/../7-0.bin","offset":0,"length":6},"#, jpeg, small),
            ),
            (false, Jpeg, Mmap, image(r#""mmap":{"path":"7-0.bin","offset":0,"length":99999999999},"#, jpeg, small)),
            (false, Jpeg, Mmap, image(r#""mmap":{"path":7,"offset":0,"length":6},"#, jpeg, small)),
            // Lengths, counts and types that don't fit.
            (false, Raw, Inline, image(base64, raw, r#""width":1,"height":3"#)),
            (false, Raw, Mmap, image(mapped, raw, r#""width":3,"height":1"#)),
            (false, Jpeg, Inline, image(base64, jpeg, r#""width":0,"height":2"#)),
            (false, Jpeg, Inline, image(base64, jpeg, r#""width":100000,"height":100000"#)),
            (false, Jpeg, Inline, image(base64, jpeg, r#""width":4294967295,"height":4294967295"#)),
            (false, Jpeg, Inline, image(base64, jpeg, r#""width":1.5,"height":2"#)),
            (false, Jpeg, Inline, image(base64, "text/html", small)),
        ];
        for (good, format, transport, outcome) in rows {
            let checked = check(&evidence(format, transport), &outcome);
            assert_eq!(checked.is_ok(), good, "{format:?} {transport:?} {outcome}: {checked:?}");
        }
    }

    #[test]
    fn data_of_another_command_is_refused() {
        let text = || Command::ExtractText(ExtractText::new("/a.pdf", 0));
        let tables = || Command::ParseTable(ParseTable::new("/a.pdf", 0));
        let details = || Command::DocumentInfo(DocumentInfo::new("/a.pdf"));
        let convert = |format| Command::Convert(Convert { format, ..Convert::new("/a.pdf") });
        let rows = [
            (true, text(), r#"{"text":"a\nb","lines":[{}]}"#),
            (false, text(), r#"{"text":7,"lines":[]}"#),
            (false, text(), r#"{"tables":[]}"#),
            (false, text(), "[]"),
            (true, tables(), r#"{"tables":[{"a":1}]}"#),
            (false, tables(), r#"{"tables":{"a":1}}"#),
            (true, details(), r#"{"page_count":3,"pages":[],"encrypted":false,"metadata":{"Title":"a"}}"#),
            (false, details(), r#"{"page_count":-3,"pages":[],"encrypted":false,"metadata":{}}"#),
            (false, details(), r#"{"page_count":1e99,"pages":[],"encrypted":false,"metadata":{}}"#),
            (true, convert(ConvertFormat::Markdown), r##"{"text":"# a"}"##),
            (false, convert(ConvertFormat::Markdown), r#"{"text":null}"#),
            (true, convert(ConvertFormat::Docling), r#"{"schema_name":"DoclingDocument"}"#),
            (false, convert(ConvertFormat::Docling), r#""text""#),
            (true, Command::Ping(Ping {}), "{}"),
            (false, Command::Ping(Ping {}), "7"),
        ];
        for (good, command, data) in rows {
            let outcome = format!(r#""status":"success","data":{data}"#);
            let checked = check(&command, &outcome);
            assert_eq!(checked.is_ok(), good, "{} {data}: {checked:?}", command.name());
        }
    }

    #[test]
    fn nesting_is_counted_outside_of_strings_only() {
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let rows = [
            (false, "{}".to_owned()),
            (false, deep(100)),
            (true, deep(101)),
            (true, format!(r#"{{"a":{}}}"#, deep(2_000_000))),
            (false, format!(r#"{{"a":"{}"}}"#, "[".repeat(1000))),
            (false, format!(r#"{{"a":"\"{}\\"}}"#, "{".repeat(1000))),
            (true, format!(r#"{{"a":"\\","b":{}}}"#, deep(200))),
            (false, "[[],[],[]]".repeat(1000)),
        ];
        for (exceeds, json) in rows {
            assert_eq!(depth_exceeds(json.as_bytes(), MAX_DEPTH), exceeds, "{json:.60}");
        }
    }

    #[test]
    fn errors_that_only_the_supervisor_can_know_and_endless_ones_are_refused() {
        let rows = [
            (true, "pdf_corrupt", "broken".to_owned()),
            (true, "timeout", "too late".to_owned()),
            (false, "unavailable", "come back".to_owned()),
            (false, "quarantined", "no".to_owned()),
            (false, "overloaded", "no".to_owned()),
            (false, "cancelled", "no".to_owned()),
            (false, "pdf_corrupt", "x".repeat(70_000)),
        ];
        for (good, code, message) in rows {
            let outcome =
                format!(r#""status":"error","error":{{"code":"{code}","message":"{message}","details":{{}}}}"#);
            assert_eq!(check(&Command::Ping(Ping {}), &outcome).is_ok(), good, "{code}");
        }
    }
}
