//! What is looked for in text that OCR has read: white space, dashes, quotes and compatible characters count as alike.

use unicode_normalization::UnicodeNormalization;

/// A query as it is compared.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    letters: Vec<char>,
    match_case: bool,
    whole_words: bool,
}

impl Needle {
    /// What `query` looks for. Its white space does not count: OCR loses spaces, and makes some.
    pub(super) fn new(query: &str, match_case: bool, whole_words: bool) -> Self {
        let letters = folded(query, match_case).into_iter().map(|(letter, _)| letter).collect();
        Self { letters, match_case, whole_words }
    }

    /// Where it is in `line`: the characters from the first to behind the last one of each place.
    pub(super) fn places(&self, line: &str) -> Vec<(usize, usize)> {
        let signs: Vec<char> = line.chars().collect();
        let text = folded(line, self.match_case);
        let mut found = Vec::new();
        let mut at = 0;
        while !self.letters.is_empty() && at + self.letters.len() <= text.len() {
            let here = &text[at..at + self.letters.len()];
            let (start, stop) = (here[0].1, here[here.len() - 1].1 + 1);
            if here.iter().map(|(letter, _)| letter).eq(&self.letters)
                && !(self.whole_words && touched(&signs, start, stop))
            {
                found.push((start, stop));
                at += self.letters.len();
            } else {
                at += 1;
            }
        }
        found
    }
}

/// Whether a letter, a digit or an underscore is right before `start` or at `stop`.
fn touched(signs: &[char], start: usize, stop: usize) -> bool {
    let is_word = |sign: Option<&char>| sign.is_some_and(|sign| sign.is_alphanumeric() || *sign == '_');
    is_word(start.checked_sub(1).and_then(|before| signs.get(before))) || is_word(signs.get(stop))
}

/// The characters of `text` as they are compared, each with the number of the one that it comes from.
fn folded(text: &str, match_case: bool) -> Vec<(char, usize)> {
    let mut found: Vec<(char, usize)> = Vec::new();
    for (number, sign) in text.chars().enumerate() {
        let alike = match sign {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{2018}'..='\u{201b}' | '\u{2032}' => '\'',
            '\u{201c}'..='\u{201f}' | '\u{2033}' => '"',
            '\u{ad}' => continue,
            sign if sign.is_whitespace() => continue,
            sign => sign,
        };
        for part in std::iter::once(alike).nfkd() {
            if match_case {
                found.push((part, number));
            } else {
                found.extend(part.to_lowercase().nfkd().map(|letter| (letter, number)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(query: &str, line: &str) -> Vec<(usize, usize)> {
        Needle::new(query, false, false).places(line)
    }

    #[test]
    fn signs_that_look_alike_and_white_space_do_not_matter() {
        assert_eq!(places("c30/37", "WALL C30/37, SLAB C 30/37"), [(5, 11), (18, 25)]);
        assert_eq!(places("ky\u{301} hiệu", "KÝ HIỆU"), [(0, 7)]);
        assert_eq!(places("1'-0\"", "1\u{2032}\u{2013}0\u{2033}"), [(0, 5)]);
        assert_eq!(places("", "text"), []);
        assert_eq!(places("door", "DO"), []);
    }

    #[test]
    fn case_and_whole_words_are_kept_where_asked_for() {
        assert_eq!(Needle::new("Door", true, false).places("door Door"), [(5, 9)]);
        assert_eq!(Needle::new("door", false, true).places("indoor door_2 door"), [(14, 18)]);
    }
}
