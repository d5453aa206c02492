//! Texts that would harm whoever shows them: terminals, spreadsheets, pages, wikis, scrapers.

use std::fmt::Write as _;
use std::sync::LazyLock;

use authmeter::document::Document;
use authmeter::event::is_unsafe;
use authmeter::render::FORMATS;

use super::{documents, parsed, rendered};
use crate::harness::Scratch;

const TEXTS: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred\u{7}",
    "\u{9b}2J\u{202e}gnp.exe\u{2066}\u{200f}",
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' onfocus='x' & &amp; &lt;",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "\t=1",
    "\r=1",
    "-",
    "a|b||c|",
    "\\",
    "\\|",
    "a\\\\|b",
    "|---|",
    "`",
    "``",
    "`a`",
    "` `",
    " a ",
    "a`b``c```d",
    "[x](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "<https://example.com>",
    "https://example.com www.example.com a@example.com @user #1 :smile: $x$",
    "# heading",
    "* * *",
    "&#106;avascript",
    "<!-- ",
    "{{7*7}}",
    "nul\0nul",
    "line\nend\r\nand\u{2028}another\u{85}\u{b}\u{c}",
    "a\"b\"",
    "\"",
    "a,b;c\td",
    "\\n",
    "\\u{1b}",
    "}\" 1\nauthmeter_logins 999",
    "# EOF",
    "NaN",
    "true",
    "\u{feff}bom",
    "e\u{301}\u{1f600}漢字",
    "\u{ffff}\u{10ffff}",
];

/// A log whose clients, reasons, methods, users and names of events are these, and one reason and client of a MiB.
fn log() -> String {
    let mut log = String::new();
    let mut write = |event: &str, text: &str| {
        writeln!(
            log,
            "{{\"event\":{event},\"timestamp\":\"2025-01-15T10:30:00Z\",\"userId\":{text},\"email\":{text},\"success\":false,\
             \"error\":{text},\"clientId\":{text},\"method\":{text},\"ip\":{text},\"userAgent\":{text},\"severity\":{text}}}"
        )
        .unwrap();
    };
    for text in TEXTS {
        let text = serde_json::to_string(text).unwrap();
        for event in [
            "\"auth.login\"",
            "\"token.refresh\"",
            "\"otp.verification.detail\"",
            &text,
        ] {
            write(event, &text);
        }
    }
    let long = "é|`<\u{1b}\"".repeat((1 << 20) / 8);
    write("\"auth.login\"", &serde_json::to_string(&long).unwrap());
    log
}

pub(super) fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| documents::of(log(), None));
    &DOCUMENT
}

#[test]
fn nothing_that_drives_or_deceives_a_terminal_is_in_any_format() {
    let document = document();
    for format in FORMATS {
        let text = rendered(document, format.name, usize::MAX);
        let between = if format.name == "tsv" { '\t' } else { '\n' };
        let harmful = text
            .chars()
            .find(|c| is_unsafe(*c) && *c != '\n' && *c != between);
        assert_eq!(harmful, None, "in {}", format.name);
    }
}

#[test]
fn formats_for_people_cut_a_megabyte_and_formats_for_machines_do_not() {
    let document = document();
    for format in FORMATS {
        let text = rendered(document, format.name, usize::MAX);
        let for_people = ["table", "markdown", "html"].contains(&format.name);
        assert_eq!(
            for_people,
            text.len() < 1 << 20,
            "{}: {}",
            format.name,
            text.len()
        );
    }
}

#[test]
fn no_cell_is_a_formula() {
    let csv = rendered(document(), "csv", 1);
    let mut cells = 0;
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        for cell in &record.unwrap() {
            let sign = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
            assert!(!sign || cell.len() == 1, "{cell:?}");
            cells += 1;
        }
    }
    assert!(cells > 1000);
    // A record is a line, whatever the texts are.
    assert!(csv.lines().all(|line| {
        line.split(',')
            .next()
            .unwrap()
            .chars()
            .all(|c| c.is_ascii_lowercase())
    }));
}

#[test]
fn every_text_is_a_text_on_the_page_and_in_the_wiki() {
    let document = document();
    let page = parsed::html(&rendered(document, "html", 5));
    let wiki = parsed::markdown(&rendered(document, "markdown", usize::MAX));
    for (grids, section) in [(page, "logins"), (wiki, "Logins")] {
        let by_reason = |grid: &&parsed::Grid| grid.section == section && grid.name == "by reason";
        let grid = grids.iter().find(by_reason).unwrap();
        for text in TEXTS {
            let spelled = authmeter::event::Visible(text).to_string();
            let found = grid.rows.iter().any(|row| row[0] == spelled);
            // A pipe behind a backslash is spelled out: programs differ over what that means.
            let spelled = spelled.replace("\\|", "\\\\u{7c}");
            assert!(
                found || grid.rows.iter().any(|row| row[0] == spelled),
                "{text:?}"
            );
        }
    }
}

#[test]
fn selections_are_as_harmless_as_whole_documents() {
    let scratch = Scratch::new();
    scratch.write("log", log());
    for format in FORMATS {
        let get = [
            "--get",
            "logins.by_client",
            "--get",
            "failures.by_reason",
            "--get",
            "logins.success_rate",
        ];
        let args = [&["report", "--format", format.name][..], &get, &["log"]].concat();
        let ended = scratch.run(&args);
        let text = ended.exit(0).text();
        let between = if format.name == "tsv" { '\t' } else { '\n' };
        let harmful = text
            .chars()
            .find(|c| is_unsafe(*c) && *c != '\n' && *c != between);
        assert_eq!(harmful, None, "in {}", format.name);
        match format.name {
            "html" => drop(parsed::html(text)),
            "prometheus" => drop(parsed::metrics(text)),
            _ => {}
        }
    }
}
