use super::*;
use crate::tally::{Counts, Each, Keyed, Merge};

fn directory(texts: &[&str]) -> Directory {
    let directory = Directory::default();
    for text in texts {
        directory.names(Field::Subject).id(text);
    }
    directory
}

fn each(directory: &Directory, texts: &[&str]) -> Each<u64> {
    let names = directory.names(Field::Subject);
    let mut each = Each::new(names, None);
    for text in texts {
        *each.of(names.key(text)).unwrap() += text.len() as u64;
    }
    each
}

fn readable(state: &impl Serialize) -> String {
    serde_json::to_string(state).unwrap()
}

#[test]
fn numbers_stay_what_they_are_in_another_process() {
    let before = directory(&["c", "a"]);
    let mut lexicon = Lexicon::new(&before);
    let first = lexicon.chapter();
    let second = each(&before, &["b", "a"]);
    let later = lexicon.chapter();
    assert!(!later.is_empty() && lexicon.chapter().is_empty());
    assert_eq!(lexicon.count(), 3);
    let packed = Arc::new(lexicon.clone()).within(|| postcard::to_allocvec(&second).unwrap());
    assert!(packed.len() <= 12, "no texts: {packed:?}");

    // Others came first there.
    let after = directory(&["z", "b", "y"]);
    for chapters in [vec![first, later], vec![lexicon.whole()]] {
        let mut again = Lexicon::new(&after);
        for chapter in &chapters {
            again.read(chapter).unwrap();
        }
        let again = Arc::new(again);
        let loaded: Each<u64> = again.within(|| postcard::from_bytes(&packed).unwrap());
        assert_eq!(readable(&loaded), readable(&second));
        // It goes on with the names that are there.
        let mut sum = each(&after, &["b", "y"]);
        sum.merge(loaded);
        assert_eq!(
            readable(&sum),
            readable(&each(&after, &["a", "b", "b", "y"]))
        );
        // What is new there comes behind.
        let mut more = Arc::unwrap_or_clone(again);
        assert_eq!(more.chapter().0.concat().len(), 2);
    }
}

#[test]
fn without_its_lexicon_a_state_is_refused_and_none_is_forged() {
    let directory = directory(&["a"]);
    let mut lexicon = Lexicon::new(&directory);
    let chapter = lexicon.chapter();
    let lexicon = Arc::new(lexicon);
    let state = each(&directory, &["a"]);
    let packed = lexicon.within(|| postcard::to_allocvec(&state).unwrap());
    assert!(postcard::from_bytes::<Each<u64>>(&packed).is_err());
    let empty = Arc::new(Lexicon::new(&directory));
    assert!(empty.within(|| postcard::from_bytes::<Each<u64>>(&packed).is_err()));
    // Chapters of others, and the same twice.
    let mut twice = Lexicon::new(&directory);
    assert!(twice.read(&chapter).is_some() && twice.read(&chapter).is_none());
    assert!(twice.read(&Chapter::default()).is_none());
    for falling in ["[1,0]", "[4294967295,1]"] {
        assert!(serde_json::from_str::<Rising>(falling).is_err());
    }
    let rising: Rising = serde_json::from_str("[0,1,4]").unwrap();
    assert_eq!(
        (rising.0.clone(), readable(&rising).as_str()),
        (vec![0, 1, 5], "[0,1,4]")
    );
}

#[test]
fn states_spell_out_what_has_a_limit_what_is_unknown_and_what_people_read() {
    let limited = Directory::new(Some(1 << 20));
    let keyed = |directory: &Directory| {
        let mut keyed: Keyed<u64> = Keyed::new(directory.names(Field::Subject));
        keyed.merge(Keyed::default());
        keyed
    };
    let known = directory(&["known"]);
    let mut lexicon = Lexicon::new(&known);
    lexicon.chapter();
    let lexicon = Arc::new(lexicon);
    let unknown = each(&known, &["known", "unknown to the lexicon"]);
    lexicon.within(|| {
        assert!(readable(&each(&known, &["known"])).contains("known"));
        let packed = postcard::to_allocvec(&unknown).unwrap();
        let loaded: Each<u64> = postcard::from_bytes(&packed).unwrap();
        assert_eq!(readable(&loaded), readable(&unknown));
        let packed = postcard::to_allocvec(&keyed(&limited)).unwrap();
        let loaded: Keyed<u64> = postcard::from_bytes(&packed).unwrap();
        assert_eq!(loaded.total().total(), 0);
        assert_eq!(readable(&loaded), readable(&keyed(&limited)));
    });
}
