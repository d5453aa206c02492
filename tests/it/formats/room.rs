//! A page is small however large the log is, and what fills a log does not push the rest off it.

use std::fmt::Write as _;

use super::{documents, parsed, rendered};

/// A hundred thousand users in a year, and 2,000 attempts whose every text is long, new, and several bytes a character in HTML.
fn log() -> String {
    let mut log = String::new();
    for user in 0..100_000 {
        let (day, minute) = (1 + user % 28, user / 28 % 60);
        let month = 1 + user / 28 % 12;
        writeln!(
            log,
            "{{\"event\":\"auth.login\",\"timestamp\":\"2025-{month:02}-{day:02}T10:{minute:02}:00Z\",\"userId\":\"user-{user}\",\
             \"success\":true}}"
        )
        .unwrap();
    }
    for number in 0..2000 {
        let text = format!("{number} <script>{}", "\\\"&".repeat(100));
        for event in ["auth.login", "token.refresh", "otp.verification.detail"] {
            writeln!(
                log,
                "{{\"event\":\"{event}\",\"timestamp\":\"2025-01-15T10:30:00Z\",\"userId\":\"{text}\",\"email\":\"{text}\",\
                 \"success\":false,\"error\":\"{text}\",\"clientId\":\"{text}\",\"method\":\"{text}\",\"severity\":\"high\"}}"
            )
            .unwrap();
        }
    }
    log
}

#[test]
fn a_page_is_below_a_megabyte_and_only_tables_of_long_texts_end_early() {
    let page = rendered(&documents::of(log(), None), "html", 10);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    // There is more to say than there is room for, and the room is used.
    assert!(page.len() > 900_000, "{} bytes", page.len());
    assert!(page.contains("more, in every format for machines"));
    let grids = parsed::html(&page);
    let rows = |section: &str, name: &str| {
        let found = grids
            .iter()
            .find(|grid| grid.section == section && grid.name == name);
        found
            .unwrap_or_else(|| panic!("{section} {name}"))
            .rows
            .len()
    };
    assert_eq!(rows("peaks", "events"), 24);
    assert_eq!(rows("peaks", "by weekday"), 7);
    assert_eq!(rows("refreshes", "by hour"), 24);
    let reasons = rows("logins", "by reason");
    assert!((5..1000).contains(&reasons), "{reasons} reasons");
}
