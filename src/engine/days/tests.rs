use std::io::Cursor;
use std::num::NonZeroUsize;

use super::*;
use crate::engine::{Answer, Audience, run};
use crate::event::Field;
use crate::filter::{Condition, Filter, Window};
use crate::read::Input;
use crate::report::{Options, REPORTS};
use crate::tally::Lexicon;
use crate::zone::Zone;

fn plan(zone: Zone, tenant: Option<&str>) -> Plan {
    let mut filter = Filter::default();
    if let Some(tenant) = tenant {
        let condition = Condition::Is(Field::Tenant, tenant.to_owned());
        filter.add("tenant", condition, false);
    }
    Plan {
        reports: REPORTS.iter().collect(),
        options: Options {
            as_of: Timestamp::new(1_736_000_000, 0).unwrap(),
            zone,
            ..Options::default()
        },
        filter,
        audience: match tenant {
            Some(_) => Audience::Tenant,
            None => Audience::Operator,
        },
        reading: Reading {
            chunk_size: 700,
            ..Reading::default()
        },
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

/// Days in disorder, one-time passwords and refresh chains across midnight, all sorts of lines.
fn log() -> String {
    let mut log = String::new();
    for number in 0..600_u32 {
        let second = number * 1777 % (12 * 86_400);
        let (day, second) = (second / 86_400 + 25, second % 86_400);
        let (month, day) = if day > 31 { (4, day - 31) } else { (3, day) };
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let time = format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
        let names = [
            "otp.generated",
            "otp.verified",
            "token.refresh",
            "token.issued",
            "api_token.used",
            "auth.login",
        ];
        let name = names[number as usize % 6];
        let (user, token, tenant) = (number % 13, number % 9, number % 3);
        let time = match number % 97 {
            0 => "never".to_owned(),
            _ => time,
        };
        log += &format!(
            "{{\"event\":\"{name}\",\"timestamp\":\"{time}\",\"success\":{},\"email\":\"u{user}@example.com\",\
             \"tokenId\":\"t{token}\",\"clientId\":\"c{tenant}\",\"tenantId\":\"{}\",\"ip\":\"203.0.113.{user}\",\
             \"expiresIn\":\"1h\",\"endpoint\":\"/e{token}\",\"durationMs\":{number}}}\n",
            number % 4 > 0,
            ["a", "b", "c"][tenant as usize],
        );
        if number % 50 == 7 {
            log += "{\"event\":\n\n[1]\n";
        }
    }
    log
}

fn input(text: &str) -> Input {
    Input::reader("log", Box::new(Cursor::new(text.to_owned())))
}

fn scanned(plan: &Plan, window: Window) -> String {
    let mut plan = plan.clone();
    plan.filter.within(window);
    let answer = run(&plan, &Inputs::new(vec![input(&log())])).unwrap();
    told(&answer)
}

#[test]
fn any_stretch_of_days_says_what_a_scan_of_it_says_for_everyone() {
    let text = log();
    for zone in ["UTC", "Europe/Berlin"] {
        let zone = Zone::named(zone).unwrap();
        let plans = [
            plan(zone, None),
            plan(zone, Some("a")),
            plan(zone, Some("x")),
        ];
        let mut days = Days::new(plans[0].reading.clone(), 2);
        let views = plans.clone().map(|plan| days.view(plan));
        // In three pieces, the second of which goes on where the first ends.
        let (mut place, thirds) = (0, [text.len() / 3, text.len() / 2, text.len()]);
        for (third, little) in thirds.into_iter().zip([false, true, false]) {
            let end = text[..third].rfind('\n').unwrap() + 1;
            let piece = Input::later("log", &text.as_bytes()[place..end], place as u64);
            let inputs = Inputs::new(vec![piece]);
            days.read(&inputs, 0, little);
            place = end;
        }
        for (plan, view) in plans.iter().zip(views) {
            for (from, to) in [
                (None, None),
                (Some(20_175), Some(20_178)),
                (Some(20_172), None),
                (None, Some(20_180)),
            ] {
                let start =
                    |day: Option<i64>| day.and_then(|day| Timestamp::new(zone.day_start(day), 0));
                let window = Window {
                    from: start(from),
                    to: start(to),
                };
                let expected = scanned(plan, window);
                // The second time, of sums that were kept.
                for _ in 0..2 {
                    let snapshot = days.snapshot(view, from, to).unwrap();
                    let answer = snapshot.answer(&plan.reports, &plan.options).unwrap();
                    similar(&told(&answer), &expected);
                }
            }
        }
    }
}

fn told(answer: &Answer) -> String {
    format!("{:?} {:?}", answer.document, answer.account)
}

fn similar(told: &str, expected: &str) {
    let mut both = told.bytes().zip(expected.bytes());
    if told != expected {
        let at = both
            .position(|(one, other)| one != other)
            .unwrap_or(told.len().min(expected.len()));
        let around = |text: &str| {
            let bytes = &text.as_bytes()
                [at.saturating_sub(500).min(text.len())..(at + 200).min(text.len())];
            String::from_utf8_lossy(bytes).into_owned()
        };
        panic!("{}\n----\n{}", around(told), around(expected));
    }
}

#[test]
fn a_later_time_ends_tokens_that_were_active() {
    let mut plan = plan(Zone::UTC, None);
    let time = |second| Timestamp::new(second, 0).unwrap();
    // In the middle of the log, whose tokens live for an hour.
    plan.options.as_of = time(1_743_300_000);
    plan.options.as_of_moves = true;
    let mut days = Days::new(plan.reading.clone(), 2);
    let view = days.view(plan.clone());
    days.read(&Inputs::new(vec![input(&log())]), 0, false);
    // Through states at rest.
    let kept = days.at_rest(1);
    let mut lexicon = Lexicon::new(kept.directory(view).unwrap());
    let chapter = lexicon.chapter();
    let lexicon = Arc::new(lexicon);
    let mut again = Days::new(plan.reading.clone(), 2);
    again.view(plan.clone());
    let mut read = Lexicon::new(again.directory(view).unwrap());
    read.read(&chapter).unwrap();
    let count = kept.versions(view).count();
    let fetch = |place| lexicon.within(|| kept.day(view, place));
    again.load(view, count, &Arc::new(read), fetch).unwrap();
    again.load_ledger(&kept.ledger().unwrap()).unwrap();
    for as_of in [1_743_300_000, 1_743_300_900, 1_743_400_000, 1_800_000_000] {
        let mut plan = plan.clone();
        plan.options.as_of = time(as_of);
        plan.options.as_of_moves = false;
        let expected = scanned(&plan, Window::default());
        for days in [&days, &again] {
            let snapshot = days.snapshot(view, None, None).unwrap();
            let answer = snapshot.answer(&plan.reports, &plan.options).unwrap();
            similar(&told(&answer), &expected);
        }
    }
}

#[test]
fn the_places_of_lines_are_told_with_their_times() {
    let text = log();
    let mut days = Days::new(plan(Zone::UTC, None).reading, 2);
    let stretches = days.read(&Inputs::new(vec![input(&text)]), 0, false);
    assert!(stretches.len() > 40);
    assert!(stretches.is_sorted_by_key(|stretch| stretch.bytes.start));
    let undated: u64 = stretches.iter().map(|stretch| stretch.undated).sum();
    assert_eq!(undated, 600 / 97 + 1);
    for stretch in stretches {
        let bytes = &text[stretch.bytes.start as usize..stretch.bytes.end as usize];
        assert!(
            bytes.starts_with("{\"event\":\"") && bytes.ends_with('}'),
            "{bytes}"
        );
    }
}
