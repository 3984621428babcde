//! The payload of each command, with its defaults.

use crate::limits::{DEFAULT_DPI, DEFAULT_MATCHES, DEFAULT_QUALITY};
use crate::values::{
    Bbox, ConvertFormat, ConvertImages, ConvertStructure, CoordOrigin, FaultKind, ImageFormat, OcrMode, Password,
    TableExport, Transport,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Payload of `extract_evidence`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExtractEvidence {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The page, from 0.
    pub page_index: u32,
    /// The box to cut.
    pub bbox: Bbox,
    /// Resolution in dots an inch, 18 to 1200; 150 where absent.
    #[serde(default = "default_dpi")]
    pub dpi: f64,
    /// Encoding of the picture.
    #[serde(default)]
    pub format: ImageFormat,
    /// Quality of JPEG and WebP, 1 to 100; 85 where absent.
    #[serde(default = "default_quality")]
    pub quality: u8,
    /// Origin of `bbox`.
    #[serde(default)]
    pub coord_origin: CoordOrigin,
    /// How the bytes are handed over.
    #[serde(default)]
    pub transport: Transport,
    /// Whether the reply also has the text in the box.
    #[serde(default)]
    pub include_text: bool,
    /// Languages of that text, ISO 639-1 codes: OCR reads a scan where some are named.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
}

impl ExtractEvidence {
    /// A crop with every option at its default: 150 dpi, JPEG 85, `TOPLEFT`, inline.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32, bbox: Bbox) -> Self {
        Self {
            file_path: file_path.into(),
            password: None,
            page_index,
            bbox,
            dpi: default_dpi(),
            format: ImageFormat::default(),
            quality: default_quality(),
            coord_origin: CoordOrigin::default(),
            transport: Transport::default(),
            include_text: false,
            languages: Vec::new(),
            layers: None,
        }
    }
}

const fn default_dpi() -> f64 {
    DEFAULT_DPI
}

const fn default_quality() -> u8 {
    DEFAULT_QUALITY
}

/// Payload of `parse_table`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ParseTable {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The page, from 0.
    pub page_index: u32,
    /// The box of one table; every table of the page where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<Bbox>,
    /// Origin of `bbox` and of the boxes in the reply.
    #[serde(default)]
    pub coord_origin: CoordOrigin,
    /// Text forms wanted beside the structure.
    #[serde(default)]
    pub exports: Vec<TableExport>,
    /// Languages that OCR shall read, ISO 639-1 codes; the engine's default where empty.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
}

impl ParseTable {
    /// Every table of a page, without text forms.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32) -> Self {
        let (password, bbox, coord_origin, exports, languages, layers) = Default::default();
        Self { file_path: file_path.into(), password, page_index, bbox, coord_origin, exports, languages, layers }
    }
}

/// Payload of `extract_text`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExtractText {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The page, from 0.
    pub page_index: u32,
    /// The region to read; the whole page where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<Bbox>,
    /// Origin of `bbox` and of the boxes in the reply.
    #[serde(default)]
    pub coord_origin: CoordOrigin,
    /// When to read by OCR.
    #[serde(default)]
    pub ocr: OcrMode,
    /// Languages that OCR shall read, ISO 639-1 codes; the engine's default where empty.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
}

impl ExtractText {
    /// The text of a page, by OCR where it has none of its own.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32) -> Self {
        let (password, bbox, coord_origin, ocr, languages, layers) = Default::default();
        Self { file_path: file_path.into(), password, page_index, bbox, coord_origin, ocr, languages, layers }
    }
}

/// Payload of `read_sheet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadSheet {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The page, from 0.
    pub page_index: u32,
    /// Languages that OCR shall read in a scanned title block, ISO 639-1 codes; the engine's default where empty.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Whether the reply has the zones; without them it comes sooner. Yes where absent.
    #[serde(default = "yes")]
    pub include_zones: bool,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
}

impl ReadSheet {
    /// The zones and the title block of a page.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32) -> Self {
        Self {
            file_path: file_path.into(),
            password: None,
            page_index,
            languages: Vec::new(),
            include_zones: true,
            layers: None,
        }
    }
}

/// Payload of `document_info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DocumentInfo {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Whether the reply has `pages`; true where absent.
    #[serde(default = "yes")]
    pub include_pages: bool,
}

impl DocumentInfo {
    /// Pages, sizes, metadata, outline, page labels and layers of a document.
    pub fn new(file_path: impl Into<PathBuf>) -> Self {
        Self { file_path: file_path.into(), password: None, include_pages: true }
    }
}

const fn yes() -> bool {
    true
}

/// Payload of `convert`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Convert {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// First and last page, from 0, both included; the whole document where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_range: Option<[u32; 2]>,
    /// What the reply holds.
    #[serde(default)]
    pub format: ConvertFormat,
    /// What stands for the document's pictures.
    #[serde(default)]
    pub images: ConvertImages,
    /// What a PDF's structure may be taken from.
    #[serde(default)]
    pub structure: ConvertStructure,
    /// Languages that OCR shall read, ISO 639-1 codes; the engine's default where empty.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
    /// With `format` Markdown: what stands between the texts of two pages, up to
    /// [`MAX_PAGE_BREAK_CHARS`](crate::limits::MAX_PAGE_BREAK_CHARS) characters; nothing where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_break: Option<String>,
}

impl Convert {
    /// A whole document as a `DoclingDocument`.
    pub fn new(file_path: impl Into<PathBuf>) -> Self {
        Self {
            file_path: file_path.into(),
            password: None,
            page_range: None,
            format: ConvertFormat::default(),
            images: ConvertImages::default(),
            structure: ConvertStructure::default(),
            languages: Vec::new(),
            layers: None,
            page_break: None,
        }
    }
}

/// Payload of `find_text`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FindText {
    /// The document, absolute, in the system's own form.
    pub file_path: PathBuf,
    /// Password of an encrypted document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// What to look for, 1 to 500 characters that are not all white space.
    pub query: String,
    /// First and last page, from 0, both included; the whole document where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_range: Option<[u32; 2]>,
    /// Whether capital and small letters differ.
    #[serde(default)]
    pub match_case: bool,
    /// Whether no letter or digit may touch the match.
    #[serde(default)]
    pub whole_words: bool,
    /// Most matches told, 1 to 10,000; 1,000 where absent.
    #[serde(default = "default_matches")]
    pub limit: u32,
    /// Names of the layers to show; those that the document shows where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<String>>,
}

impl FindText {
    /// A text anywhere in a document, capital and small letters alike, parts of words too.
    pub fn new(file_path: impl Into<PathBuf>, query: impl Into<String>) -> Self {
        let (password, page_range, match_case, whole_words, layers) = Default::default();
        let (file_path, query, limit) = (file_path.into(), query.into(), DEFAULT_MATCHES);
        Self { file_path, password, query, page_range, match_case, whole_words, limit, layers }
    }
}

const fn default_matches() -> u32 {
    DEFAULT_MATCHES
}

/// Payload of `ping`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ping {}

/// Payload of `shutdown`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shutdown {}

/// Payload of `fault`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The way to misbehave.
    pub kind: FaultKind,
    /// Megabytes, milliseconds or an exit code, as the kind has it; 0 where absent.
    #[serde(default)]
    pub amount: u32,
}
