//! The word being put together, in a frame turned so that text runs to the right and down.

use super::frame::{Rect, max, min};

/// Fractions of the font size; see pyworker's `pdf/words.py`, where they are explained.
const WORD_GAP: f64 = 0.19;
const STEP_BACK: f64 = 0.5;
const BASELINE_SHIFT: f64 = 0.55;
const SCRIPT_SIZE: f64 = 0.85;
const LEVEL: f64 = 0.1;
const CLOSE: f64 = 0.12;

/// A character at its place.
#[derive(Clone, Copy, Debug)]
pub struct Glyph {
    pub character: char,
    pub is_mark: bool,
    /// Its box of ink.
    pub tight: Rect,
    /// Its box with the font's line height.
    pub wide: Rect,
    pub size: f64,
    pub direction: u16,
    pub mirrored: bool,
}

/// The word being put together.
#[derive(Debug)]
pub struct Run {
    pub order: i32,
    pub direction: u16,
    pub mirrored: bool,
    pub size: f64,
    pub text: String,
    pub rect: Rect,
    ends_with_mark: bool,
    along_start: f64,
    along_end: f64,
    base: f64,
    last_base: f64,
    last_size: f64,
}

impl Run {
    /// A word that begins with `glyph`.
    pub fn of(glyph: &Glyph, order: i32) -> Self {
        let mut run = Self {
            order,
            direction: glyph.direction,
            mirrored: glyph.mirrored,
            size: glyph.size,
            text: String::new(),
            rect: Rect::EMPTY,
            ends_with_mark: false,
            along_start: 0.0,
            along_end: 0.0,
            base: glyph.wide.frame(glyph.direction, glyph.mirrored).2,
            last_base: 0.0,
            last_size: glyph.size,
        };
        run.push(glyph);
        run
    }

    /// Whether the last character is written over or under the one before it.
    pub fn ends_with_mark(&self) -> bool {
        self.ends_with_mark
    }

    /// Whether a mark belongs to this word.
    pub fn carries(&self, mark: &Glyph) -> bool {
        let (start, end, base) = mark.wide.frame(mark.direction, mark.mirrored);
        let gap = WORD_GAP * self.size;
        mark.direction == self.direction
            && start <= self.along_end + gap
            && end >= self.along_start - gap
            && (base - self.base).abs() <= self.size
    }

    /// Adds a mark over or under the last character.
    pub fn push_mark(&mut self, mark: &Glyph) {
        self.along_end = max(self.along_end, mark.wide.frame(mark.direction, mark.mirrored).1);
        self.add(mark);
    }

    /// Whether `glyph` goes on with this word.
    pub fn goes_on(&self, glyph: &Glyph) -> bool {
        let (start, end, base) = glyph.wide.frame(glyph.direction, glyph.mirrored);
        let gap = if leftwards(glyph.character) { self.along_start - end } else { start - self.along_end };
        let em = max(glyph.size, self.size);
        glyph.direction == self.direction
            && glyph.mirrored == self.mirrored
            // Small text behind large text is as far from it as from its own kind.
            && gap <= WORD_GAP * min(glyph.size, self.size)
            && gap >= -STEP_BACK * em - (end - start)
            && (base - self.base).abs() <= BASELINE_SHIFT * em
    }

    /// Whether the word ends with a superscript or subscript, behind which `glyph` goes on without a space.
    pub fn resumes(&self, glyph: &Glyph) -> bool {
        let (start, _, base) = glyph.wide.frame(glyph.direction, glyph.mirrored);
        let script =
            self.last_size <= SCRIPT_SIZE * self.size && (self.last_base - self.base).abs() > LEVEL * self.size;
        let level =
            (base - self.base).abs() <= LEVEL * self.size && (glyph.size - self.size).abs() <= LEVEL * self.size;
        script && level && (start - self.along_end).abs() <= CLOSE * self.size
    }

    /// Adds the next character.
    pub fn push(&mut self, glyph: &Glyph) {
        let (start, end, base) = glyph.wide.frame(glyph.direction, glyph.mirrored);
        self.size = max(self.size, glyph.size);
        (self.last_base, self.last_size) = (base, glyph.size);
        self.along_start = start;
        self.along_end = end;
        self.add(glyph);
    }

    fn add(&mut self, glyph: &Glyph) {
        self.text.push(glyph.character);
        self.ends_with_mark = glyph.is_mark;
        self.rect.grow(&glyph.tight, &glyph.wide, self.direction);
    }
}

/// Whether a character is of Hebrew, Arabic or their neighbours, whose words pdfium gives from the right.
fn leftwards(character: char) -> bool {
    matches!(u32::from(character), 0x0590..=0x08FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC)
}
