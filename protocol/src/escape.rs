//! Makes text of documents and workers safe to show: control characters become visible escapes.

use std::borrow::Cow;
use std::fmt::Write;

/// One line of text for a terminal or a log: control characters (C0, DEL, C1), line and paragraph separators and the marks that
/// turn the direction of text become `\\n`, `\\t`, `\\x1b`, `\\u{202e}`. Everything else stays as it is.
pub fn escaped(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// The same for text of several lines: `\\n` and `\\t` stay.
pub fn escaped_lines(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

fn escape(text: &str, lines: bool) -> Cow<'_, str> {
    let stays = |character: char| lines && matches!(character, '\n' | '\t');
    let Some(first) = text.find(|character| is_active(character) && !stays(character)) else {
        return Cow::Borrowed(text);
    };
    let mut result = text[..first].to_owned();
    for character in text[first..].chars() {
        match character {
            _ if !is_active(character) || stays(character) => result.push(character),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            // Writing to a String cannot fail.
            '\0'..='\u{ff}' => _ = write!(result, "\\x{:02x}", u32::from(character)),
            _ => _ = write!(result, "\\u{{{:x}}}", u32::from(character)),
        }
    }
    Cow::Owned(result)
}

/// Whether a terminal or a viewer may act on the character instead of showing it: general category Cc, and of Cf, Zl and Zp those
/// that change where or in which direction text is shown (Unicode Technical Report 36, "bidirectional text spoofing").
fn is_active(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_stays() {
        let rows = [
            ("Bảng khối lượng", "Bảng khối lượng", "Bảng khối lượng"),
            ("a\nb\tc", "a\\nb\\tc", "a\nb\tc"),
            ("\x1b]0;title\x07", "\\x1b]0;title\\x07", "\\x1b]0;title\\x07"),
            ("\x1b[2J\r\n", "\\x1b[2J\\r\\n", "\\x1b[2J\\r\n"),
            ("\u{9b}31m", "\\x9b31m", "\\x9b31m"),
            ("a\u{202e}fdp.exe", "a\\u{202e}fdp.exe", "a\\u{202e}fdp.exe"),
            ("one\u{2028}two", "one\\u{2028}two", "one\\u{2028}two"),
            ("\0\x7f", "\\x00\\x7f", "\\x00\\x7f"),
            ("👩\u{200d}🔧 ×", "👩\u{200d}🔧 ×", "👩\u{200d}🔧 ×"),
        ];
        for (text, line, lines) in rows {
            assert_eq!(escaped(text), line);
            assert_eq!(escaped_lines(text), lines);
        }
    }
}
