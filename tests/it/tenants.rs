//! `--tenant`: an answer is what it would be if the log held nothing of others. Byte for byte, in every report and format.

use authmeter::render::FORMATS;
use authmeter::report::REPORTS;

use crate::harness::Scratch;

/// Events of a tenant, of which every report has something to tell.
const OWN: &[&str] = &[
    r#"{"event":"otp.sent","timestamp":"2025-01-15T10:00:00.000Z","email":"ana@example.com","success":true,"metadata":{"tenantId":"t1"}}"#,
    r#"{"event":"otp.verification","timestamp":"2025-01-15T10:00:20.000Z","email":"ana@example.com","success":true,"metadata":{"tenantId":"t1"}}"#,
    r#"{"event":"auth.login","timestamp":"2025-01-15T10:00:21.000Z","userId":"ana","email":"ana@example.com","success":true,"metadata":{"method":"otp","clientId":"web","ip":"203.0.113.9","tenantId":"t1"}}"#,
    r#"{"event":"auth.login","timestamp":"2025-01-15T10:05:00.000Z","userId":"bo","success":false,"error":"Account locked","metadata":{"clientId":"web","ip":"203.0.113.9","tenantId":"t1"}}"#,
    r#"{"event":"token.generated","timestamp":"2025-01-15T10:00:22.000Z","userId":"ana","metadata":{"tokenType":"refresh","tokenId":"rt-1","source":"otp","expiresIn":"30d","clientId":"web","tenantId":"t1"}}"#,
    r#"{"event":"token.refresh","timestamp":"2025-01-15T11:00:00.000Z","userId":"ana","success":true,"metadata":{"tokenId":"rt-1","clientId":"web","tenantId":"t1"}}"#,
    r#"{"action":"token.validation_failed","created_at":"2025-01-15T12:00:00Z","tenant_id":"t1","details":{"client_id":"web","error":"expired","ip_address":"203.0.113.9"}}"#,
    r#"{"tokenId":"api-1","endpoint":"/v1/reports","method":"GET","timestamp":"2025-01-15T13:00:00Z","responseStatus":200,"processingTime":12,"userId":"ana","tenantId":"t1"}"#,
    r#"{"event":"profile.updated","userId":"ana","metadata":{"tenantId":"t1"}}"#,
];

/// The same sorts of events of another tenant, earlier and later, and of nobody's: every text of theirs has `foreign`,
/// and so have lines that are no events.
fn others() -> Vec<String> {
    let mut others = Vec::new();
    for (tenant, year) in [
        ("t2", "2019"),
        ("t11", "2031"),
        ("T1", "2031"),
        ("", "2019"),
    ] {
        for line in OWN {
            let line = line
                .replace("\"t1\"", &format!("{tenant:?}"))
                .replace("2025-", &format!("{year}-"))
                .replace("203.0.113.9", "192.0.2.66");
            let mut line = line;
            for text in [
                "ana",
                "bo",
                "web",
                "rt-1",
                "api-1",
                "/v1/reports",
                "otp\"",
                "Account locked",
                "expired\"",
                "profile.updated",
            ] {
                line = line.replace(text, &format!("foreign-{text}"));
            }
            // The kinds themselves stay what they are.
            others.push(line.replace("\"foreign-otp\"", "\"foreign\""));
        }
    }
    others
}

const BAD: [&str; 3] = [
    r#"{"event":"foreign-torn"#,
    r#"["foreign-list"]"#,
    "\u{0}foreign noise",
];

/// The own lines, each among others.
fn mixed(bad: bool) -> String {
    let others = others();
    let mut log = String::new();
    for (index, own) in OWN.iter().enumerate() {
        for other in others.iter().skip(index).step_by(OWN.len()) {
            log.push_str(other);
            log.push('\n');
        }
        log.push_str(own);
        log.push('\n');
        if bad {
            log.push_str(BAD[index % BAD.len()]);
            log.push('\n');
        }
    }
    log
}

#[test]
fn no_report_in_any_format_tells_of_another_tenant() {
    let (alone, among, with_bad) = (Scratch::new(), Scratch::new(), Scratch::new());
    alone.write("log", OWN.join("\n") + "\n");
    among.write("log", mixed(false));
    with_bad.write("log", mixed(true));
    let reports = REPORTS.iter().map(|report| report.info.name);
    let mut compared = 0;
    for report in reports.chain(["report"]) {
        for format in FORMATS {
            let mut words = vec![
                report,
                "--tenant",
                "t1",
                "--format",
                format.name,
                "--as-of",
                "2025-01-20",
                "log",
            ];
            if report == "explain" {
                words.extend(["--user", "ana"]);
            }
            let expected = alone.run(&words);
            let found = among.run(&words);
            found.exit(0).expect(
                found.stdout() == expected.exit(0).stdout()
                    && found.stderr_text() == expected.stderr_text(),
                &format!(
                    "it differs from the log without others:\n{}",
                    expected.show()
                ),
            );
            let bad = with_bad.run(&words);
            bad.exit(0).expect(
                bad.stdout() == expected.stdout(),
                "lines that are no events change nothing",
            );
            bad.expect(
                bad.stderr_text() == "authmeter: warning: there are lines that are no events; they belong to nobody and are not told of here\n",
                "and are said to be there, and nothing more",
            );
            let text = String::from_utf8_lossy(bad.stdout()).into_owned();
            for planted in ["foreign", "192.0.2.66", "2019", "2031", "t11"] {
                bad.expect(!text.contains(planted), planted);
            }
            compared += 1;
        }
    }
    assert!(compared >= 14 * 8, "{compared}");
}

#[test]
fn the_lines_of_a_tenant_are_its_own() {
    let scratch = Scratch::new();
    scratch.write("log", mixed(true));
    let ended = scratch.run(&["events", "--tenant", "t1", "log"]);
    assert_eq!(ended.exit(0).text().lines().collect::<Vec<_>>(), OWN);
    let strict = scratch.run(&["events", "--tenant", "t1", "--strict", "log"]);
    strict.exit(3).expect(
        !strict.stderr_text().contains("foreign"),
        "not even in an error",
    );
    let several = scratch.run(&["events", "--tenant", "t2", "--tenant", "t11", "log"]);
    let lines = several.exit(0).text();
    assert_eq!(lines.lines().count(), 2 * OWN.len());
    assert!(lines.contains("foreign-ana") && !lines.contains("\"t1\""));
}

#[test]
fn a_tenant_without_events_learns_nothing_of_the_log() {
    let (full, empty) = (Scratch::new(), Scratch::new());
    full.write("log", mixed(false));
    empty.write("log", "");
    for format in FORMATS {
        let words = ["report", "--tenant", "t9", "--format", format.name, "log"];
        let (found, expected) = (full.run(&words), empty.run(&words));
        found.exit(0).expect(
            found.stdout() == expected.exit(0).stdout()
                && found.stderr_text() == expected.stderr_text(),
            "as if there were no lines",
        );
    }
    // A window says what the tenant's own events are, and no others.
    let ended = full.run(&["report", "--tenant", "t1", "--from", "2030", "log"]);
    ended
        .exit(0)
        .says("from 2025-01-15T10:00:00.000Z to 2025-01-15T13:00:00.000Z");
}
