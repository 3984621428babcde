//! However a stream is cut into pieces, the same lines come out, and none is longer than the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tach_protocol::LineCutter;
use tach_protocol::line::Line;

/// Every line of `input`, fed in pieces of `piece` bytes.
fn cut(input: &[u8], limit: usize, piece: usize) -> Vec<Line> {
    let mut cutter = LineCutter::new(limit);
    let mut lines = Vec::new();
    for mut rest in input.chunks(piece) {
        while !rest.is_empty() {
            let (taken, line) = cutter.feed(rest);
            assert!(taken > 0 && taken <= rest.len(), "each call takes something");
            rest = &rest[taken..];
            lines.extend(line);
        }
    }
    lines.extend(cutter.finish());
    lines
}

fuzz_target!(|data: &[u8]| {
    let [limit, piece, input @ ..] = data else { return };
    let (limit, piece) = (usize::from(*limit), usize::from(*piece).max(1));
    let lines = cut(input, limit, piece);
    assert_eq!(lines, cut(input, limit, usize::MAX), "pieces make no difference");
    let mut expected: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    if expected.last().is_some_and(|rest| rest.is_empty()) {
        expected.pop();
    }
    assert_eq!(lines.len(), expected.len());
    for (line, expected) in lines.iter().zip(expected) {
        match line {
            Line::Whole(bytes) => assert!(bytes == expected && bytes.len() <= limit),
            Line::TooLong => assert!(expected.len() > limit),
        }
    }
});
