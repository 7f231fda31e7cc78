//! Joining a room: asking whether the client may, taking a seat, and sending what happened before.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::JoinError;
use crate::protocol::{self, Joined, name};
use crate::room::RoomId;

use super::client::Client;
use super::history::{self, Pin};
use super::hooks::{self, No};
use super::lifecycle;
use super::limits::{Exceeded, take};
use super::packet::Packet;
use super::room::Room;
use super::shared::Shared;
use super::state::{self, Admitted, Ask, Found, Member as _, NotAdmitted, NotOpened, Past, Resume, Wanted};

/// How often a join begins anew because the room has closed meanwhile.
const MOST_TRIES: usize = 100;

/// What a client asks for when it joins a room.
#[derive(Default)]
pub(crate) struct Wish<'a> {
    /// Instead of the room's default ones.
    pub(crate) subscriptions: Option<Vec<Cow<'a, str>>>,
    pub(crate) resume: Option<protocol::Resume<'a>>,
    /// The number of the acknowledgement.
    pub(crate) ack: Option<i64>,
}

/// A join that the client itself asked for: within its rate, and if the before-join hooks agree.
pub(crate) async fn ask_to_join(
    shared: &Arc<Shared>,
    client: &Client,
    id: &str,
    wish: Wish<'_>,
) -> Result<(), JoinError> {
    let taken = take(&mut client.limits().lock().joins, shared.config.join_rate, shared.clock());
    taken.map_err(|Exceeded { rate, retry_after }| JoinError::RateLimited { rate, retry_after })?;
    let max = shared.config.max_subscriptions_per_room;
    if wish.subscriptions.as_ref().is_some_and(|wanted| wanted.len() > max) {
        return Err(JoinError::TooManySubscriptions { max });
    }
    take_seat(shared, client, id, wish, Asks::BeforeJoin).await
}

/// A join that the server makes.
pub(crate) async fn join(shared: &Arc<Shared>, client: &Client, id: &str, wish: Wish<'_>) -> Result<(), JoinError> {
    take_seat(shared, client, id, wish, Asks::Nobody).await
}

/// Who is asked whether a client may join.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Nobody,
    BeforeJoin,
}

/// Takes a seat for the client, answers it, and tells the application.
async fn take_seat(
    shared: &Arc<Shared>,
    client: &Client,
    id: &str,
    wish: Wish<'_>,
    asks: Asks,
) -> Result<(), JoinError> {
    let max = shared.config.max_rooms_per_client;
    // Before a room is opened for a client that may not come in anyway.
    if !client.memberships().lock().has_place_for(id, max) {
        return Err(JoinError::TooManyRooms { max });
    }
    let mut approved = None;
    for _ in 0..MOST_TRIES {
        let found = shared.rooms.for_join(id).map_err(|error| not_opened(error, id))?;
        let (Found::Open(room) | Found::New(room)) = &found;
        let is_member = client.room(id).is_some_and(|own| Arc::ptr_eq(&own, room));
        if asks == Asks::BeforeJoin && !is_member && approved.as_ref() != Some(&room.epoch) {
            before_join(shared, client, room).await?;
            approved = Some(room.epoch.clone());
        }
        let pin = Pin::new(shared, room);
        let ask = ask(shared, client, room, &wish, is_member).await?;
        let epoch = room.epoch.clone();
        let (room, is_new) = match found {
            Found::Open(room) => (room, false),
            Found::New(room) => shared.rooms.add(&room).map_err(|error| not_opened(error, id))?,
        };
        if room.epoch != epoch {
            // Somebody else has opened the room meanwhile, and that is another one than the hook was asked about.
            continue;
        }
        let welcome = |admitted: &Admitted<Packet>| welcome(client, &room, admitted, wish.ack);
        let seated = seat(shared, client, &room, ask, welcome);
        drop(pin);
        if is_new {
            lifecycle::opened(shared, &room, None).await;
        }
        match seated {
            // It closed meanwhile: there is or will be another of this id.
            Err(Refused::Closed) => shared.rooms.forget(&room),
            Err(Refused::For(error)) => {
                if is_new && room.close_if_empty() {
                    lifecycle::closed(shared, &room, None).await;
                }
                return Err(error);
            }
            Ok(is_first) => {
                if is_first {
                    joined_hooks(shared, client, room).await;
                }
                return Ok(());
            }
        }
    }
    Err(JoinError::RoomNotFound(RoomId::from(id)))
}

/// Tells the application that a client has joined.
async fn joined_hooks(shared: &Arc<Shared>, client: &Client, room: Arc<state::LiveRoom<Client>>) {
    let joined = (client.clone(), Room::new(shared, room));
    hooks::run_all("on_joined", shared.config.hook_timeout, &shared.hooks.on_joined, &joined).await;
}

/// Asks whether the client may join this very room.
async fn before_join(
    shared: &Arc<Shared>,
    client: &Client,
    room: &Arc<state::LiveRoom<Client>>,
) -> Result<(), JoinError> {
    if shared.hooks.before_join.is_empty() {
        return Ok(());
    }
    let asked = (client.clone(), Room::new(shared, Arc::clone(room)));
    let (limit, id) = (shared.config.hook_timeout, room.profile.id.clone());
    let answer = hooks::ask_all("before_join", limit, &shared.hooks.before_join, &asked).await;
    answer.map_err(|no| match no {
        No::Denied(denied) => JoinError::Denied { room: id, denied },
        No::Failed => JoinError::Internal(id),
    })
}

/// What the room is asked for, with what memory does not have and the store does.
async fn ask<'a>(
    shared: &Arc<Shared>,
    client: &Client,
    room: &Arc<state::LiveRoom<Client>>,
    wish: &'a Wish<'_>,
    is_member: bool,
) -> Result<Ask<'a, Packet>, JoinError> {
    let wanted = wanted(room, wish.subscriptions.as_deref())?;
    let replace = wish.subscriptions.is_some();
    let resume = match &wish.resume {
        Some(resume) => resumption(shared, client, room, resume, &wanted).await,
        None => None,
    };
    let lacks = if resume.is_some() || is_member { Vec::new() } else { room.lacks() };
    let may_load = !lacks.is_empty() && may_load(shared, client);
    let older = if may_load { history::older(shared, room, lacks).await } else { Vec::new() };
    let (history_bytes, resume_bytes) = (shared.config.max_history_page_bytes, shared.config.max_resume_bytes);
    Ok(Ask { wanted, replace, resume, resume_bytes, history_bytes, older })
}

/// Whether the store may be asked for this client: within its rate for history.
fn may_load(shared: &Shared, client: &Client) -> bool {
    let rate = shared.config.history_rate;
    shared.hooks.on_load.is_some() && take(&mut client.limits().lock().history, rate, shared.clock()).is_ok()
}

/// What the client has missed and memory does not have; `None` when that is not to be had.
async fn resumption<'a>(
    shared: &Arc<Shared>,
    client: &Client,
    room: &Arc<state::LiveRoom<Client>>,
    resume: &'a protocol::Resume<'_>,
    wanted: &Wanted,
) -> Option<Resume<'a, Packet>> {
    let gaps = room.gaps(client.id(), &resume.epoch, resume.offset, wanted)?;
    if !gaps.is_empty() && !may_load(shared, client) {
        return None;
    }
    let (mut stored, mut bytes) = (Vec::new(), 0);
    for gap in gaps {
        let events = history::fill(shared, room, &gap).await?;
        bytes += events.iter().map(|(_, packet)| packet.text.len()).sum::<usize>();
        // They are this client's alone, and so count against its spill queue.
        if bytes > shared.config.max_spill_bytes / 2 {
            return None;
        }
        stored.push((gap, events));
    }
    Some(Resume { epoch: &resume.epoch, offset: resume.offset, stored })
}

/// Answers the join, and then sends what happened before it; the room waits, so that this comes before any event of it.
fn welcome(client: &Client, room: &state::LiveRoom<Client>, admitted: &Admitted<Packet>, ack: Option<i64>) {
    client.answer(ack, Some(name::JOINED), &joined(room, admitted));
    match &admitted.past {
        Past::Missed(events) => client.replay(events),
        Past::Newest(events) if events.is_empty() => {}
        Past::Newest(events) => {
            let envelopes: Vec<_> = events.iter().map(Packet::envelope).collect();
            client.push(&Packet::of_json(name::HISTORY, &protocol::history(&room.profile.id, &envelopes)).private());
        }
    }
}

enum Refused {
    Closed,
    For(JoinError),
}

/// The seat in the room and the entry among the client's rooms, as one step: a client that vanishes meanwhile is
/// either not admitted or found in both. True when the client did not sit there before.
fn seat(
    shared: &Shared,
    client: &Client,
    room: &Arc<state::LiveRoom<Client>>,
    ask: Ask<'_, Packet>,
    welcome: impl FnOnce(&Admitted<Packet>),
) -> Result<bool, Refused> {
    let mut memberships = client.memberships().lock();
    if memberships.gone {
        return Err(Refused::For(JoinError::Disconnected));
    }
    let id = &room.profile.id;
    let max = shared.config.max_rooms_per_client;
    if !memberships.has_place_for(id.as_str(), max) {
        return Err(Refused::For(JoinError::TooManyRooms { max }));
    }
    match room.join(client, ask, welcome) {
        Ok(is_new) => {
            memberships.rooms.insert(id.clone(), Arc::clone(room));
            Ok(is_new)
        }
        Err(NotAdmitted::Closed) => Err(Refused::Closed),
        Err(NotAdmitted::Full { max_size }) => Err(Refused::For(JoinError::RoomFull { room: id.clone(), max_size })),
    }
}

fn not_opened(error: NotOpened, id: &str) -> JoinError {
    match error {
        NotOpened::NotFound => JoinError::RoomNotFound(RoomId::from(id)),
        NotOpened::Limit { max } => JoinError::ServerFull { max },
    }
}

fn wanted(room: &state::LiveRoom<Client>, subscriptions: Option<&[Cow<'_, str>]>) -> Result<Wanted, JoinError> {
    let Some(names) = subscriptions else { return Ok(room.profile.default_subscriptions.clone()) };
    if let Some(event) = names.iter().find(|name| !room.profile.carries(name)) {
        return Err(JoinError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_string() });
    }
    Ok(names.iter().map(|name| Arc::from(&**name)).collect())
}

fn joined<'a>(room: &'a state::LiveRoom<Client>, admitted: &'a Admitted<Packet>) -> Joined<'a> {
    let missed = match &admitted.past {
        Past::Missed(events) => Some(events.len()),
        Past::Newest(_) => None,
    };
    Joined {
        room_id: &room.profile.id,
        room_name: &room.profile.name,
        epoch: &room.epoch,
        offset: admitted.offset,
        resumed: missed.is_some(),
        missed,
        subscriptions: admitted.subscriptions.iter().map(|name| &**name).collect(),
    }
}
