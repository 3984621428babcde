//! What a caller may ask of a worker: the commands, their payloads, defaults and limits.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Longest `id`, in characters.
pub const MAX_ID_CHARS: usize = 128;
/// Largest `timeout_ms`: ten minutes.
pub const MAX_TIMEOUT_MS: u32 = 600_000;
/// Deadline of a request that names none, in milliseconds, unless `TACH_WORKER_TIMEOUT_MS` says otherwise.
pub const DEFAULT_TIMEOUT_MS: u32 = 5_000;
/// Smallest and largest resolution of a crop, in dots an inch.
pub const DPI_RANGE: (f64, f64) = (18.0, 1200.0);

/// One request line: `{"id":…,"cmd":…,"payload":{…},"timeout_ms":…}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// The caller's name for the request, 1 to [`MAX_ID_CHARS`] characters; the reply carries it as `req_id`.
    pub id: String,
    /// `cmd` and `payload`.
    #[serde(flatten)]
    pub command: Command,
    /// Deadline in milliseconds, 1 to [`MAX_TIMEOUT_MS`]; the worker's default where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
}

/// The command of a request with its payload.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "cmd", content = "payload", rename_all = "snake_case")]
pub enum Command {
    /// Cut a picture out of a page.
    ExtractEvidence(ExtractEvidence),
    /// Read the table in a box, or every table of a page.
    ParseTable(ParseTable),
    /// Read text with line boxes.
    ExtractText(ExtractText),
    /// Pages, sizes and metadata of a document.
    DocumentInfo(DocumentInfo),
    /// A whole document as `DoclingDocument`, Markdown or text.
    Convert(Convert),
    /// Nothing: shows that the engine thread is alive.
    Ping(Ping),
    /// A graceful stop.
    Shutdown(Shutdown),
    /// Misbehave on purpose; only where `TACH_TEST_FAULTS=1`.
    Fault(Fault),
}

impl Command {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ExtractEvidence(_) => "extract_evidence",
            Self::ParseTable(_) => "parse_table",
            Self::ExtractText(_) => "extract_text",
            Self::DocumentInfo(_) => "document_info",
            Self::Convert(_) => "convert",
            Self::Ping(_) => "ping",
            Self::Shutdown(_) => "shutdown",
            Self::Fault(_) => "fault",
        }
    }

    /// The document that the command reads, if it reads one.
    pub fn file_path(&self) -> Option<&Path> {
        match self {
            Self::ExtractEvidence(payload) => Some(&payload.file_path),
            Self::ParseTable(payload) => Some(&payload.file_path),
            Self::ExtractText(payload) => Some(&payload.file_path),
            Self::DocumentInfo(payload) => Some(&payload.file_path),
            Self::Convert(payload) => Some(&payload.file_path),
            Self::Ping(_) | Self::Shutdown(_) | Self::Fault(_) => None,
        }
    }

    /// Whether it asks for a picture through shared memory (`mmap`).
    pub fn is_by_mmap(&self) -> bool {
        matches!(self, Self::ExtractEvidence(payload) if payload.transport == Transport::Mmap)
    }
}

/// A rectangle `[x, y, width, height]` in PDF points (1/72 inch) of the page as displayed: after `/Rotate`, relative to the
/// crop box. Which corner `x, y` names is told by the [`CoordOrigin`] beside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Bbox {
    /// Distance from the left edge of the page.
    pub x: f64,
    /// Distance from the top edge (`TOPLEFT`) or the bottom edge (`BOTTOMLEFT`).
    pub y: f64,
    /// Width, above 0.
    pub width: f64,
    /// Height, above 0.
    pub height: f64,
}

impl Bbox {
    /// A box from its corner and size in points.
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }
}

impl From<[f64; 4]> for Bbox {
    fn from([x, y, width, height]: [f64; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<Bbox> for [f64; 4] {
    fn from(bbox: Bbox) -> Self {
        [bbox.x, bbox.y, bbox.width, bbox.height]
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Bbox {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bbox".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <[f64; 4]>::json_schema(generator)
    }
}

/// The password of an encrypted document. Never shown by `Debug`, so that no log holds it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident: $rename:literal { $($(#[$attr:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(rename_all = $rename)]
        pub enum $name { $($(#[$attr])* $variant),+ }
    };
}

wire_enum! {
    /// The corner of the page that coordinates start from, and the corner of a box that `x, y` names.
    CoordOrigin: "UPPERCASE" {
        /// `x, y` is the upper left corner, `y` grows downwards.
        #[default]
        TopLeft,
        /// `x, y` is the lower left corner, `y` grows upwards.
        BottomLeft,
    }
}

wire_enum! {
    /// How a picture is encoded.
    ImageFormat: "lowercase" {
        /// JPEG at the requested quality.
        #[default]
        Jpeg,
        /// PNG, lossless.
        Png,
        /// WebP at the requested quality.
        Webp,
        /// 8-bit RGB, row-major, no padding.
        Raw,
    }
}

wire_enum! {
    /// How the bytes of a picture reach the caller.
    Transport: "lowercase" {
        /// As base64 in the reply line.
        #[default]
        Inline,
        /// In a file that both processes map; the receiver removes it.
        Mmap,
    }
}

wire_enum! {
    /// When text is read by OCR.
    OcrMode: "lowercase" {
        /// Where the region has no usable text of its own.
        #[default]
        Auto,
        /// Never: only the PDF's own text.
        Never,
        /// Always: the PDF's own text is ignored.
        Always,
    }
}

wire_enum! {
    /// A text form of a table, beside its structure.
    TableExport: "lowercase" {
        /// An HTML `<table>`.
        #[default]
        Html,
        /// A Markdown table.
        Markdown,
        /// Comma-separated values.
        Csv,
    }
}

wire_enum! {
    /// What `convert` returns.
    ConvertFormat: "lowercase" {
        /// The `DoclingDocument` as its own JSON.
        #[default]
        Docling,
        /// Markdown.
        Markdown,
        /// Plain text.
        Text,
    }
}

wire_enum! {
    /// A way to misbehave.
    FaultKind: "snake_case" {
        /// A Python loop that sleeps for ever.
        #[default]
        Hang,
        /// Native code that never comes back and keeps the interpreter's lock.
        HangGil,
        /// Allocates and keeps `amount` MB.
        Leak,
        /// Raises an exception.
        Raise,
        /// Panics in Rust.
        Panic,
        /// Reads an invalid address.
        Segv,
        /// Calls `abort`.
        Abort,
        /// Leaves the process with the code `amount`.
        Exit,
        /// Prints to stdout, from Python and from native code.
        StdoutNoise,
        /// Writes `amount` MB to stderr.
        StderrFlood,
        /// Sleeps for `amount` ms, then replies.
        Slow,
        /// Leaves a child process that holds the pipes.
        Grandchild,
    }
}

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
        }
    }
}

const fn default_dpi() -> f64 {
    150.0
}

const fn default_quality() -> u8 {
    85
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
}

impl ParseTable {
    /// Every table of a page, without text forms.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32) -> Self {
        let (password, bbox, coord_origin) = Default::default();
        Self { file_path: file_path.into(), password, page_index, bbox, coord_origin, exports: Vec::new() }
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
}

impl ExtractText {
    /// The text of a page, by OCR where it has none of its own.
    pub fn new(file_path: impl Into<PathBuf>, page_index: u32) -> Self {
        let (password, bbox, coord_origin, ocr, languages) = Default::default();
        Self { file_path: file_path.into(), password, page_index, bbox, coord_origin, ocr, languages }
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
}

impl DocumentInfo {
    /// Pages, sizes and metadata of a document.
    pub fn new(file_path: impl Into<PathBuf>) -> Self {
        Self { file_path: file_path.into(), password: None }
    }
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
}

impl Convert {
    /// A whole document as a `DoclingDocument`.
    pub fn new(file_path: impl Into<PathBuf>) -> Self {
        Self { file_path: file_path.into(), password: None, page_range: None, format: ConvertFormat::default() }
    }
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
