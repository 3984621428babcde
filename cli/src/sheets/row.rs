//! One sheet of a set: what is told of it, and how it is written.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use tach_supervisor::protocol::escape::escaped;
use tach_supervisor::{DocumentDetails, Sheet};

/// One sheet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Row {
    /// The page, from 1.
    pub(super) page: u32,
    pub(super) number: Option<String>,
    pub(super) title: Option<String>,
    pub(super) scale: Option<String>,
    pub(super) revision: Option<String>,
    /// `drawing`, `text`, `scan` or `mixed`; `None` where the page was not read.
    pub(super) kind: Option<String>,
    /// Where number and title come from: `labels` (page labels and outline) or `title_block`.
    pub(super) source: Option<&'static str>,
    /// The code of the error where the page could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl Row {
    /// The row of a page that was read; `named` is what labels and outline say.
    pub(super) fn of(page_index: u32, sheet: Sheet, named: Option<&(String, String)>) -> Self {
        let mut row = Self { page: page_index + 1, kind: Some(sheet.kind), ..Self::default() };
        if let Some(block) = sheet.title_block {
            row.source = (block.number.is_some() || block.title.is_some()).then_some("title_block");
            (row.number, row.title, row.scale, row.revision) = (block.number, block.title, block.scale, block.revision);
        }
        if let Some((number, title)) = named {
            row.take_name(number, title);
        }
        row
    }

    /// The row of a page that was not read, or could not be.
    pub(super) fn unread(page_index: u32, named: Option<&(String, String)>, error: Option<String>) -> Self {
        let mut row = Self { page: page_index + 1, error, ..Self::default() };
        if let Some((number, title)) = named {
            row.take_name(number, title);
        }
        row
    }

    fn take_name(&mut self, number: &str, title: &str) {
        self.number = Some(number.to_owned());
        if !title.is_empty() {
            self.title = Some(title.to_owned());
        }
        self.source = Some("labels");
    }
}

/// Number and title of the pages whose label and outline entry agree, by page: the entry begins with the label, which holds a
/// figure and is more than the page's number.
pub(super) fn named(info: &DocumentDetails) -> BTreeMap<u32, (String, String)> {
    let mut found = BTreeMap::new();
    for entry in &info.outline {
        let Some(index) = entry.page_index else { continue };
        let Some(label) = info.page_labels.get(index as usize).map(|label| label.trim()) else { continue };
        if label.is_empty() || !label.chars().any(|c| c.is_ascii_digit()) || label.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let title = entry.title.trim();
        let Some(rest) =
            title.get(..label.len()).filter(|head| head.eq_ignore_ascii_case(label)).map(|_| &title[label.len()..])
        else {
            continue;
        };
        // "A-10" is no beginning of "A-101".
        if rest.chars().next().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let rest = rest.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | '.'));
        found.entry(index).or_insert_with(|| (label.to_owned(), rest.to_owned()));
    }
    found
}

/// Rows as comma-separated values (RFC 4180) with a header.
pub(super) fn csv(rows: &[Row]) -> String {
    let mut text = "page,number,title,scale,revision,kind,source,error\n".to_owned();
    for row in rows {
        let fields = [&row.number, &row.title, &row.scale, &row.revision, &row.kind];
        let _ = write!(text, "{}", row.page);
        for field in fields {
            let _ = write!(text, ",{}", quoted(field.as_deref().unwrap_or_default()));
        }
        let error = row.error.as_deref().unwrap_or_default();
        let _ = writeln!(text, ",{},{}", row.source.unwrap_or_default(), quoted(error));
    }
    text
}

/// A field of CSV. What a spreadsheet would take for a formula gets an apostrophe in front.
fn quoted(field: &str) -> String {
    let guarded = if field.starts_with(['=', '+', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

/// Rows as lines for a person.
pub(super) fn table(rows: &[Row]) -> String {
    let shown = |field: &Option<String>| escaped(field.as_deref().unwrap_or("–")).to_string();
    let width = |get: fn(&Row) -> &Option<String>, most: usize| {
        rows.iter().map(|row| shown(get(row)).chars().count()).max().unwrap_or(0).clamp(1, most)
    };
    let (number, revision, scale) =
        (width(|row| &row.number, 24), width(|row| &row.revision, 12), width(|row| &row.scale, 24));
    let mut text = String::new();
    for row in rows {
        let title = row.error.as_ref().map_or_else(|| shown(&row.title), |code| format!("({code})"));
        let _ = writeln!(
            text,
            "{:>5}  {:<number$}  {:<revision$}  {:<scale$}  {title}",
            row.page,
            shown(&row.number),
            shown(&row.revision),
            shown(&row.scale),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(labels: &[&str], outline: &[(&str, u32)]) -> DocumentDetails {
        let outline: Vec<_> = outline
            .iter()
            .map(|(title, page)| serde_json::json!({"title": title, "page_index": page, "level": 1}))
            .collect();
        serde_json::from_value(serde_json::json!({
            "page_count": labels.len(), "encrypted": false, "metadata": {}, "page_labels": labels, "outline": outline,
        }))
        .unwrap()
    }

    #[test]
    fn a_name_is_taken_where_label_and_outline_agree() {
        let info = details(
            &["A-101", "A-102", "3", "A-10", "S-1"],
            &[("A-101 – Floor plan", 0), ("Roof plan", 1), ("3 Notes", 2), ("A-101 Other", 3), ("s-1", 4)],
        );
        let found: Vec<_> = named(&info).into_iter().collect();
        let name = |number: &str, title: &str| (number.to_owned(), title.to_owned());
        assert_eq!(found, [(0, name("A-101", "Floor plan")), (4, name("S-1", ""))]);
    }

    #[test]
    fn csv_quotes_and_guards() {
        let row = Row {
            page: 7,
            number: Some("A-1".to_owned()),
            title: Some("Plan, \"upper\"".to_owned()),
            scale: Some("=1+1".to_owned()),
            ..Row::default()
        };
        assert_eq!(csv(&[row]).lines().nth(1), Some("7,A-1,\"Plan, \"\"upper\"\"\",'=1+1,,,,"));
    }
}
