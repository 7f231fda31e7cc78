//! Compares a room with a trivial model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use proptest::prelude::*;

use crate::event::EventDef;
use crate::room::{ClientId, Pattern, RoomDef, RoomId, RoomSettings, Segment};

use super::live_room::{AskedBy, Left, LiveRoom, Member, NotSeated, SeatRequest};
use super::log::Evict;
use super::profile::{Origin, Profile};

const EVENTS: [&str; 3] = ["a", "b", "*"];
const MAX_SIZE: usize = 3;

static ROOM: RoomDef = RoomDef::new(RoomSettings {
    id: Pattern(&[Segment::Literal("room")]),
    name: "Room",
    any_event: true,
    max_size: MAX_SIZE,
    ..RoomSettings::DEFAULT
});

/// A member that records the events that it receives.
#[derive(Clone)]
struct Listener {
    id: ClientId,
    heard: Arc<Mutex<Vec<u64>>>,
}

impl Member for Listener {
    type Packet = u64;

    fn id(&self) -> &ClientId {
        &self.id
    }

    fn push(&self, packet: &u64) {
        self.heard.lock().push(*packet);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Join(usize, BTreeSet<usize>),
    Leave(usize),
    Subscribe(usize, usize),
    Unsubscribe(usize, usize),
    Publish(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (member, event) = (0..5_usize, 0..EVENTS.len());
    prop_oneof![
        (member.clone(), prop::collection::btree_set(event.clone(), 0..3)).prop_map(|(m, e)| Step::Join(m, e)),
        member.clone().prop_map(Step::Leave),
        (member.clone(), event.clone()).prop_map(|(m, e)| Step::Subscribe(m, e)),
        (member, event.clone()).prop_map(|(m, e)| Step::Unsubscribe(m, e)),
        (0..2_usize).prop_map(Step::Publish),
    ]
}

proptest! {
    #[test]
    fn a_room_does_what_its_model_does(steps in prop::collection::vec(step(), 1..80)) {
        let profile = Profile::declared(&ROOM, RoomId::from_static("room"), Origin::Declared);
        let room = LiveRoom::new(profile, "epoch".to_owned());
        let listeners: Vec<Listener> = (0..5)
            .map(|n| Listener { id: ClientId::from(format!("member-{n}")), heard: Arc::default() })
            .collect();
        let mut members = BTreeMap::<usize, BTreeSet<usize>>::new();
        let mut heard = vec![Vec::new(); listeners.len()];
        for (time, step) in (0_u64..).zip(steps) {
            match step {
                Step::Join(m, events) => {
                    let wanted = events.iter().map(|e| Arc::from(EVENTS[*e])).collect();
                    let ask = SeatRequest { wanted, replace: false, by: AskedBy::Server, resume: None, resume_bytes: 0, history_bytes: 0, older: Vec::new() };
                    let joined = room.join(&listeners[m], ask, |_| {});
                    if members.contains_key(&m) {
                        prop_assert_eq!(joined, Ok(false));
                    } else if members.len() == MAX_SIZE {
                        prop_assert_eq!(joined, Err(NotSeated::Full { max_size: MAX_SIZE }));
                    } else {
                        prop_assert_eq!(joined, Ok(true));
                        members.insert(m, events);
                    }
                }
                Step::Leave(m) => {
                    let left = if members.remove(&m).is_some() { Left::Open } else { Left::NotHere };
                    prop_assert_eq!(room.leave(&listeners[m].id), left);
                }
                Step::Subscribe(m, e) => {
                    let done = room.resubscribe(&listeners[m].id, |wanted| wanted.insert(Arc::from(EVENTS[e])));
                    prop_assert_eq!(done, members.get_mut(&m).map(|events| events.insert(e)));
                }
                Step::Unsubscribe(m, e) => {
                    let done = room.resubscribe(&listeners[m].id, |wanted| wanted.remove(EVENTS[e]));
                    prop_assert_eq!(done, members.get_mut(&m).map(|events| events.remove(&e)));
                }
                Step::Publish(e) => {
                    let event = EventDef::untyped(EVENTS[e]);
                    let published = room.publish(&event, None, Evict::Forget, 0, |_| time, |_| {});
                    let published = published.expect("the room is open");
                    let hears = |events: &BTreeSet<usize>| events.contains(&e) || events.contains(&2);
                    let hearers: Vec<usize> =
                        members.iter().filter(|(_, events)| hears(events)).map(|(m, _)| *m).collect();
                    prop_assert_eq!(published.recipients, hearers.len());
                    for m in hearers {
                        heard[m].push(time);
                    }
                }
            }
            prop_assert_eq!(room.size(), members.len());
        }
        for (listener, heard) in listeners.iter().zip(heard) {
            prop_assert_eq!(&*listener.heard.lock(), &heard);
            room.leave(&listener.id);
        }
        prop_assert!(room.is_empty());
    }
}
