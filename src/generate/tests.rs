use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::*;

mod naive;

fn hostile(events: u64, seed: u64) -> Settings {
    Settings {
        shape: Shape::Hostile,
        ..Settings::new(events, seed)
    }
}

fn written(settings: &Settings) -> (Vec<u8>, Truth) {
    let mut bytes = Vec::new();
    let truth = write(settings, &mut bytes).unwrap();
    (bytes, truth)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.split(|&byte| byte == b'\n')
}

/// FNV-1a, 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for settings in [Settings::new(3_000, 1), hostile(3_000, 1)] {
        let (first, truth) = written(&settings);
        assert_eq!((first.clone(), truth), written(&settings));
        let other = Settings {
            seed: 2,
            ..settings
        };
        assert_ne!(first, written(&other).0);
    }
}

/// The stream is a contract: a changed one makes published figures incomparable. If a change is meant, say so in the
/// README's changes and put the new values here.
#[test]
fn the_stream_of_a_seed_never_changes() {
    let first = |settings: &Settings| {
        let (bytes, _) = written(settings);
        let end = lines(&bytes).take(1_000).map(|line| line.len() + 1).sum();
        hash(&bytes[..end])
    };
    assert_eq!(
        (first(&Settings::new(1_000, 42)), first(&hostile(1_500, 42))),
        (1734783242499040613, 12355747622571845087)
    );
}

#[test]
fn there_are_exactly_as_many_events_as_asked_for() {
    for events in [0, 1, 2, 7, 100, 1_234] {
        let plain = Settings::new(events, events);
        let crowded = Settings {
            users: 1,
            clients: 1,
            span: Duration::from_millis(1),
            ..plain.clone()
        };
        for settings in [plain, crowded, hostile(events, 3)] {
            let (bytes, truth) = written(&settings);
            assert_eq!(truth.events, events, "{settings:?}");
            assert_eq!(truth.bytes, bytes.len() as u64);
            if settings.shape == Shape::Plain {
                assert_eq!(truth.lines, events);
            }
        }
    }
}

#[test]
fn plain_times_never_decrease_and_lie_inside_the_span() {
    for (events, seconds) in [(20_000, 3_600), (5_000, 86_400), (5_000, 400 * 86_400)] {
        let settings = Settings {
            start: Timestamp::parse("2024-02-28T23:59:30.500Z").unwrap(),
            span: Duration::from_secs(seconds),
            ..Settings::new(events, 9)
        };
        let mut before = settings.start;
        let (bytes, _) = written(&settings);
        for line in lines(&bytes) {
            let line: serde_json::Value = serde_json::from_slice(line).unwrap();
            let time = Timestamp::parse(line["timestamp"].as_str().unwrap()).unwrap();
            assert!(time >= before, "{time} after {before}");
            before = time;
        }
        let lasted = before.nanos_since(settings.start);
        let span = settings.span.as_nanos() as i128;
        assert!(
            lasted < span && lasted > span * 8 / 10,
            "{lasted} of {span}"
        );
    }
}

#[test]
fn a_plain_line_is_the_writers() {
    let order = [
        "event",
        "timestamp",
        "userId",
        "email",
        "success",
        "error",
        "metadata",
    ];
    let (bytes, truth) = written(&Settings::new(5_000, 4));
    for line in lines(&bytes) {
        let value: serde_json::Value = serde_json::from_slice(line).unwrap();
        let text = std::str::from_utf8(line).unwrap();
        let top = &text[..text.find(",\"metadata\":").unwrap_or(text.len())];
        let places: Vec<_> = order
            .iter()
            .filter(|key| value.get(key).is_some())
            .map(|key| text.find(&format!("\"{key}\":")).unwrap())
            .collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(value.as_object().unwrap().len(), places.len(), "{text}");
        assert!(!top.contains(' ') || top.contains("\"error\":"), "{text}");
    }
    let mean = truth.bytes / truth.lines;
    assert!((165..=195).contains(&mean), "{mean} bytes per line");
}

#[test]
fn counted_names_always_carry_their_success() {
    let (bytes, _) = written(&hostile(5_000, 5));
    let mut seen = 0;
    for line in lines(&bytes) {
        if let naive::Line::Event(event) = naive::read(line)
            && let Some(name) = event.text("event")
            && (name.starts_with("otp.")
                || ["auth.login", "token.generated", "token.refresh"].contains(&&*name))
        {
            assert!(event.boolean("success").is_some());
            seen += 1;
        }
    }
    assert!(seen > 4_000);
}

#[test]
fn the_truth_is_what_a_naive_reader_counts() {
    for seed in 1..=4 {
        for settings in [Settings::new(6_000, seed), hostile(6_000, seed)] {
            let (bytes, truth) = written(&settings);
            assert_eq!(naive::count(&bytes), truth, "{settings:?}");
        }
    }
}

#[test]
fn a_log_has_the_life_it_promises() {
    let (_, truth) = written(&Settings::new(50_000, 6));
    assert_eq!(truth.kinds.len(), vocabulary::Name::ALL.len());
    assert_eq!(truth.logins.by_client.len(), 10);
    assert_eq!(truth.failures.otp_by_reason.len(), 4);
    let rate = truth.logins.success_rate;
    assert!(
        (88..96).contains(&(rate.part * 100 / rate.whole)),
        "{rate:?}"
    );
    assert!(truth.refreshes.total > truth.logins.total);
    assert_eq!(
        truth.kinds["otp.verification.detail"],
        truth.failures.by_reason["otp.verification"]["Invalid or expired code"]
    );
}

/// What a hostile log must hold, each told by what stands in some line.
#[test]
fn every_oddity_occurs_early() {
    let needed: &[&str] = &[
        r"v\u0065nt",
        r"\/",
        r"\ud83d\ude00",
        "1e400",
        "-0.0",
        "1E-7",
        "123456789012345678901234567890",
        ":null",
        ":\"\"",
        "kullanıcı-",
        "\t",
        "} trailing",
        "}{\"event\"",
        "},",
        "}]",
        "\n42\n",
        "\n[1,2,3]\n",
        "\nnull\n",
        "\"a line of text\"",
        "{'event'",
        "%PDF",
        r"half \u",
        "{\"n\":[{\"n\":[{\"n\":",
        "[[[[[[[[[[[[",
        "\"userId\":1",
        "at verify",
        "+02:00",
        "000000Z",
        "+00\"",
        "not a time",
        "\"decoy\"",
        "\"user-taken-back\"",
        "\"größe\"",
        "\"Event\"",
        "\n\n",
        "\n \n",
    ];
    for seed in 1..=3 {
        let (bytes, truth) = written(&hostile(2_000, seed));
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("}\r\n"));
        let text = text.replace("\r\n", "\n");
        for needed in needed {
            assert!(text.contains(needed), "seed {seed}: no {needed:?}");
        }
        assert!(bytes.contains(&0xff) && !bytes.contains(&0));
        assert!(lines(&bytes).any(|line| (2_500..10_000).contains(&line.len())));
        let mut reasons = truth.failures.by_reason.values().flat_map(BTreeMap::keys);
        assert!(reasons.any(|reason| !reason.is_ascii()));
        let sorts = [
            truth.blank,
            truth.malformed,
            truth.not_an_object,
            truth.repaired,
            truth.undated,
        ];
        assert!(sorts.iter().all(|&count| count > 10), "{sorts:?}");
        let plain = lines(&bytes)
            .filter(|line| line.starts_with(b"{\"event\":\""))
            .count();
        assert!(plain as u64 * 2 > truth.lines, "{plain} of {}", truth.lines);
    }
}

#[test]
fn nesting_stays_clear_of_the_limits_that_readers_differ_in() {
    let (bytes, _) = written(&hostile(20_000, 8));
    let depths: BTreeSet<_> = lines(&bytes).map(naive::depth).collect();
    assert!(depths.iter().any(|depth| (90..=100).contains(depth)));
    assert!(depths.contains(&100_001));
    assert!(depths.range(101..100_000).next().is_none());
}

#[test]
fn settings_that_describe_no_log_are_refused() {
    let good = Settings::new(10, 1);
    let refused = [
        Settings {
            users: 0,
            ..good.clone()
        },
        Settings {
            clients: 0,
            ..good.clone()
        },
        Settings {
            users: Settings::MAX_USERS + 1,
            ..good.clone()
        },
        Settings {
            span: Duration::ZERO,
            ..good.clone()
        },
        Settings {
            span: Duration::MAX,
            ..good.clone()
        },
        Settings {
            start: Timestamp::parse("9999-12-31T00:00:00Z").unwrap(),
            ..good
        },
    ];
    for settings in refused {
        let error = write(&settings, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{settings:?}");
    }
}
