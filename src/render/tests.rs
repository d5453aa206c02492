//! Values that no report of a small log has.

use super::*;
use crate::document::{Section, Value};

/// A document with two estimates among its facts, and one in a table.
fn document() -> Document {
    let about = Value::About {
        value: 1_204_000,
        permille: 16,
    };
    let rows = [vec![Value::text(Some("web")), about.clone()]];
    Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input"),
        reports: vec![
            Section::new("logins", "Logins")
                .fact("users", about)
                .fact("per_user", Value::about_mean(2_408_000, 1_204_000, 16))
                .ranking("by_client", &["client", "users"], rows),
        ],
    }
}

const STYLE: Style = Style {
    width: 80,
    rows: 10,
    look: Look::PLAIN,
};

fn printed(format: &str) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    let mut out = Vec::new();
    (format.document)(&document(), &STYLE, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_estimate_is_never_taken_for_a_count() {
    let table = printed("table");
    assert_eq!(table.matches("≈ 1,204,000 ± 1.6 %").count(), 2, "{table}");
    assert!(
        table.contains("≈ 2.00 ± 1.7 %  2,408,000 for ≈ 1,204,000"),
        "{table}"
    );
    let json: serde_json::Value = serde_json::from_str(&printed("json")).unwrap();
    let expected = serde_json::json!({"value": 1_204_000, "exact": false, "error": 0.016});
    assert_eq!(json["reports"]["logins"]["users"], expected);
    assert_eq!(json["reports"]["logins"]["by_client"][0]["users"], expected);
    let mean = serde_json::json!(
        {"part": 2_408_000, "whole": 1_204_000, "rate": 2, "exact": false, "error": 0.017}
    );
    assert_eq!(json["reports"]["logins"]["per_user"], mean);
    let csv = printed("csv");
    for line in [
        "logins,,,users,1204000",
        "logins,,,users.value,1204000",
        "logins,,,users.exact,false",
        "logins,,,users.error,0.016",
        "logins,by_client,1,users.error,0.016",
        "logins,,,per_user,2",
        "logins,,,per_user.exact,false",
        "logins,,,per_user.error,0.017",
    ] {
        assert!(csv.lines().any(|known| known == line), "{line} in {csv}");
    }
}

#[test]
fn an_estimate_and_its_parts_are_found_by_name() {
    for (name, word) in [
        ("logins.users", "1204000"),
        ("logins.users.value", "1204000"),
        ("logins.users.exact", "false"),
        ("logins.users.error", "0.016"),
        ("logins.per_user", "2"),
        ("logins.per_user.whole", "1204000"),
        ("logins.per_user.exact", "false"),
    ] {
        let document = document();
        let Some(Selected::Value(value)) = select(&document, name) else {
            panic!("no {name}");
        };
        assert_eq!(plain::word(&value), word, "{name}");
    }
}

#[test]
fn one_table_has_a_column_for_each_part_of_an_estimate() {
    let mut out = Vec::new();
    let document = document();
    let table = select(&document, "logins.by_client").unwrap();
    csv::selection(&[("logins.by_client", table)], &STYLE, &mut out).unwrap();
    let expected =
        "client,users,users.value,users.exact,users.error\nweb,1204000,1204000,false,0.016\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
