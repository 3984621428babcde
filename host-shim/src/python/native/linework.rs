//! The strokes of a drawing's page, in one call; the twin of pyworker's `pdf/linework.py`, which explains the rules.

use super::page_objects::{ADDRESSES, Functions, Handle, Objects};
use pyo3::prelude::*;

const PATH: i32 = 2;
const IMAGE: i32 = 3;
const FORM: i32 = 5;
const LINE_TO: i32 = 0;
const MOVE_TO: i32 = 2;
const OBJECTS_BETWEEN_CHECKS: usize = 500;
const MAX_DEPTH: u32 = 8;
/// Segments of a path that gets no more than half of `max_segments`.
const LONG: usize = 100;

/// (horizontal, at, start, end, width), as pyworker's `Ruling` has them.
type Rule = (bool, f64, f64, f64, f64);
/// (left, top, right, bottom).
type Area = (f64, f64, f64, f64);
/// Rules, boxes of paths, boxes of images, number of segments, number of slanted ones.
type Work = (Vec<Rule>, Vec<Area>, Vec<Area>, usize, usize);

/// (a, b, c, d, e, f) of a row vector's matrix, as PDF has it.
type Affine = [f64; 6];

/// The bounds of a reading, in the names of pyworker's `linework.py`.
#[derive(Clone, Copy)]
struct Bounds {
    letter: f64,
    thin: f64,
    slant: f64,
    max_segments: usize,
    max_marks: usize,
    max_clips: i32,
}

/// pdfium's functions on page objects.
#[pyclass(frozen)]
pub struct PdfiumPaths(Functions);

#[pymethods]
impl PdfiumPaths {
    /// Takes the addresses of the functions in the order of `page_objects::Functions`.
    #[new]
    fn new(addresses: [usize; ADDRESSES]) -> PyResult<Self> {
        // SAFETY: pyworker, the only caller, passes these functions of pypdfium2, which is never unloaded.
        unsafe { Functions::at(addresses) }.map(Self)
    }

    /// The strokes of the open page `handle`; `shown` is the matrix from page points to displayed ones, `size` the page's width
    /// and height as displayed. `check` is called now and then and may raise.
    fn linework(
        &self,
        handle: usize,
        shown: Affine,
        size: (f64, f64),
        bounds: (f64, f64, f64, usize, usize, i32),
        check: &Bound<'_, PyAny>,
    ) -> PyResult<Work> {
        // SAFETY: pyworker passes a page that it holds open during the call, on its one engine thread.
        let objects = unsafe { Objects::of(self.0) };
        let page = handle as Handle;
        let (letter, thin, slant, max_segments, max_marks, max_clips) = bounds;
        let bounds = Bounds { letter, thin, slant, max_segments, max_marks, max_clips };
        let mut reader = Reader { objects, shown, size, bounds, work: Work::default() };
        reader.walk(&objects.of_page(page), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 0, check)?;
        Ok(reader.work)
    }
}

struct Reader {
    objects: Objects,
    shown: Affine,
    size: (f64, f64),
    bounds: Bounds,
    work: Work,
}

impl Reader {
    fn walk(&mut self, items: &[Handle], outer: Affine, depth: u32, check: &Bound<'_, PyAny>) -> PyResult<()> {
        for (index, &item) in items.iter().enumerate() {
            if self.work.3 > self.bounds.max_segments {
                return Ok(());
            }
            if index % OBJECTS_BETWEEN_CHECKS == 0 {
                check.call0()?;
            }
            if item.is_null() || !self.objects.is_active(item) {
                continue;
            }
            match self.objects.kind(item) {
                PATH => self.path(item, outer),
                IMAGE => {
                    if let Some(area) = self.area(item, outer) {
                        self.work.2.push(area);
                    }
                }
                FORM if depth < MAX_DEPTH => {
                    let inner = times(self.own_matrix(item), outer);
                    self.walk(&self.objects.of_form(item), inner, depth + 1, check)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn own_matrix(&self, item: Handle) -> Affine {
        self.objects.matrix(item).unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    }

    /// The object's box on the page as displayed; `None` where it is off the page.
    fn area(&self, item: Handle, outer: Affine) -> Option<Area> {
        let [left, bottom, right, top] = self.objects.bounds(item)?;
        if ![left, bottom, right, top].iter().all(|value| (-1e6..1e6).contains(value)) {
            return None;
        }
        let matrix = times(outer, self.shown);
        let corners = [(left, bottom), (right, top), (left, top), (right, bottom)].map(|at| applied(matrix, at));
        let area = around(&corners);
        (area.2 >= 0.0 && area.3 >= 0.0 && area.0 <= self.size.0 && area.1 <= self.size.1).then_some(area)
    }

    fn path(&mut self, item: Handle, outer: Affine) {
        let Some(mut area) = self.area(item, outer) else { return };
        let Some((filled, stroked)) = self.objects.draw_mode(item) else { return };
        if !filled && !stroked {
            return;
        }
        let clip = self.clip(item, outer);
        if let Some(clip) = clip {
            area = common(area, clip);
            if area.0 > area.2 || area.1 > area.3 {
                return;
            }
        }
        let (width, height) = (area.2 - area.0, area.3 - area.1);
        if self.work.1.len() < self.bounds.max_marks {
            self.work.1.push(area);
        }
        let (small, large) = (width.min(height), width.max(height));
        self.work.3 += 1;
        if large < self.bounds.letter && small > self.bounds.thin * large {
            return;
        }
        if !stroked {
            // A rule drawn as a thin filled rectangle.
            if small <= 2.0 && large > 3.0 * small {
                let rule = if width >= height {
                    (true, f64::midpoint(area.1, area.3), area.0, area.2, height)
                } else {
                    (false, f64::midpoint(area.0, area.2), area.1, area.3, width)
                };
                self.work.0.push(rule);
            }
            return;
        }
        let count = self.objects.count_segments(item);
        let segments = usize::try_from(count).unwrap_or(0);
        if segments > LONG && self.work.3 + segments > self.bounds.max_segments / 2 {
            self.work.4 += segments;
            return;
        }
        self.work.3 += segments;
        let first = self.work.0.len();
        self.pieces(item, count, times(times(self.own_matrix(item), outer), self.shown));
        if let Some(clip) = clip {
            let cut: Vec<Rule> = self.work.0.drain(first..).filter_map(|rule| cut_to(rule, clip)).collect();
            self.work.0.extend(cut);
        }
    }

    /// The box of what clipping leaves of an object; `None` where nothing is clipped.
    fn clip(&self, item: Handle, outer: Affine) -> Option<Area> {
        let matrix = times(outer, self.shown);
        let paths = self.objects.clips(item, self.bounds.max_clips);
        let areas = paths.iter().filter(|points| points.len() >= 2);
        areas.map(|points| around(&points.iter().map(|&at| applied(matrix, at)).collect::<Vec<_>>())).reduce(common)
    }

    fn pieces(&mut self, item: Handle, count: i32, matrix: Affine) {
        let (mut last, mut start) = ((0.0, 0.0), (0.0, 0.0));
        for index in 0..count {
            let Some((kind, x, y, closes)) = self.objects.segment(item, index) else { continue };
            let at = applied(matrix, (x, y));
            match kind {
                MOVE_TO => start = at,
                LINE_TO => {
                    if !self.piece(last, at) {
                        self.work.4 += 1;
                    }
                }
                _ => self.work.4 += 1,
            }
            last = at;
            if closes {
                self.piece(last, start);
                last = start;
            }
        }
    }

    /// Takes a level or upright piece; `false` for a slanted one.
    fn piece(&mut self, from: (f64, f64), to: (f64, f64)) -> bool {
        let slant = self.bounds.slant;
        let (dx, dy) = ((from.0 - to.0).abs(), (from.1 - to.1).abs());
        if dy <= slant {
            if dx > slant {
                self.work.0.push((true, f64::midpoint(from.1, to.1), from.0.min(to.0), from.0.max(to.0), 0.0));
            }
        } else if dx <= slant {
            self.work.0.push((false, f64::midpoint(from.0, to.0), from.1.min(to.1), from.1.max(to.1), 0.0));
        } else {
            return false;
        }
        true
    }
}

/// What of a rule is in `clip`.
fn cut_to(rule: Rule, clip: Area) -> Option<Rule> {
    let (horizontal, at, start, end, width) = rule;
    let (low, high, near, far) =
        if horizontal { (clip.0, clip.2, clip.1, clip.3) } else { (clip.1, clip.3, clip.0, clip.2) };
    let (start, end) = (start.max(low), end.min(high));
    (near <= at && at <= far && start < end).then_some((horizontal, at, start, end, width))
}

fn around(points: &[(f64, f64)]) -> Area {
    points.iter().fold((f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY), |area, &(x, y)| {
        (area.0.min(x), area.1.min(y), area.2.max(x), area.3.max(y))
    })
}

fn common(a: Area, b: Area) -> Area {
    (a.0.max(b.0), a.1.max(b.1), a.2.min(b.2), a.3.min(b.3))
}

fn applied(matrix: Affine, (x, y): (f64, f64)) -> (f64, f64) {
    (matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5])
}

/// The matrix that applies `inner` first, then `outer`.
fn times(inner: Affine, outer: Affine) -> Affine {
    let part = |along: usize, across: usize| inner[along] * outer[across] + inner[along + 1] * outer[across + 2];
    [part(0, 0), part(0, 1), part(2, 0), part(2, 1), part(4, 0) + outer[4], part(4, 1) + outer[5]]
}
