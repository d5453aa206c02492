//! Who somebody is: the user ids and e-mail addresses that a log names together.

use std::collections::BTreeSet;

use super::Plan;
use crate::event::{Event, Field, FieldSet};
use crate::filter::{Condition, Filter, Verdict};
use crate::read::{ChunkAccount, Consumer, Inputs, Rejected};

/// The condition that an event is somebody's, who is named by a user id or an e-mail address: what the log names together
/// with that is theirs, too. Only events that the plan's filter lets pass are asked, at any time.
///
/// # Errors
///
/// The system cannot start the workers.
pub fn person(
    plan: &Plan,
    inputs: &Inputs,
    name: &str,
) -> Result<Condition, rayon::ThreadPoolBuildError> {
    let reading = plan.reading_for(FieldSet::of(&[Field::User, Field::Email]));
    let lower = name.to_lowercase();
    let found = plan.read_by_all(inputs, &reading, || Found {
        filter: &plan.filter,
        name,
        lower: &lower,
        users: BTreeSet::new(),
        emails: BTreeSet::new(),
    })?;
    let mut users = BTreeSet::from([name.to_owned()]);
    let mut emails = BTreeSet::from([lower.clone()]);
    for found in found {
        users.extend(found.users);
        emails.extend(found.emails);
    }
    Ok(Condition::Person(users, emails))
}

struct Found<'n> {
    filter: &'n Filter,
    name: &'n str,
    lower: &'n str,
    users: BTreeSet<String>,
    emails: BTreeSet<String>,
}

impl Consumer for Found<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        for event in &*batch {
            let (Some(user), Some(email)) = (event.get(Field::User), event.get(Field::Email))
            else {
                continue;
            };
            let email = email.to_lowercase();
            if (user == self.name || email == self.lower)
                && self.filter.judge(event) != Verdict::Fails
            {
                self.users.insert(user.to_owned());
                self.emails.insert(email);
            }
        }
    }

    // The account is made when the story is read.
    fn reject(&mut self, _: Rejected<'_>) {}

    fn chunk(&mut self, _: ChunkAccount) {}

    fn trouble(&mut self, _: u32, _: String) {}
}
