//! Boxes as displayed, and how they are seen along a reading direction; the twin of pyworker's `pdf/words.py`.

/// A rectangle in displayed-page points, TOPLEFT origin.
#[derive(Clone, Copy, Debug)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    /// Around nothing: it grows with the first point.
    pub const EMPTY: Self =
        Self { left: f64::INFINITY, top: f64::INFINITY, right: f64::NEG_INFINITY, bottom: f64::NEG_INFINITY };

    /// Whether every side is a place that a page can have.
    pub fn is_finite(&self) -> bool {
        [self.left, self.top, self.right, self.bottom].iter().all(|side| -1e6 < *side && *side < 1e6)
    }

    /// Size across the reading direction.
    pub fn height_along(&self, direction: u16) -> f64 {
        if direction.is_multiple_of(180) { self.bottom - self.top } else { self.right - self.left }
    }

    /// A box of plausible height around a glyph whose font declares none, or an absurd one.
    pub fn em_box(&self, direction: u16, size: f64) -> Self {
        if direction.is_multiple_of(180) {
            let middle = f64::midpoint(self.top, self.bottom);
            Self { top: min(self.top, middle - size / 2.0), bottom: max(self.bottom, middle + size / 2.0), ..*self }
        } else {
            let middle = f64::midpoint(self.left, self.right);
            Self { left: min(self.left, middle - size / 2.0), right: max(self.right, middle + size / 2.0), ..*self }
        }
    }

    /// (start, end, baseline) along and across the reading direction.
    pub fn frame(&self, direction: u16, mirrored: bool) -> (f64, f64, f64) {
        match direction {
            0 => (self.left, self.right, if mirrored { -self.top } else { self.bottom }),
            90 => (self.top, self.bottom, if mirrored { self.right } else { -self.left }),
            180 => (-self.right, -self.left, if mirrored { self.bottom } else { -self.top }),
            _ => (-self.bottom, -self.top, if mirrored { -self.left } else { self.right }),
        }
    }

    /// Takes in a glyph: its ink along the line, the font's line height across it.
    pub fn grow(&mut self, tight: &Self, wide: &Self, direction: u16) {
        let both = |lower: f64, upper: f64, first: fn(f64, f64) -> f64| first(lower, upper);
        let (left, right, top, bottom) = if direction.is_multiple_of(180) {
            let across = if tight.right > tight.left { tight } else { wide };
            (across.left, across.right, both(tight.top, wide.top, min), both(tight.bottom, wide.bottom, max))
        } else {
            let along = if tight.bottom > tight.top { tight } else { wide };
            (both(tight.left, wide.left, min), both(tight.right, wide.right, max), along.top, along.bottom)
        };
        self.left = min(self.left, left);
        self.top = min(self.top, top);
        self.right = max(self.right, right);
        self.bottom = max(self.bottom, bottom);
    }
}

/// Size and placement of a page; the twin of pyworker's `PageGeometry`.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    pub width: f64,
    pub height: f64,
    pub rotation: u16,
    /// (left, bottom, right, top) in page points.
    pub shown: (f64, f64, f64, f64),
    pub user_unit: f64,
}

impl Geometry {
    /// The displayed-page point of a page point.
    pub fn to_displayed(self, x: f64, y: f64) -> (f64, f64) {
        let (left, bottom, right, top) = self.shown;
        let (across, down) = match self.rotation {
            0 => (x - left, top - y),
            90 => (y - bottom, x - left),
            180 => (right - x, y - bottom),
            _ => (top - y, right - x),
        };
        (across * self.user_unit, down * self.user_unit)
    }

    /// The displayed-page rectangle of one in page points.
    pub fn rect(self, left: f64, bottom: f64, right: f64, top: f64) -> Rect {
        let (x1, y1) = self.to_displayed(left, bottom);
        let (x2, y2) = self.to_displayed(right, top);
        Rect { left: min(x1, x2), top: min(y1, y2), right: max(x1, x2), bottom: max(y1, y2) }
    }
}

/// Python's `min` and `max`: the first of equals, and NaN as it comes.
pub fn min(first: f64, second: f64) -> f64 {
    if second < first { second } else { first }
}

/// See [`min`].
pub fn max(first: f64, second: f64) -> f64 {
    if second > first { second } else { first }
}
