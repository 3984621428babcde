//! The typed results of the commands.

use crate::picture::Picture;
use crate::sheet::Zone;
use serde::{Deserialize, Serialize};
use std::io;
use tach_protocol::request::CoordOrigin;
use tach_protocol::{Bbox, ErrorBody, ErrorCode};

/// A picture cut out of a page.
#[derive(Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The encoded picture, or the pixels for the `raw` format.
    pub bytes: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Media type, such as `image/jpeg`.
    pub mime: String,
    /// The box really cut, after clipping to the page, in the origin of the request.
    pub bbox: Bbox,
    /// The text in the box, where it was asked for.
    pub text: Option<String>,
}

#[derive(Deserialize)]
struct EvidenceData<'a> {
    #[serde(borrow, default)]
    base64: Option<&'a str>,
    width: u32,
    height: u32,
    mime: String,
    bbox: Bbox,
    #[serde(default)]
    text: Option<String>,
}

impl Evidence {
    /// Reads the data of a reply, and takes over the image where the worker wrote it to a file. Blocks.
    pub(crate) fn from_json(json: &str, picture: Option<Picture>) -> Result<Self, ErrorBody> {
        let data: EvidenceData<'_> = serde_json::from_str(json).map_err(misread)?;
        let bytes = match (data.base64, picture) {
            (Some(text), None) => base64_simd::STANDARD.decode_to_vec(text).map_err(misread)?,
            (None, Some(picture)) => picture.read().map_err(not_taken_over)?,
            _ => return Err(misread("neither or both of `base64` and `mmap`")),
        };
        let EvidenceData { width, height, mime, bbox, text, .. } = data;
        Ok(Self { bytes, width, height, mime, bbox, text })
    }
}

/// The error of data that is not what `docs/protocol.md` says.
pub(crate) fn misread(reason: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::ProtocolError, format!("the worker's data is not what the protocol says: {reason}"))
}

/// The error of a picture that was cut, and whose file cannot be taken over: either the worker lied about it, or this process
/// cannot open it.
pub(crate) fn not_taken_over(error: io::Error) -> ErrorBody {
    if error.kind() == io::ErrorKind::InvalidData {
        return misread(error);
    }
    let message = format!("the picture was cut, but the file that hands it over cannot be read here: {error}");
    ErrorBody::new(ErrorCode::FileUnreadable, message)
}

/// A table of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Table {
    /// Its page, from 0.
    pub page_index: u32,
    /// Its box, in the origin of the request.
    pub bbox: Bbox,
    /// The engine that read it.
    pub engine: String,
    /// How sure its structure is, 0 to 1.
    #[serde(default = "sure")]
    pub confidence: f64,
    /// Why it may be wrong; empty where the confidence is not low.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// docling-core's `TableData` as its own JSON.
    pub data: serde_json::Value,
    /// The text forms asked for, by name.
    #[serde(default)]
    pub exports: std::collections::BTreeMap<String, String>,
}

/// Of a worker that tells no confidence.
const fn sure() -> f64 {
    1.0
}

/// The text of a page or a region.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageText {
    /// All lines in reading order.
    pub text: String,
    /// Each line.
    pub lines: Vec<TextLine>,
}

/// One line of text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextLine {
    /// The text.
    pub text: String,
    /// Its box, in the origin of the request.
    pub bbox: Bbox,
    /// Where it comes from.
    pub source: TextSource,
    /// 0 to 1.
    pub confidence: f64,
    /// Reading direction on a drawing: 0 to the right, 90 downwards, 180 upside down, 270 upwards; `None` on other pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<u16>,
}

/// Where a line of text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TextSource {
    /// The document's own text.
    Pdf,
    /// Optical character recognition.
    Ocr,
    /// A source that this version does not know.
    #[serde(untagged)]
    Other(String),
}

/// Pages and metadata of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DocumentDetails {
    /// Number of pages.
    pub page_count: u32,
    /// Each page; empty where the request had `include_pages` false.
    #[serde(default)]
    pub pages: Vec<PageSize>,
    /// Whether the document is encrypted.
    pub encrypted: bool,
    /// Title, author and the like.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// The outline (bookmarks) in reading order.
    #[serde(default)]
    pub outline: Vec<OutlineEntry>,
    /// The label of each page, such as `iv` or `A-101`; empty where the document gives none.
    #[serde(default)]
    pub page_labels: Vec<String>,
    /// The layers (optional-content groups).
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// Names of the lists above that have more entries than are told.
    #[serde(default)]
    pub truncated: Vec<String>,
}

/// One entry of a document's outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutlineEntry {
    /// Its title.
    pub title: String,
    /// The page that it leads to, from 0; `None` where it leads to no page of the document.
    pub page_index: Option<u32>,
    /// 1 for the uppermost entries.
    pub level: u32,
}

/// A layer of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Layer {
    /// Its name, as `layers` of a request takes it.
    pub name: String,
    /// Whether the document shows it.
    pub visible: bool,
}

/// Where a text is in a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoundText {
    /// The places, page by page in reading order.
    pub matches: Vec<TextMatch>,
    /// Whether there may be more than the request's limit.
    pub truncated: bool,
    /// Pages that could not be searched, from 0: they cannot be loaded, or OCR alone reads what is on them.
    #[serde(default)]
    pub unreadable_pages: Vec<u32>,
}

/// One place of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TextMatch {
    /// Its page, from 0.
    pub page_index: u32,
    /// As it is in the document.
    pub text: String,
    /// The line or lines around it.
    pub context: String,
    /// The words that hold it, one box a line, from the upper left corner.
    pub boxes: Vec<Bbox>,
    /// The part of a drawing that it is in; `None` on other pages.
    #[serde(default)]
    pub zone: Option<Zone>,
}

impl TextMatch {
    /// A place outside all zones: one that a caller found itself in text that was read.
    pub fn new(page_index: u32, text: impl Into<String>, context: impl Into<String>, boxes: Vec<Bbox>) -> Self {
        Self { page_index, text: text.into(), context: context.into(), boxes, zone: None }
    }
}

/// The size of a page as displayed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageSize {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// `/Rotate`: 0, 90, 180 or 270.
    pub rotation: u32,
}

/// What `convert` made of a document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Converted {
    /// The `DoclingDocument` as its own JSON.
    Docling(Box<serde_json::value::RawValue>),
    /// Markdown, plain text, HTML or `DocTags`.
    Text(String),
    /// Pieces with their headings and boxes.
    Chunks(Vec<Chunk>),
}

/// A piece of a document: a paragraph, a list, a table or a caption.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Chunk {
    /// Its text, as Markdown; of a table, a sentence for each cell.
    pub text: String,
    /// The headings that it is under, from the outermost.
    pub headings: Vec<String>,
    /// Page that it begins on, from 0; none in a format without pages.
    pub page_index: Option<u32>,
    /// What it takes of that page.
    pub bbox: Option<Bbox>,
    /// Origin of every box: `TOPLEFT`.
    pub coord_origin: CoordOrigin,
    /// What it takes of each page that it is on.
    pub boxes: Vec<ChunkBox>,
}

/// What a [`Chunk`] takes of one page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChunkBox {
    /// From 0.
    pub page_index: u32,
    /// Displayed-page points, good for `extract_evidence`.
    pub bbox: Bbox,
}
