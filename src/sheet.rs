//! The typed result of `read_sheet`: kind, zones and title block of a page.

use serde::{Deserialize, Serialize};
use tach_protocol::Bbox;

/// What was found on a page. Boxes have their origin at the upper left corner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sheet {
    /// `drawing`, `text`, `scan` or `mixed`.
    pub kind: String,
    /// The title block; `None` where the page has none.
    pub title_block: Option<TitleBlock>,
    /// The zones, from top to bottom.
    pub zones: Vec<Zone>,
}

/// The block that says which sheet it is. A field that the sheet does not say is `None`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TitleBlock {
    /// Its box.
    pub bbox: Bbox,
    /// Number of the sheet, such as `A-101`.
    pub number: Option<String>,
    /// Title of the sheet.
    pub title: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// Date as written.
    pub date: Option<String>,
    /// Revision.
    pub revision: Option<String>,
    /// Scale as written.
    pub scale: Option<String>,
    /// Every field found, those above included.
    pub fields: Vec<SheetField>,
}

/// One field of a title block.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SheetField {
    /// Which field it is: `number`, `title`, `drawn`, `checked` and so on.
    pub name: String,
    /// The label as written; empty where the value has none.
    pub label: String,
    /// The value as written.
    pub value: String,
    /// Where the value is.
    pub bbox: Bbox,
    /// Where the label is.
    #[serde(default)]
    pub label_bbox: Option<Bbox>,
    /// 0 to 1.
    pub confidence: f64,
}

/// A part of a sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Zone {
    /// `title_block`, `notes`, `legend`, `schedule`, `revisions`, `view`, `key`, `stamp` or `other`.
    pub kind: String,
    /// Its title as written.
    pub title: Option<String>,
    /// The number of a view beside its title.
    #[serde(default)]
    pub number: Option<String>,
    /// Its box.
    pub bbox: Bbox,
    /// The scale note of a view as written.
    pub scale: Option<String>,
    /// 0 to 1.
    pub confidence: f64,
}
