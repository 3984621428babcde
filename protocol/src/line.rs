//! A byte stream cut into lines of bounded length, and how long the reply to a command may be.

use crate::limits::{MAX_LINE_BYTES, MAX_PICTURE_LINE_BYTES};
use crate::request::{Command, ImageFormat};

/// Longest line, in bytes, that the reply to a command may have: as long as the picture asked for can get, and at least
/// [`MAX_LINE_BYTES`].
pub fn reply_limit(command: &Command) -> usize {
    let Command::ExtractEvidence(payload) = command else { return MAX_LINE_BYTES };
    let scale = payload.dpi / 72.0;
    let pixels = (payload.bbox.width * scale + 1.0) * (payload.bbox.height * scale + 1.0);
    // Three bytes a pixel are four in base64; a compressed picture of noise may be a little longer than a raw one.
    let bytes_per_pixel = if payload.format == ImageFormat::Raw { 4.0 } else { 6.0 };
    let wanted = pixels * bytes_per_pixel + 1_048_576.0;
    if wanted >= MAX_PICTURE_LINE_BYTES as f64 {
        return MAX_PICTURE_LINE_BYTES;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and below the limit")]
    let wanted = wanted as usize;
    wanted.max(MAX_LINE_BYTES)
}

/// One piece of a byte stream cut at `\n`.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line without its `\n`.
    Whole(Vec<u8>),
    /// A line of more than the limit; its bytes were dropped as they came.
    TooLong,
}

/// Cuts a byte stream into lines and never holds more than `limit` bytes of one.
#[derive(Debug)]
pub struct LineCutter {
    limit: usize,
    partial: Vec<u8>,
    skipping: bool,
}

impl LineCutter {
    /// A cutter whose lines are at most `limit` bytes long, `\n` not counted.
    pub fn new(limit: usize) -> Self {
        Self { limit, partial: Vec::new(), skipping: false }
    }

    /// Sets how long a line may be from now on.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Whether the line that is being read is already too long.
    pub fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// Takes the bytes of `input` up to and with the first `\n`. Returns how many it took and the line, if one ended.
    ///
    /// Call it again with the rest until it has taken everything.
    pub fn feed(&mut self, input: &[u8]) -> (usize, Option<Line>) {
        let end = memchr::memchr(b'\n', input);
        let piece = &input[..end.unwrap_or(input.len())];
        if !self.skipping {
            if self.partial.len() + piece.len() > self.limit {
                self.skipping = true;
                self.partial = Vec::new();
            } else {
                self.partial.extend_from_slice(piece);
            }
        }
        let Some(end) = end else { return (input.len(), None) };
        let line = if std::mem::take(&mut self.skipping) {
            Line::TooLong
        } else {
            Line::Whole(std::mem::take(&mut self.partial))
        };
        (end + 1, Some(line))
    }

    /// What the stream ended with: a last line without `\n`, or nothing.
    pub fn finish(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        (!self.partial.is_empty()).then(|| Line::Whole(std::mem::take(&mut self.partial)))
    }
}
