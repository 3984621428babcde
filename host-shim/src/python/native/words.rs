//! Words of a PDF page from pdfium's characters, in one call; the twin of pyworker's `pdf/words.py`, which explains the rules.

use super::frame::{Geometry, Rect};
use super::pdfium::{Characters, Functions};
use super::run::{Glyph, Run};
use pyo3::prelude::*;
use std::collections::HashMap;

const CHARACTERS_BETWEEN_CHECKS: i32 = 2000;
const HYPHEN_MARK: u32 = 2;
/// A character that is drawn again within this fraction of the font size is fake bold or a shadow.
const DOUBLE: f64 = 0.15;

/// (text, (left, top, right, bottom), font size, direction, order, whether mirrored), as pyworker's `Word` has them.
type Word = (String, (f64, f64, f64, f64), f64, u16, i32, bool);

/// pdfium's functions on text pages, and the codes of characters that pyworker alone reads.
#[pyclass(frozen)]
pub struct PdfiumText {
    functions: Functions,
    foreign: Vec<u32>,
}

#[pymethods]
impl PdfiumText {
    /// Takes the addresses of `FPDFText_CountChars`, `…GetUnicode`, `…GetCharBox`, `…GetLooseCharBox`, `…GetMatrix`,
    /// `…GetFontSize`, `…IsGenerated` and `…GetFontInfo`, and the codes of fonts without a name that `words` leaves to
    /// pyworker.
    #[new]
    fn new(addresses: [usize; 8], foreign: Vec<u32>) -> PyResult<Self> {
        // SAFETY: pyworker, the only caller, passes these functions of pypdfium2, which is never unloaded.
        let functions = unsafe { Functions::at(addresses) }?;
        Ok(Self { functions, foreign })
    }

    /// The words of the open text page `handle`, in content-stream order; `geometry` is (width, height, rotation, box, user
    /// unit). `is_mark` tells of a character whether it is a combining mark; `check` is called now and then and may raise.
    /// `None` where a character has one of the codes that pyworker alone reads.
    fn words(
        &self,
        handle: usize,
        geometry: (f64, f64, u16, (f64, f64, f64, f64), f64),
        is_mark: &Bound<'_, PyAny>,
        check: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Vec<Word>>> {
        let (width, height, rotation, shown, user_unit) = geometry;
        let geometry = Geometry { width, height, rotation, shown, user_unit };
        // SAFETY: pyworker passes a text page that it holds open during the call, on its one engine thread.
        let characters = unsafe { Characters::of(self.functions, handle) };
        let mut reader = Reader::new(characters, geometry, is_mark);
        for index in 0..characters.count() {
            if index % CHARACTERS_BETWEEN_CHECKS == 0 {
                check.call0()?;
            }
            let code = characters.code(index);
            if self.foreign.contains(&code) && characters.is_unnamed(index) {
                return Ok(None);
            }
            reader.take(index, code)?;
        }
        reader.close();
        Ok(Some(reader.words))
    }
}

struct Reader<'a, 'py> {
    characters: Characters,
    geometry: Geometry,
    /// Linear part of page to displayed, for directions and sizes.
    linear: (f64, f64, f64, f64),
    is_mark: &'a Bound<'py, PyAny>,
    marks: HashMap<char, bool>,
    words: Vec<Word>,
    run: Option<Run>,
    /// pdfium has put white space of its own behind the run.
    broken: bool,
    high_surrogate: u32,
    /// Where each character was drawn last, and its index.
    placed: HashMap<(u32, i64, i64), (f64, f64, i32)>,
}

impl<'a, 'py> Reader<'a, 'py> {
    fn new(characters: Characters, geometry: Geometry, is_mark: &'a Bound<'py, PyAny>) -> Self {
        let (x0, y0) = geometry.to_displayed(0.0, 0.0);
        let (ax, ay) = geometry.to_displayed(1.0, 0.0);
        let (bx, by) = geometry.to_displayed(0.0, 1.0);
        Self {
            characters,
            geometry,
            linear: (ax - x0, ay - y0, bx - x0, by - y0),
            is_mark,
            marks: HashMap::new(),
            words: Vec::new(),
            run: None,
            broken: false,
            high_surrogate: 0,
            placed: HashMap::new(),
        }
    }

    fn take(&mut self, index: i32, mut code: u32) -> PyResult<()> {
        match code {
            0xD800..0xDC00 => {
                self.high_surrogate = code;
                return Ok(());
            }
            0xDC00..0xE000 if self.high_surrogate == 0 => return Ok(()),
            0xDC00..0xE000 => {
                code = 0x1_0000 + ((self.high_surrogate - 0xD800) << 10) + (code - 0xDC00);
                self.high_surrogate = 0;
            }
            _ => {}
        }
        let character = match code {
            HYPHEN_MARK => '-',
            0 | 0xFFFE | 0xFFFF => char::REPLACEMENT_CHARACTER,
            _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
        };
        if character.is_whitespace() || (code < 32 && code != HYPHEN_MARK) {
            if self.run.is_some() && self.characters.is_generated(index) {
                self.broken = true;
            } else {
                self.close();
            }
            return Ok(());
        }
        let Some(glyph) = self.glyph(index, code, character)? else { return Ok(()) };
        let ended = std::mem::take(&mut self.broken);
        if let Some(run) = &mut self.run
            && glyph.is_mark
            && run.carries(&glyph)
        {
            run.push_mark(&glyph);
            return Ok(());
        }
        // A mark's own base line makes pdfium see the end of a line behind it; there the gap decides alone. So it does
        // behind a superscript and a subscript.
        let parted = |run: &Run| ended && !run.ends_with_mark() && !run.resumes(&glyph);
        if self.run.as_ref().is_some_and(|run| parted(run) || !run.goes_on(&glyph)) {
            self.close();
        }
        match &mut self.run {
            Some(run) => run.push(&glyph),
            None => self.run = Some(Run::of(&glyph, index)),
        }
        Ok(())
    }

    /// The character at its place; `None` where it has none, or is drawn a second time.
    fn glyph(&mut self, index: i32, code: u32, character: char) -> PyResult<Option<Glyph>> {
        let Some((tight, loose, matrix)) = self.characters.place(index) else { return Ok(None) };
        let linear = self.linear;
        let (a, b, c, d) = (f64::from(matrix.a), f64::from(matrix.b), f64::from(matrix.c), f64::from(matrix.d));
        // Direction of the baseline and height of the em as displayed. A negative font size turns both about, and
        // pdfium's matrix is without it.
        let size = self.characters.font_size(index);
        let sign = if size < 0.0 { -1.0 } else { 1.0 };
        let (dx, dy) = (sign * (linear.0 * a + linear.2 * b), sign * (linear.1 * a + linear.3 * b));
        let (ux, uy) = (sign * (linear.0 * c + linear.2 * d), sign * (linear.1 * c + linear.3 * d));
        let mut size = size.abs() * ux.hypot(uy);
        let mirrored = dx * uy > dy * ux;
        let direction = quarter(dx, dy);
        let tight = self.geometry.rect(tight.left, tight.bottom, tight.right, tight.top);
        let mut wide = self.geometry.rect(
            f64::from(loose.left),
            f64::from(loose.bottom),
            f64::from(loose.right),
            f64::from(loose.top),
        );
        if !tight.is_finite() || !wide.is_finite() {
            return Ok(None);
        }
        let height = wide.height_along(direction);
        if !(0.5..=2000.0).contains(&size) {
            size = if (0.5..=2000.0).contains(&height) { height } else { 1.0 };
        }
        if !(0.6 * size..=2.0 * size).contains(&height) {
            wide = tight.em_box(direction, size);
        }
        let key = (code, rounded(tight.left), rounded(tight.top));
        // Each letter of a ligature has the ligature's place.
        let of_a_ligature = (tight.left, tight.top, index - 1);
        if let Some(before) = self.placed.get(&key)
            && *before != of_a_ligature
            && (before.0 - tight.left).abs() < DOUBLE * size
            && (before.1 - tight.top).abs() < DOUBLE * size
        {
            return Ok(None);
        }
        self.placed.insert(key, (tight.left, tight.top, index));
        let is_mark = self.marks(character)?;
        Ok(Some(Glyph { character, is_mark, tight, wide, size, direction, mirrored }))
    }

    /// Whether a character is a combining mark, by Python's own tables.
    fn marks(&mut self, character: char) -> PyResult<bool> {
        if character < '\u{300}' {
            return Ok(false);
        }
        if let Some(known) = self.marks.get(&character) {
            return Ok(*known);
        }
        let told = self.is_mark.call1((character,))?.extract()?;
        self.marks.insert(character, told);
        Ok(told)
    }

    /// Ends the word; one off the page is left out.
    fn close(&mut self) {
        let Some(run) = self.run.take() else { return };
        let Rect { left, top, right, bottom } = run.rect;
        if right > 0.0 && bottom > 0.0 && left < self.geometry.width && top < self.geometry.height {
            let box_of = (left, top, right, bottom);
            self.words.push((run.text, box_of, run.size, run.direction, run.order, run.mirrored));
        }
    }
}

/// The direction of a vector to the nearest quarter turn.
#[expect(clippy::cast_possible_truncation, reason = "one of 0, 90, 180 and 270")]
fn quarter(dx: f64, dy: f64) -> u16 {
    ((dy.atan2(dx).to_degrees() / 90.0).round_ties_even() as i32 * 90).rem_euclid(360) as u16
}

#[expect(clippy::cast_possible_truncation, reason = "the boxes were checked to be below a million")]
fn rounded(value: f64) -> i64 {
    value.round_ties_even() as i64
}
