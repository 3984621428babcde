//! Setters for the optional fields of payloads, so that a request can be written in one expression.

use crate::payload::{Convert, DocumentInfo, ExtractEvidence, ExtractText, FindText, ParseTable, ReadSheet};
use crate::values::{
    Bbox, ConvertFormat, ConvertImages, ConvertStructure, CoordOrigin, ImageFormat, OcrMode, Password, TableExport,
    Transport,
};

macro_rules! setters {
    ($payload:ident: $($(#[$about:meta])* $field:ident: $kind:ty,)*) => {
        impl $payload {
            $(
                $(#[$about])*
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$kind>) -> Self {
                    self.$field = $field.into();
                    self
                }
            )*

            /// Password of an encrypted document.
            #[must_use]
            pub fn password(mut self, password: impl Into<String>) -> Self {
                self.password = Some(Password(password.into()));
                self
            }
        }
    };
}

setters! { ExtractEvidence:
    /// Resolution in dots an inch, 18 to 1200. Default 150.
    dpi: f64,
    /// Encoding of the picture. Default JPEG.
    format: ImageFormat,
    /// Quality of JPEG and WebP, 1 to 100. Default 85.
    quality: u8,
    /// Origin of `bbox`. Default `TOPLEFT`.
    coord_origin: CoordOrigin,
    /// How the bytes are handed over. Default inline.
    transport: Transport,
    /// Whether the reply also has the text in the box. Default no.
    include_text: bool,
    /// Languages of that text, ISO 639-1 codes. Default none: OCR is not asked.
    languages: Vec<String>,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
}

setters! { ParseTable:
    /// The box of one table. Default: every table of the page.
    bbox: Option<Bbox>,
    /// Origin of `bbox` and of the boxes in the reply. Default `TOPLEFT`.
    coord_origin: CoordOrigin,
    /// Text forms wanted beside the structure. Default none.
    exports: Vec<TableExport>,
    /// Languages that OCR shall read, ISO 639-1 codes. Default: the engine's.
    languages: Vec<String>,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
}

setters! { ExtractText:
    /// The region to read. Default: the whole page.
    bbox: Option<Bbox>,
    /// Origin of `bbox` and of the boxes in the reply. Default `TOPLEFT`.
    coord_origin: CoordOrigin,
    /// When to read by OCR. Default: if the region has no usable text of its own.
    ocr: OcrMode,
    /// Languages that OCR shall read, ISO 639-1 codes. Default: the engine's.
    languages: Vec<String>,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
}

setters! { ReadSheet:
    /// Languages that OCR shall read, ISO 639-1 codes. Default: the engine's.
    languages: Vec<String>,
    /// Whether the reply has the zones. Default: yes.
    include_zones: bool,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
}

setters! { DocumentInfo:
    /// Whether the reply has the size of each page. Default yes.
    include_pages: bool,
}

setters! { Convert:
    /// First and last page, from 0, both included. Default: the whole document.
    page_range: Option<[u32; 2]>,
    /// What the reply holds. Default: the `DoclingDocument`.
    format: ConvertFormat,
    /// What stands for the document's pictures. Default: a mark.
    images: ConvertImages,
    /// What a PDF's structure may be taken from. Default: everything that is there.
    structure: ConvertStructure,
    /// Languages that OCR shall read, ISO 639-1 codes. Default: the engine's.
    languages: Vec<String>,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
    /// What stands between the texts of two pages in Markdown. Default: nothing.
    page_break: Option<String>,
}

setters! { FindText:
    /// First and last page, from 0, both included. Default: the whole document.
    page_range: Option<[u32; 2]>,
    /// Whether capital and small letters differ. Default no.
    match_case: bool,
    /// Whether no letter or digit may touch the match. Default no.
    whole_words: bool,
    /// Most matches told, 1 to 10,000. Default 1,000.
    limit: u32,
    /// Names of the layers to show. Default: those that the document shows.
    layers: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_set_what_they_name() {
        let crop = ExtractEvidence::new("/a.pdf", 0, Bbox::new(1.0, 2.0, 3.0, 4.0))
            .dpi(300.0)
            .format(ImageFormat::Png)
            .include_text(true)
            .password("secret");
        assert_eq!((crop.dpi, crop.format, crop.include_text), (300.0, ImageFormat::Png, true));
        assert_eq!(crop.password.map(|password| password.0).as_deref(), Some("secret"));
        let text = ExtractText::new("/a.pdf", 3).bbox(Bbox::new(1.0, 2.0, 3.0, 4.0)).ocr(OcrMode::Never);
        assert_eq!((text.page_index, text.bbox.is_some(), text.ocr), (3, true, OcrMode::Never));
    }
}
