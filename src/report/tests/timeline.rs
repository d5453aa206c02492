//! The timeline's widths and buckets.

use super::*;

fn buckets(times: &[i64], every: Option<Every>) -> Section {
    let samples: Vec<Sample> = times
        .iter()
        .map(|seconds| Sample {
            kind: Kind::Login,
            outcome: Outcome::Success,
            time: Timestamp::new(*seconds, 0),
            subject: Some("u"),
            fields: Vec::new(),
        })
        .collect();
    let report = REPORTS
        .iter()
        .find(|report| report.info.name == "timeline")
        .unwrap();
    let options = Options {
        every,
        ..Options::default()
    };
    observed(report, &options, &samples).finish(&context(&samples))
}

fn every(section: &Section) -> String {
    format!("{:?}", section.facts[0].value)
}

#[test]
fn the_width_follows_the_window() {
    const DAY: i64 = 86_400;
    for (last, expected, rows) in [
        (0, "1m", 1),
        (59 * 60, "1m", 60),
        (60 * 60, "5m", 13),
        (5 * 3600, "15m", 21),
        (2 * DAY, "1h", 49),
        (59 * DAY, "1d", 60),
        (60 * DAY, "1w", 10),
        (419 * DAY, "1w", 61),
        (420 * DAY, "1mo", 14),
    ] {
        let section = buckets(&[0, last], None);
        assert!(
            every(&section).contains(&format!("{expected:?}")),
            "{last}: {}",
            every(&section)
        );
        assert_eq!(section.tables[0].rows.len(), rows, "{last}");
    }
}

#[test]
fn a_state_that_names_a_subject_it_does_not_have_is_refused() {
    let report = REPORTS
        .iter()
        .find(|report| report.info.name == "timeline")
        .unwrap();
    let state = |member| {
        format!(
            r#"{{"chosen":null,"zone":"UTC","width":"Minute","range":[0,0],"subjects":["u"],"names":{{}},
            "buckets":[[0,[1,1,0,0,0],{{"Exact":[{member}]}}]]}}"#
        )
    };
    assert!(report.load(&state(0)).is_ok());
    assert!(report.load(&state(1)).is_err());
    assert!(report.load("{}").is_err());
}

#[test]
fn empty_buckets_are_rows_until_there_are_too_many() {
    let section = buckets(&[0, 9_999 * 60], Some(Every::Minute));
    assert_eq!(
        (section.tables[0].rows.len(), &section.facts[1].value),
        (10_000, &Value::Count(0))
    );
    let section = buckets(&[0, 10_000 * 60], Some(Every::Minute));
    assert_eq!(
        (section.tables[0].rows.len(), &section.facts[1].value),
        (2, &Value::Count(9_999))
    );
}

use crate::document::Value;
