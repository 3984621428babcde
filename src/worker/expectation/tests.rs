//! Tables of replies that a request may get, and of lies.

use super::*;
use tach_protocol::WorkerMessage;
use tach_protocol::request::{
    Convert, DocumentInfo, ExtractEvidence, ExtractText, FindText, ParseTable, Ping, ReadSheet,
};

const FOLDER: &str = "/private/worker-1";

fn check(command: &Command, outcome: &str) -> Result<(), String> {
    let line = format!(r#"{{"req_id":"a",{outcome},"perf":{{"duration_ms":1.5,"peak_ram_mb":2}}}}"#);
    let Ok(WorkerMessage::Reply(reply)) = WorkerMessage::parse(line.as_bytes()) else { panic!("no reply: {line}") };
    Expectation::of(command, Path::new(FOLDER)).check(&reply)
}

fn evidence(format: ImageFormat, transport: Transport) -> Command {
    let payload = ExtractEvidence::new("/a.pdf", 0, Bbox::new(0.0, 0.0, 1.0, 2.0));
    Command::ExtractEvidence(ExtractEvidence { format, transport, ..payload })
}

#[test]
fn an_image_is_believed_only_as_it_was_asked_for() {
    use ImageFormat::{Jpeg, Raw};
    use Transport::{Inline, Mmap};
    let image = |place: &str, mime: &str, size: &str| {
        format!(r#""status":"success","data":{{{place}{size},"mime":"{mime}","bbox":[0,0,1,2]}}"#)
    };
    let (small, jpeg, raw) = (r#""width":1,"height":2"#, "image/jpeg", "image/x-raw-rgb");
    let (base64, mapped) = (r#""base64":"AAAAAAAA","#, r#""mmap":{"path":"7-0.bin","offset":0,"length":6},"#);
    let rows = [
        (true, Jpeg, Inline, image(base64, jpeg, small)),
        (true, Raw, Inline, image(base64, raw, small)),
        (true, Jpeg, Mmap, image(mapped, jpeg, small)),
        (true, Raw, Mmap, image(mapped, raw, small)),
        (true, Raw, Mmap, image(r#""mmap":{"path":"/private/worker-1/7-0.bin","offset":0,"length":6},"#, raw, small)),
        // Not asked for, both, neither, or twice.
        (false, Jpeg, Inline, image(mapped, jpeg, small)),
        (false, Jpeg, Mmap, image(base64, jpeg, small)),
        (false, Jpeg, Inline, image(&format!("{base64}{mapped}"), jpeg, small)),
        (false, Jpeg, Mmap, image(&format!("{mapped}{mapped}"), jpeg, small)),
        (false, Jpeg, Mmap, image("", jpeg, small)),
        // A file of another owner.
        (false, Jpeg, Mmap, image(r#""mmap":{"path":"/etc/passwd","offset":0,"length":6},"#, jpeg, small)),
        (
            false,
            Jpeg,
            Mmap,
            image(r#""mmap":{"path":"/private/worker-1/../7-0.bin","offset":0,"length":6},"#, jpeg, small),
        ),
        (false, Jpeg, Mmap, image(r#""mmap":{"path":"7-0.bin","offset":0,"length":99999999999},"#, jpeg, small)),
        (false, Jpeg, Mmap, image(r#""mmap":{"path":7,"offset":0,"length":6},"#, jpeg, small)),
        // Lengths, counts and types that don't fit.
        (false, Raw, Inline, image(base64, raw, r#""width":1,"height":3"#)),
        (false, Raw, Mmap, image(mapped, raw, r#""width":3,"height":1"#)),
        (false, Jpeg, Inline, image(base64, jpeg, r#""width":0,"height":2"#)),
        (false, Jpeg, Inline, image(base64, jpeg, r#""width":100000,"height":100000"#)),
        (false, Jpeg, Inline, image(base64, jpeg, r#""width":4294967295,"height":4294967295"#)),
        (false, Jpeg, Inline, image(base64, jpeg, r#""width":1.5,"height":2"#)),
        (false, Jpeg, Inline, image(base64, "text/html", small)),
    ];
    for (good, format, transport, outcome) in rows {
        let checked = check(&evidence(format, transport), &outcome);
        assert_eq!(checked.is_ok(), good, "{format:?} {transport:?} {outcome}: {checked:?}");
    }
}

#[test]
fn data_of_another_command_is_refused() {
    let text = || Command::ExtractText(ExtractText::new("/a.pdf", 0));
    let tables = || Command::ParseTable(ParseTable::new("/a.pdf", 0));
    let sheet = || Command::ReadSheet(ReadSheet::new("/a.pdf", 0));
    let details = || Command::DocumentInfo(DocumentInfo::new("/a.pdf"));
    let convert = |format| Command::Convert(Convert { format, ..Convert::new("/a.pdf") });
    let find = |limit| Command::FindText(FindText::new("/a.pdf", "x").limit(limit));
    let rows = [
        (true, find(2u32), r#"{"matches":[{},{}],"truncated":false}"#),
        (false, find(1), r#"{"matches":[{},{}],"truncated":true}"#),
        (false, find(1), r#"{"matches":[]}"#),
        (true, text(), r#"{"text":"a\nb","lines":[{}]}"#),
        (false, text(), r#"{"text":7,"lines":[]}"#),
        (false, text(), r#"{"tables":[]}"#),
        (false, text(), "[]"),
        (true, tables(), r#"{"tables":[{"a":1}]}"#),
        (false, tables(), r#"{"tables":{"a":1}}"#),
        (true, sheet(), r#"{"kind":"drawing","title_block":{"bbox":[0,0,1,1]},"zones":[{}]}"#),
        (true, sheet(), r#"{"kind":"text","title_block":null,"zones":[]}"#),
        (false, sheet(), r#"{"kind":3,"title_block":null,"zones":[]}"#),
        (false, sheet(), r#"{"kind":"text","title_block":null,"zones":{}}"#),
        (true, details(), r#"{"page_count":3,"pages":[],"encrypted":false,"metadata":{"Title":"a"}}"#),
        (false, details(), r#"{"page_count":-3,"pages":[],"encrypted":false,"metadata":{}}"#),
        (false, details(), r#"{"page_count":1e99,"pages":[],"encrypted":false,"metadata":{}}"#),
        (true, convert(ConvertFormat::Markdown), r##"{"text":"# a"}"##),
        (false, convert(ConvertFormat::Markdown), r#"{"text":null}"#),
        (true, convert(ConvertFormat::Html), r#"{"text":"<p>a"}"#),
        (true, convert(ConvertFormat::Chunks), r#"{"chunks":[{"text":"a"}]}"#),
        (false, convert(ConvertFormat::Chunks), r#"{"text":"a"}"#),
        (false, convert(ConvertFormat::Doctags), r#"{"chunks":[]}"#),
        (true, convert(ConvertFormat::Docling), r#"{"schema_name":"DoclingDocument"}"#),
        (false, convert(ConvertFormat::Docling), r#""text""#),
        (true, Command::Ping(Ping {}), "{}"),
        (false, Command::Ping(Ping {}), "7"),
    ];
    for (good, command, data) in rows {
        let outcome = format!(r#""status":"success","data":{data}"#);
        let checked = check(&command, &outcome);
        assert_eq!(checked.is_ok(), good, "{} {data}: {checked:?}", command.name());
    }
}

#[test]
fn nesting_is_counted_outside_of_strings_only() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let rows = [
        (false, "{}".to_owned()),
        (false, deep(100)),
        (true, deep(101)),
        (true, format!(r#"{{"a":{}}}"#, deep(2_000_000))),
        (false, format!(r#"{{"a":"{}"}}"#, "[".repeat(1000))),
        (false, format!(r#"{{"a":"\"{}\\"}}"#, "{".repeat(1000))),
        (true, format!(r#"{{"a":"\\","b":{}}}"#, deep(200))),
        (false, "[[],[],[]]".repeat(1000)),
    ];
    for (exceeds, json) in rows {
        assert_eq!(depth_exceeds(json.as_bytes(), MAX_DEPTH), exceeds, "{json:.60}");
    }
}

#[test]
fn errors_that_only_the_supervisor_can_know_and_endless_ones_are_refused() {
    let rows = [
        (true, "pdf_corrupt", "broken".to_owned()),
        (true, "timeout", "too late".to_owned()),
        (false, "unavailable", "come back".to_owned()),
        (false, "quarantined", "no".to_owned()),
        (false, "overloaded", "no".to_owned()),
        (false, "cancelled", "no".to_owned()),
        (false, "pdf_corrupt", "x".repeat(70_000)),
    ];
    for (good, code, message) in rows {
        let outcome = format!(r#""status":"error","error":{{"code":"{code}","message":"{message}","details":{{}}}}"#);
        assert_eq!(check(&Command::Ping(Ping {}), &outcome).is_ok(), good, "{code}");
    }
}
