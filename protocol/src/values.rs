//! The values that payloads are made of: boxes, passwords, and words of which there are few.

use serde::{Deserialize, Serialize};
use std::fmt;

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
        /// HTML, a whole page.
        Html,
        /// Docling's tagged text, with places.
        Doctags,
        /// Pieces for search and language models, each with its headings and boxes.
        Chunks,
    }
}

wire_enum! {
    /// What stands for the pictures of a document that `convert` reads.
    ConvertImages: "lowercase" {
        /// A mark where each picture is.
        #[default]
        Placeholder,
        /// The picture itself, as a data URI.
        Embedded,
        /// Nothing.
        None,
    }
}

wire_enum! {
    /// What `convert` may take a PDF's structure from.
    ConvertStructure: "lowercase" {
        /// Tags, then a layout model where one is there, then fonts and places.
        #[default]
        Auto,
        /// Tags, then fonts and places: no layout model.
        Fonts,
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
        /// Tries the ways out of the sandbox; the data are how many (`tried`) and which of them succeeded (`succeeded`).
        Escape,
    }
}
