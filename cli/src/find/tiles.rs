//! The parts of a page that OCR reads one by one: on a whole large sheet it would not see letters of the usual height.

use tach_supervisor::Bbox;

/// Points: the longer side of a page that is read at once, A4 and Letter.
const WHOLE: f64 = 850.0;
/// Points by which neighbouring parts overlap, so that a short text at their edge is whole in one of them.
const OVERLAP: f64 = 90.0;

/// The parts of a page of `width` × `height` points; `None` for a page that is read at once.
pub(super) fn of(width: f64, height: f64) -> Vec<Option<Bbox>> {
    if width.max(height) <= WHOLE {
        return vec![None];
    }
    let (columns, rows) = (spans(width), spans(height));
    let boxes =
        rows.iter().flat_map(|&(top, down)| columns.iter().map(move |&(left, across)| (left, top, across, down)));
    boxes.map(|(left, top, across, down)| Some(Bbox::new(left, top, across, down))).collect()
}

/// Starts and lengths of parts of at most [`WHOLE`] that cover `length` and overlap.
fn spans(length: f64) -> Vec<(f64, f64)> {
    let mut count = 1.0;
    while (length + (count - 1.0) * OVERLAP) / count > WHOLE {
        count += 1.0;
    }
    let part = (length + (count - 1.0) * OVERLAP) / count;
    let mut spans = Vec::new();
    let mut start = 0.0;
    while start + OVERLAP < length {
        spans.push((start, part.min(length - start)));
        start += part - OVERLAP;
    }
    spans
}

/// Whether two boxes are one place that two parts tell: half of the smaller one is common.
pub(super) fn is_same(a: &Bbox, b: &Bbox) -> bool {
    let across = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
    let down = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
    across > 0.0 && down > 0.0 && across * down > 0.5 * (a.width * a.height).min(b.width * b.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_sheet_and_overlap() {
        assert_eq!(of(595.0, 842.0), [None]);
        for (width, height) in [(1191.0, 842.0), (2384.0, 1684.0), (3024.0, 2160.0), (200.0, 14400.0)] {
            let parts: Vec<Bbox> = of(width, height).into_iter().flatten().collect();
            assert!(parts.iter().all(|it| it.width.max(it.height) <= WHOLE && it.x + it.width <= width + 0.01));
            // Every text of ninety points is whole in one of them.
            for (x, y) in [
                (0.0, 0.0),
                (width - 90.0, height - 90.0),
                (width / 2.0 - 45.0, height / 2.0 - 45.0),
                (width / 3.0 - 45.0, 5.0),
            ] {
                let y = y.max(0.0);
                let holds = |it: &Bbox| {
                    it.x <= x + 0.01 && x + 89.9 <= it.x + it.width && it.y <= y + 0.01 && y + 89.9 <= it.y + it.height
                };
                assert!(parts.iter().any(holds), "{width} {height} {x} {y}");
            }
        }
    }

    #[test]
    fn a_place_told_by_two_parts_is_one() {
        let place = Bbox::new(100.0, 50.0, 40.0, 10.0);
        assert!(is_same(&place, &Bbox::new(101.0, 51.0, 38.0, 10.0)));
        assert!(!is_same(&place, &Bbox::new(130.0, 50.0, 40.0, 10.0)));
    }
}
