//! The `tach` command as a person uses it: real processes, real documents, exit codes, and what is printed where.

mod common;

use common::{folder, sheet, tach, tach_fed};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn crop_writes_the_picture_that_its_arguments_name() {
    let (_keep, folder) = folder();
    let said = tach(&folder, &["crop", "bản vẽ.pdf", "--bbox", "50,50,72,36", "--dpi", "100"]).succeeded();
    let name = said.split("  ").next().expect("a name").trim();
    assert!(said.contains("100 × 50 px"), "{said}");
    let picture = std::fs::read(folder.join(name)).expect("the picture that it names");
    assert_eq!(picture[..3], [0xFF, 0xD8, 0xFF], "a JPEG");

    let arguments = ["crop", "bản vẽ.pdf", "--bbox", "50,50,72,36", "-o", "evidence.png", "--json"];
    let told: Value = serde_json::from_str(&tach(&folder, &arguments).succeeded()).expect("JSON");
    assert_eq!((&told["width"], &told["height"]), (&150.into(), &75.into()));
    let picture = std::fs::read(folder.join("evidence.png")).expect("the picture");
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn mistakes_are_told_in_the_words_of_the_command_line() {
    let (_keep, folder) = folder();
    std::fs::write(folder.join("broken.pdf"), "%PDF-1.4\nnothing").expect("a file");
    let crop = |file, rest: &[&str]| tach(&folder, &[&["crop", file, "--bbox", "50,50,72,36"], rest].concat());
    for (run, code, words) in [
        (crop("missing.pdf", &[]), 1, "missing.pdf"),
        (crop("broken.pdf", &[]), 1, "pdf_corrupt"),
        (crop("bản vẽ.pdf", &["--page", "7"]), 1, "there is no page 7: the document has 1"),
        (crop("bản vẽ.pdf", &["--page", "0"]), 2, "--page"),
        (crop("bản vẽ.pdf", &["--dpi", "5000"]), 1, "dpi"),
        (crop("bản vẽ.pdf", &["-o", "no such folder/a.png"]), 5, "no such folder"),
        (tach(&folder, &["crop", "bản vẽ.pdf", "--bbox", "1,2,3"]), 2, "X,Y,WIDTH,HEIGHT"),
        (tach(&folder, &["info", "bản vẽ.pdf", "--python", "nowhere"]), 3, "nowhere"),
    ] {
        let said = run.failed_with(code);
        assert!(said.contains(words), "{words}: {said}");
    }
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").file_name()).collect();
    files.retain(|name| name != "state" && name != "cache");
    files.sort();
    assert_eq!(files, ["broken.pdf", "bản vẽ.pdf"], "no half-written picture stays behind");
}

#[test]
fn info_text_table_and_convert_read_the_sample() {
    let (_keep, folder) = folder();
    let sheet = sheet();
    let sheet = sheet.to_str().expect("Unicode");
    let info: Value = serde_json::from_str(&tach(&folder, &["info", sheet, "--json"]).succeeded()).expect("JSON");
    assert_eq!(info["page_count"], 2);

    let text = tach(&folder, &["text", sheet, "--bbox", "752,600,412,216"]).succeeded();
    assert!(text.contains("TRẠM BƠM CẤP NƯỚC"), "{text}");

    let schedule = |format| ["table", sheet, "--page", "2", "--bbox", "700,60,460,250", "--format", format];
    let csv = tach(&folder, &schedule("csv")).succeeded();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 7, "{csv}");
    assert_eq!((rows[1], rows[6]), ("①,12,2060,26,\"53,56\",\"47,6\"", "CỘNG,,,,,\"190,0\""));
    let tables: Value = serde_json::from_str(&tach(&folder, &schedule("json")).succeeded()).expect("JSON");
    assert_eq!((&tables[0]["data"]["num_rows"], &tables[0]["data"]["num_cols"]), (&7.into(), &6.into()));

    let path = tach(&folder, &["convert", sheet, "--pages", "2", "--to", "markdown", "-o", "sheet.md"]).succeeded();
    assert_eq!(path.trim(), "sheet.md");
    let markdown = std::fs::read_to_string(folder.join("sheet.md")).expect("the result");
    assert!(markdown.chars().count() > 200, "{markdown}");
    let document = tach(&folder, &["convert", sheet, "--pages", "1", "--to", "json"]).succeeded();
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(document["schema_name"], "DoclingDocument");
}

#[test]
fn table_writes_a_workbook_with_numbers_and_spans() {
    let (_keep, folder) = folder();
    let sheet = sheet();
    let sheet = sheet.to_str().expect("Unicode");
    tach(&folder, &["table", sheet, "--all", "-o", "tables.xlsx"]).succeeded();
    let file = std::fs::File::open(folder.join("tables.xlsx")).expect("the workbook");
    let mut book = zip::ZipArchive::new(file).expect("an archive");
    let mut part = |name: &str| std::io::read_to_string(book.by_name(name).expect("a part")).expect("its text");
    let names = part("xl/workbook.xml");
    assert!(names.contains("name=\"p1 t1\"") && names.contains("name=\"p2 t1\""), "{names}");
    let sheets: String =
        (1..=names.matches("<sheet ").count()).map(|n| part(&format!("xl/worksheets/sheet{n}.xml"))).collect();
    assert!(sheets.contains("<v>2060</v>") && sheets.contains("<v>53.56</v>"), "numbers are numbers");
    assert!(sheets.contains("<mergeCell "), "spans are kept");
    let said = tach(&folder, &["table", sheet, "--all", "--format", "xlsx"]).failed_with(2);
    assert!(said.contains("-o tables.xlsx"), "{said}");
}

#[test]
fn sheets_lists_the_sample() {
    let (_keep, folder) = folder();
    let sheet = sheet();
    let sheet = sheet.to_str().expect("Unicode");
    let list: Value = serde_json::from_str(&tach(&folder, &["sheets", sheet, "--json"]).succeeded()).expect("JSON");
    let numbers: Vec<_> = list["sheets"].as_array().expect("a list").iter().map(|row| row["number"].clone()).collect();
    assert_eq!(numbers, ["KT-A-101", "KT-S-201"]);
    assert_eq!(list["sheets"][1]["scale"], "1 : 15");
    let csv = tach(&folder, &["sheets", sheet, "--pages", "2", "--csv"]).succeeded();
    assert!(csv.lines().nth(1).is_some_and(|row| row.starts_with("2,KT-S-201,")), "{csv}");
}

#[test]
fn convert_goes_on_after_a_document_that_fails() {
    let (_keep, folder) = folder();
    std::fs::create_dir(folder.join("inbox")).expect("a folder");
    std::fs::copy(sheet(), folder.join("inbox/sheet.pdf")).expect("a copy");
    std::fs::write(folder.join("inbox/broken.pdf"), "%PDF-1.4\nnothing").expect("a file");
    std::fs::write(folder.join("note.md"), "# Head\n\nSome words.\n").expect("a file");
    let arguments = ["convert", "inbox", "note.md", "--to", "html", "-o", "out", "--workers", "2"];
    let run = tach(&folder, &arguments);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("broken.pdf: pdf_corrupt"), "{}", run.stderr);
    assert!(run.stderr.contains("3 documents: 2 converted, 1 failed"), "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    let note = std::fs::read_to_string(folder.join("out/note.html")).expect("the note");
    assert!(note.contains("<p>Some words.</p>"), "{note}");
    assert!(std::fs::read_to_string(folder.join("out/sheet.html")).expect("the sheet").contains("<table>"));
    assert!(!folder.join("out/broken.html").exists());

    let said = tach(&folder, &["convert", "inbox", "note.md"]).failed_with(2);
    assert!(said.contains("-o FOLDER"), "{said}");
    let said = tach(&folder, &["convert", "note.md", "-o", "note.md"]).failed_with(2);
    assert!(said.contains("overwritten"), "{said}");
}

#[test]
fn chunks_are_cut_out_by_their_boxes() {
    let (_keep, folder) = folder();
    let sheet = sheet();
    let sheet = sheet.to_str().expect("Unicode");
    let said = tach(&folder, &["convert", sheet, "--pages", "2", "--to", "chunks"]).succeeded();
    let chunks: Value = serde_json::from_str(&said).expect("JSON");
    let chunk = &chunks["chunks"][0];
    assert_eq!(chunk["page_index"], 1);
    let bbox: Vec<String> =
        chunk["bbox"].as_array().expect("a box").iter().map(std::string::ToString::to_string).collect();
    let text = tach(&folder, &["text", sheet, "--page", "2", "--bbox", &bbox.join(",")]).succeeded();
    let first = chunk["text"].as_str().expect("text").split([' ', ',']).next().expect("a word");
    assert!(text.contains(first), "{first}: {text}");
}

#[test]
fn batch_answers_every_line_once() {
    let (_keep, folder) = folder();
    let file = folder.join("bản vẽ.pdf");
    let crop = |id: &str, page: u32| {
        let payload = serde_json::json!({"file_path": file, "page_index": page, "bbox": [50, 50, 72, 36]});
        serde_json::json!({"id": id, "cmd": "extract_evidence", "payload": payload}).to_string()
    };
    let input = [crop("a", 0), "no request".to_owned(), crop("b", 9), crop("c", 0)].join("\n");
    let run = tach_fed(&folder, &["batch", "--workers", "2"], &input);
    assert!(run.stderr.contains("4 answered: 2 success"), "{}", run.stderr);
    let mut answers: Vec<_> = run
        .succeeded()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|reply| {
            let code = reply["error"]["code"].as_str().unwrap_or("success").to_owned();
            (reply["req_id"].as_str().unwrap_or("null").to_owned(), code)
        })
        .collect();
    answers.sort();
    let expected = [("a", "success"), ("b", "page_out_of_range"), ("c", "success"), ("null", "invalid_json")];
    assert_eq!(answers, expected.map(|(id, code)| (id.to_owned(), code.to_owned())));
}

#[test]
fn worker_speaks_the_protocol_on_its_own_streams() {
    let (_keep, folder) = folder();
    let said = tach_fed(&folder, &["worker"], "{\"id\":\"1\",\"cmd\":\"ping\"}\n").succeeded();
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines[0]["event"], "ready");
    assert_eq!((&lines[1]["req_id"], &lines[1]["status"]), (&"1".into(), &"success".into()));
    assert_eq!(lines[2]["reason"], "stdin_closed");
}

#[test]
fn doctor_finds_everything_and_says_what_is_missing() {
    let (_keep, folder) = folder();
    let said = tach(&folder, &["doctor"]).succeeded();
    for part in ["environment", "python", "shim", "worker", "docling", "vi, zh"] {
        assert!(said.lines().any(|line| line.starts_with("ok") && line.contains(part)), "{part}: {said}");
    }
    let run = tach(&folder, &["doctor", "--python", "nowhere"]);
    assert_eq!(run.code, 3);
    assert!(format!("{}{}", run.stdout, run.stderr).contains("nowhere"));
}

#[test]
fn doctor_names_a_variable_that_cannot_be_read() {
    let (_keep, folder) = folder();
    for (name, value) in [("TACH_WORKER_RAM_LIMIT_MB", "2G"), ("TACH_WORKER_TIMEOUT_MS", "five")] {
        let output = Command::new(env!("CARGO_BIN_EXE_tach"))
            .arg("doctor")
            .env(name, value)
            .env("XDG_STATE_HOME", folder.join("state"))
            .output()
            .expect("tach runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(name) && said.contains(value), "{said}");
    }
}

/// A parent that ignores SIGCHLD hands that on; how a worker ended must be known all the same.
#[cfg(unix)]
#[test]
fn a_parent_that_ignores_sigchld_changes_nothing() {
    let (_keep, folder) = folder();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' CHLD; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tach"), "info", "bản vẽ.pdf"]);
    let output = command.current_dir(&folder).env("XDG_STATE_HOME", folder.join("state")).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn help_of_every_command_tells_what_it_is_for() {
    let (_keep, folder) = folder();
    let help = tach(&folder, &["--help"]).succeeded();
    for command in ["crop", "info", "table", "text", "find", "convert", "batch", "worker", "status", "doctor"] {
        assert!(help.contains(command), "{command}");
        let own = tach(&folder, &[command, "--help"]).succeeded();
        assert!(own.contains("Usage: tach") && own.contains("Options of the worker"), "{own}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_links_and_devices_stay_what_they_are() {
    let (_kept, folder) = folder();
    let sheet = sheet();
    let crop = |output: &Path| {
        tach(
            &folder,
            &[
                "crop".as_ref(),
                sheet.as_os_str(),
                "--page=1".as_ref(),
                "--bbox=50,50,100,60".as_ref(),
                "-o".as_ref(),
                output.as_os_str(),
            ],
        )
    };
    // First, so that a break is seen before the system's own device is within reach.
    let pipe = folder.join("pipe.jpg");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe)
    });
    crop(&pipe).succeeded();
    assert!(!pipe.metadata().expect("it is there").is_file(), "the pipe stays a pipe");
    assert_eq!(reader.join().expect("no panic").expect("the picture")[..2], [0xFF, 0xD8]);

    let full = folder.join("full.png");
    std::os::unix::fs::symlink("/dev/full", &full).expect("a link");
    let told = crop(&full).failed_with(5);
    assert!(told.contains("No space left on device") && told.contains("full.png"), "{told}");
    assert!(full.is_symlink());
    assert!(!Path::new("/dev/full").is_file());

    let target = folder.join("target.jpg");
    std::fs::write(&target, "older").expect("a file");
    let link = folder.join("link.jpg");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    crop(&link).succeeded();
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&target).expect("the picture")[..2], [0xFF, 0xD8]);

    let run = Command::new(env!("CARGO_BIN_EXE_tach"))
        .args(["text".as_ref(), sheet.as_os_str(), "--page=1".as_ref()])
        .current_dir(&folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .stdin(Stdio::null())
        .stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device"))
        .output()
        .expect("tach ends");
    assert_eq!(run.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&run.stderr).contains("cannot write to stdout"));
}

#[test]
fn find_names_places_and_cuts_their_pictures_and_answers_again_from_what_was_kept() {
    let (_keep, folder) = folder();
    let sheet = sheet();
    let sheet = sheet.to_str().expect("Unicode");
    let arguments = ["find", sheet, "trạm bơm", "--json", "--crops", "hits", "--workers", "2"];
    let first = tach(&folder, &arguments).succeeded();
    let found: Value = serde_json::from_str(&first).expect("JSON");
    let places = found["matches"].as_array().expect("matches");
    assert!(!places.is_empty(), "{found}");
    for place in places {
        assert_eq!(place["text"].as_str().expect("a text").to_lowercase(), "trạm bơm");
        let picture = std::fs::read(folder.join(place["crop"].as_str().expect("a path"))).expect("the picture");
        assert_eq!(picture[..3], [0xFF, 0xD8, 0xFF], "a JPEG");
    }
    let kept = folder.join(if cfg!(windows) { "cache/tach/cache/text" } else { "cache/tach/text" });
    assert_eq!(std::fs::read_dir(&kept).expect("what was kept").count(), 1);
    assert_eq!(tach(&folder, &arguments).succeeded(), first);

    let run = tach(&folder, &["find", sheet, "no such words", "--no-cache"]);
    assert!(run.stderr.contains("the text was not found"), "{}", run.stderr);
    assert_eq!(run.succeeded(), "");
    let listed = tach(&folder, &["find", sheet, "trạm bơm", "--limit", "1"]);
    assert!(listed.stderr.contains("there may be more"), "{}", listed.stderr);
    assert!(listed.succeeded().starts_with("page 1"));
    tach(&folder, &["find", sheet, "x", "--pages", "2-9"]).failed_with(1);
}
