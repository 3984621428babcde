//! A picture of each place that was found.

use super::hit::Hit;
use crate::exit::Failure;
use crate::{options, output};
use std::path::Path;
use tach_supervisor::{Bbox, ExtractEvidence, FindText, Supervisor};

/// Points around the words that a picture also shows.
const MARGIN: f64 = 6.0;

/// Cuts the picture of each of `hits` into `folder` and notes its path. `ask` names the document.
pub(super) async fn cut(
    supervisor: &Supervisor,
    ask: &FindText,
    dpi: f64,
    folder: &Path,
    hits: &mut [Hit],
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::system(format_args!("cannot make the folder `{}`", folder.display()), &error))?;
    let stem = options::stem(&ask.file_path);
    let (mut page, mut on_page) = (None, 0);
    for hit in hits {
        if page != Some(hit.place.page_index) {
            (page, on_page) = (Some(hit.place.page_index), 0);
        }
        on_page += 1;
        let Some(bbox) = around(&hit.place.boxes) else { continue };
        let crop = ExtractEvidence {
            password: ask.password.clone(),
            layers: ask.layers.clone(),
            ..ExtractEvidence::new(&ask.file_path, hit.place.page_index, bbox)
        };
        let evidence = supervisor.extract_evidence(crop.dpi(dpi)).await?;
        let path = folder.join(format!("{stem}-p{}-{on_page}.jpg", hit.place.page_index + 1));
        output::write(&path, &evidence.bytes)?;
        hit.crop = Some(path);
    }
    Ok(())
}

/// The box around all of `boxes` and [`MARGIN`]; what lies off the page is cut off by the worker.
fn around(boxes: &[Bbox]) -> Option<Bbox> {
    let side = |of: fn(&Bbox) -> f64, pick: fn(f64, f64) -> f64| boxes.iter().map(of).reduce(pick);
    let (left, top) = (side(|it| it.x, f64::min)? - MARGIN, side(|it| it.y, f64::min)? - MARGIN);
    let right = side(|it| it.x + it.width, f64::max)? + MARGIN;
    let bottom = side(|it| it.y + it.height, f64::max)? + MARGIN;
    Some(Bbox::new(left, top, right - left, bottom - top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_shows_all_boxes_and_a_margin() {
        assert_eq!(around(&[]), None);
        let boxes = [Bbox::new(100.0, 50.0, 20.0, 10.0), Bbox::new(20.0, 62.0, 30.0, 10.0)];
        assert_eq!(around(&boxes), Some(Bbox::new(14.0, 44.0, 112.0, 34.0)));
    }
}
