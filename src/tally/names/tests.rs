use super::*;
use std::collections::BTreeMap;

/// The id of one text.
fn id_of_text(interner: &mut Interner, text: &str) -> Id {
    let mut texts = [None; Interner::TOGETHER];
    texts[0] = Some(text);
    interner.ids(&texts)[0]
}

fn texts() -> Vec<String> {
    let of_length = |length: usize| "äbcdefgh".chars().cycle().take(length).collect::<String>();
    let lengths = (0..40)
        .chain([LONG - 1, LONG, LONG + 1, 5000])
        .map(of_length);
    lengths
        .chain((0..20_000).map(|index| format!("user-{index}")))
        .collect()
}

#[test]
fn a_text_keeps_its_id_and_an_id_its_text() {
    let names = Arc::new(Names::default());
    let mut interner = Interner::new(Arc::clone(&names));
    let mut known = BTreeMap::new();
    for text in texts() {
        assert!(
            known
                .insert(id_of_text(&mut interner, &text), text)
                .is_none()
        );
    }
    for (id, text) in &known {
        assert_eq!(id_of_text(&mut interner, text), *id, "{text}");
        assert_eq!(names.id(text), Some(*id), "{text}");
        assert_eq!(&names.text(*id), text);
    }
}

#[test]
fn ids_are_dense_enough_to_count_in_arrays() {
    let names = Names::default();
    for index in 0..100_000 {
        names.id(&index.to_string());
    }
    let largest = (0..100_000)
        .map(|index: i32| names.id(&index.to_string()).unwrap().0)
        .max();
    assert!(largest < Some(105_000), "{largest:?}");
}

#[test]
fn workers_who_add_the_same_texts_at_once_agree() {
    let names = Arc::new(Names::default());
    let found: Vec<Vec<Id>> = std::thread::scope(|scope| {
        let worker = |turn: usize| {
            let names = Arc::clone(&names);
            scope.spawn(move || {
                let mut interner = Interner::new(names);
                let mut texts = texts();
                let middle = turn * texts.len() / 4;
                texts.rotate_left(middle);
                let mut ids: Vec<Id> = texts
                    .iter()
                    .map(|text| id_of_text(&mut interner, text))
                    .collect();
                ids.rotate_right(middle);
                ids
            })
        };
        let workers: Vec<_> = (0..4).map(worker).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    let distinct: std::collections::BTreeSet<_> = found[0].iter().collect();
    assert_eq!(distinct.len(), texts().len());
}
