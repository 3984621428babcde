//! The typed results of the commands.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use tach_protocol::reply::MappedFile;
use tach_protocol::{Bbox, ErrorBody, ErrorCode};

/// A picture cut out of a page.
#[derive(Debug)]
pub struct Evidence {
    /// The encoded picture, or the pixels for the `raw` format.
    pub bytes: EvidenceBytes,
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

/// Bytes of a picture. Dereferences to a slice.
#[derive(Debug)]
pub enum EvidenceBytes {
    /// Received in the reply.
    Inline(Vec<u8>),
    /// Mapped from the file that the worker wrote. The mapping and the file go with this value.
    Mapped(MappedBytes),
}

impl Deref for EvidenceBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Mapped(mapped) => mapped.bytes(),
        }
    }
}

impl AsRef<[u8]> for EvidenceBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// A read-only mapping of a file that only its owner knows.
#[derive(Debug)]
pub struct MappedBytes {
    map: Option<memmap2::Mmap>,
    path: PathBuf,
    removed: bool,
}

impl MappedBytes {
    fn open(region: MappedFile) -> io::Result<Self> {
        let mut mapped = Self { map: None, path: region.path, removed: false };
        let file = File::open(&mapped.path)?;
        if region.length == 0 || file.metadata()?.len() < region.offset.saturating_add(region.length) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than the reply says"));
        }
        let length = usize::try_from(region.length).map_err(io::Error::other)?;
        // SAFETY: the file is in a folder that only this user may write, under a name that only the worker and we know; the
        // worker closed it before it replied, so nobody changes or cuts it while it is mapped.
        let map = unsafe { memmap2::MmapOptions::new().offset(region.offset).len(length).map(&file)? };
        mapped.map = Some(map);
        // On Unix the bytes outlive their name; on Windows the name goes with the mapping.
        mapped.removed = cfg!(unix) && std::fs::remove_file(&mapped.path).is_ok();
        Ok(mapped)
    }

    fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}

impl Drop for MappedBytes {
    fn drop(&mut self) {
        self.map = None;
        if !self.removed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[derive(Deserialize)]
struct EvidenceData<'a> {
    #[serde(borrow, default)]
    base64: Option<&'a str>,
    #[serde(default)]
    mmap: Option<MappedFile>,
    width: u32,
    height: u32,
    mime: String,
    bbox: Bbox,
    #[serde(default)]
    text: Option<String>,
}

impl Evidence {
    /// Reads the data of a reply, and maps the picture where it was handed over by file.
    pub(crate) fn from_json(json: &str) -> Result<Self, ErrorBody> {
        let data: EvidenceData<'_> = serde_json::from_str(json).map_err(misread)?;
        let bytes = match (data.base64, data.mmap) {
            (Some(text), None) => EvidenceBytes::Inline(base64_simd::STANDARD.decode_to_vec(text).map_err(misread)?),
            (None, Some(region)) => EvidenceBytes::Mapped(MappedBytes::open(region).map_err(not_mapped)?),
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

/// The error of a picture that was cut, and whose file does not open here: the worker is not to blame for what this process lacks.
fn not_mapped(error: io::Error) -> ErrorBody {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return misread(error);
    }
    let message = format!("the picture was cut, but the file that hands it over cannot be mapped here: {error}");
    ErrorBody::new(ErrorCode::FileUnreadable, message)
}

/// A table of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table {
    /// Its page, from 0.
    pub page_index: u32,
    /// Its box, in the origin of the request.
    pub bbox: Bbox,
    /// The engine that read it.
    pub engine: String,
    /// docling-core's `TableData` as its own JSON.
    pub data: serde_json::Value,
    /// The text forms asked for, by name.
    #[serde(default)]
    pub exports: std::collections::BTreeMap<String, String>,
}

/// The text of a page or a region.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageText {
    /// All lines in reading order.
    pub text: String,
    /// Each line.
    pub lines: Vec<TextLine>,
}

/// One line of text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TextLine {
    /// The text.
    pub text: String,
    /// Its box, in the origin of the request.
    pub bbox: Bbox,
    /// `pdf` or `ocr`.
    pub source: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// Pages and metadata of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentDetails {
    /// Number of pages.
    pub page_count: u32,
    /// Each page.
    pub pages: Vec<PageSize>,
    /// Whether the document is encrypted.
    pub encrypted: bool,
    /// Title, author and the like.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// The size of a page as displayed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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
pub enum Converted {
    /// The `DoclingDocument` as its own JSON.
    Docling(Box<serde_json::value::RawValue>),
    /// Markdown or plain text.
    Text(String),
}
