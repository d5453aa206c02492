use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;

use proptest::prelude::*;

use super::super::{Audience, run};
use super::*;
use crate::event::Timestamp;
use crate::filter::Filter;
use crate::read::Input;
use crate::report::{Options, REPORTS};

fn plan(threads: usize) -> Plan {
    Plan {
        reports: REPORTS.iter().collect(),
        options: Options {
            as_of: Timestamp::new(1_736_000_000, 0).unwrap(),
            ..Options::default()
        },
        filter: Filter::default(),
        audience: Audience::default(),
        reading: Reading {
            chunk_size: 300,
            ..Reading::default()
        },
        threads: NonZeroUsize::new(threads).unwrap(),
    }
}

/// Lines of all sorts, some of them at the same moment: their order is then that of their places.
fn log(seed: usize, lines: usize) -> String {
    (0..lines)
        .map(|line| match (line + seed) % 7 {
            0 => "{\"event\":\n".to_owned(),
            1 => "[1]\n".to_owned(),
            2 => "\n".to_owned(),
            rest => format!(
                "{{\"event\":\"token.refresh\",\"timestamp\":\"2025-01-0{}T10:30:00Z\",\"success\":{},\"userId\":\"u{}\",\"clientId\":\"c{seed}\"}}\n",
                1 + line / 40 % 9,
                rest > 3,
                line % 5,
            ),
        })
        .collect()
}

/// An answer in every detail.
fn told(answer: &Answer) -> String {
    format!("{:?} {:?}", answer.document, answer.account)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn pieces_of_files_and_streams_give_the_answer_of_one_run(
        lines in prop::collection::vec(0_usize..300, 1..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        threads in 1_usize..4,
        as_files in any::<bool>(),
    ) {
        let logs: Vec<String> = lines.iter().enumerate().map(|(seed, lines)| log(seed, *lines)).collect();
        let names: Vec<String> = (0..logs.len()).map(|index| format!("log {index}")).collect();
        let whole = logs.iter().zip(&names).map(|(log, name)| {
            Input::reader(name, Box::new(std::io::Cursor::new(log.clone())))
        });
        let whole = run(&plan(2), &Inputs::new(whole.collect())).unwrap();

        let mut counting = Counting::new(plan(threads)).unwrap();
        let starts: Vec<Vec<usize>> = logs.iter().map(|log| {
            let mut starts = vec![0, log.len()];
            let newlines: Vec<usize> = log.match_indices('\n').map(|(at, _)| at + 1).collect();
            if !newlines.is_empty() {
                starts.extend(cuts.iter().map(|cut| newlines[cut.index(newlines.len())]));
            }
            starts.sort_unstable();
            starts
        }).collect();
        for round in 0..cuts.len() + 1 {
            let inputs = logs.iter().zip(&starts).zip(&names).map(|((log, starts), name)| {
                match starts.get(round..round + 2) {
                    Some(&[start, end]) if as_files => {
                        let mut file = tempfile::tempfile().unwrap();
                        file.write_all(log.as_bytes()).unwrap();
                        Input::part(name, file, start as u64..end as u64)
                    }
                    Some(&[start, end]) => {
                        Input::later(name, &log.as_bytes()[start..end], start as u64)
                    }
                    _ => Input::nothing(name),
                }
            });
            counting.read(&Inputs::new(inputs.collect()));
        }
        prop_assert_eq!(told(&counting.answer()), told(&whole));
        // Asking changes nothing.
        prop_assert_eq!(told(&counting.answer()), told(&whole));
    }
}

#[test]
fn an_input_may_come_later_and_a_file_may_shrink_meanwhile() {
    let mut counting = Counting::new(plan(2)).unwrap();
    counting.read(&Inputs::new(vec![]));
    assert_eq!(counting.answer().account.total.lines, 0);
    let file = |text: &str| -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let one = Input::part("a", file("{}\n{}\n"), 0..6);
    counting.read(&Inputs::new(vec![one]));
    let shrunk = Input::part("b", file("{}\n"), 0..900);
    counting.read(&Inputs::new(vec![Input::nothing("a"), shrunk]));
    let account = counting.answer().account;
    assert_eq!(account.total.lines, 2);
    assert_eq!(account.inputs[0].trouble, None);
    assert!(
        account.inputs[1]
            .trouble
            .as_ref()
            .unwrap()
            .contains("shrank")
    );
}
