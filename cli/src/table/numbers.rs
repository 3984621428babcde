//! Which cells of a table are numbers: the sign that parts decimals is told by the table as a whole.

/// A number and how it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// Digits behind the decimal sign.
    pub decimals: usize,
    /// Whether thousands are parted.
    pub grouped: bool,
    /// Whether a percent sign follows; `value` is then the hundredth part.
    pub percent: bool,
}

/// The sign before the decimals, as the cells of one table agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    Point,
    Comma,
    /// The cells do not tell, or contradict each other: only digits alone are numbers.
    Unclear,
}

impl Decimal {
    /// What the texts of a table's cells tell.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let (mut point, mut comma) = (false, false);
        for text in texts {
            let Some(plain) = plain(text) else { continue };
            match told(plain.digits) {
                Some('.') => point = true,
                Some(',') => comma = true,
                _ => {}
            }
        }
        match (point, comma) {
            (true, false) => Self::Point,
            (false, true) => Self::Comma,
            _ => Self::Unclear,
        }
    }

    /// `text` as a number; `None` where it is none, or where its meaning is not sure.
    pub(super) fn number(self, text: &str) -> Option<Number> {
        let Plain { digits, negative, percent } = plain(text)?;
        let (decimal, group) = match self {
            Self::Point => ('.', ','),
            Self::Comma => (',', '.'),
            Self::Unclear if digits.bytes().all(|byte| byte.is_ascii_digit()) => ('.', ','),
            Self::Unclear => return None,
        };
        let (whole, fraction) = digits.split_once(decimal).unwrap_or((digits, ""));
        if fraction.contains([decimal, group]) || !groups_fit(whole, group) {
            return None;
        }
        let bare: String = whole.chars().filter(|&letter| letter != group).collect();
        // A number of an item, an account or a telephone: a spreadsheet must not take its zeros away.
        if (bare.len() > 1 && bare.starts_with('0')) || bare.len() + fraction.len() > 15 {
            return None;
        }
        let value: f64 = format!("{bare}.{fraction}0").parse().ok()?;
        let value = if negative { -value } else { value };
        Some(Number {
            value: if percent { value / 100.0 } else { value },
            decimals: fraction.len(),
            grouped: whole.contains(group),
            percent,
        })
    }
}

struct Plain<'a> {
    digits: &'a str,
    negative: bool,
    percent: bool,
}

/// The digits and their signs in a text that is one number: a minus, brackets for it, a percent sign.
fn plain(text: &str) -> Option<Plain<'_>> {
    let mut rest = text.trim();
    let percent = rest.ends_with('%');
    rest = rest.trim_end_matches('%').trim_end();
    let bracketed = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let minus = ['-', '\u{2212}', '\u{2013}'];
    let signed = rest.strip_prefix(minus);
    let digits = bracketed.or(signed).unwrap_or_else(|| rest.strip_prefix('+').unwrap_or(rest)).trim();
    let starts = digits.starts_with(|first: char| first.is_ascii_digit());
    let ends = digits.ends_with(|last: char| last.is_ascii_digit());
    let known = digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.' || letter == ',');
    (starts && ends && known).then_some(Plain { digits, negative: bracketed.or(signed).is_some(), percent })
}

/// The decimal sign that a number tells: the last of two kinds, one that others follow than three digits, or the one that
/// does not come again while the other does.
fn told(digits: &str) -> Option<char> {
    let marks: Vec<(usize, char)> = digits.char_indices().filter(|(_, mark)| !mark.is_ascii_digit()).collect();
    let &(at, last) = marks.last()?;
    let other = if last == '.' { ',' } else { '.' };
    if marks.iter().any(|&(_, mark)| mark == other) {
        return Some(last);
    }
    if marks.len() > 1 {
        return groups_fit(digits, last).then_some(other);
    }
    (digits.len() - at != 4 || digits.starts_with('0')).then_some(last)
}

/// Whether thousands are parted as they must be: one to three digits, then three each.
fn groups_fit(whole: &str, group: char) -> bool {
    let mut parts = whole.split(group);
    let first = parts.next().unwrap_or_default();
    if !whole.contains(group) {
        return !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    }
    (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &[&str]) -> Vec<Option<f64>> {
        let decimal = Decimal::of(table.iter().copied());
        table.iter().map(|text| decimal.number(text).map(|number| number.value)).collect()
    }

    #[test]
    fn the_table_tells_the_decimal_sign() {
        assert_eq!(read(&["1,234.50", "48,500", "(88.0)"]), [Some(1234.5), Some(48500.0), Some(-88.0)]);
        assert_eq!(read(&["125,40", "48.500", "6.081.900"]), [Some(125.4), Some(48500.0), Some(6_081_900.0)]);
        assert_eq!(read(&["12.5%", "\u{2212}41.7", "+206.5"]), [Some(0.125), Some(-41.7), Some(206.5)]);
    }

    #[test]
    fn what_is_not_sure_stays_text() {
        assert_eq!(read(&["48.500", "7"]), [None, Some(7.0)]);
        assert_eq!(read(&["1.5", "1,5", "3"]), [None, None, Some(3.0)]);
        assert_eq!(read(&["1.5", "001", "4/7", "2023-01-02", "1.2.3", "12345678901234567", "-", ""]), {
            let mut none = vec![None; 8];
            none[0] = Some(1.5);
            none
        });
    }
}
