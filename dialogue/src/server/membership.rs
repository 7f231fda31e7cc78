//! Joining, leaving and subscribing: the same for a client's request and for the server's own call.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{JoinError, LeaveError, SubscribeError};
use crate::event::Event;
use crate::room::{Carries, Room, RoomId};
use crate::wire::{self, Joined, name};

use super::client::Client;
use super::history::{self, Pin};
use super::hooks::{self, No};
use super::lifecycle;
use super::limits::{Exceeded, take};
use super::packet::Packet;
use super::room::RoomHandle;
use super::shared::Shared;
use super::state::{self, Admitted, Ask, Found, Left, Member as _, NotAdmitted, NotOpened, Past, Resume, Wanted};

/// How often a join begins anew because the room has closed meanwhile.
const MOST_TRIES: usize = 100;

impl Client {
    /// Joins a room on the client's behalf, with the same effects as its own join: the room's default subscriptions,
    /// `dialogue:joined`, and the history that the room sends to those who join; only the before-join hook is not asked
    /// (protocol, "Where the base documents contradict themselves").
    ///
    /// Joining a room that it is in already changes nothing.
    ///
    /// # Errors
    ///
    /// [`JoinError`] when there is no such room or no seat, or the client has gone.
    pub async fn join(&self, room: impl Room) -> Result<(), JoinError> {
        let shared = self.shared().ok_or(JoinError::Disconnected)?;
        let (id, client, server) = (room.id(), self.clone(), Arc::clone(&shared));
        shared.to_its_end(async move { join(&server, &client, id.as_str(), Wish::default()).await }).await
    }

    /// Leaves a room on the client's behalf; the client is sent `dialogue:left`.
    ///
    /// # Errors
    ///
    /// [`LeaveError`] when it is not in it.
    pub async fn leave(&self, room: impl Room) -> Result<(), LeaveError> {
        let id = room.id();
        let shared = self.shared().ok_or_else(|| LeaveError::NotInRoom(id.clone()))?;
        let (client, server) = (self.clone(), Arc::clone(&shared));
        shared.to_its_end(async move { leave(&server, &client, id.as_str(), None).await }).await
    }

    /// Subscribes the client to the event `E` of a room.
    ///
    /// ```
    /// # use dialogue::{Client, SubscribeError};
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Typing;
    /// # dialogue::rooms! { pub General { events: [Typing] } }
    /// fn hear_typing(client: &Client) -> Result<(), SubscribeError> {
    ///     client.subscribe::<Typing>(General)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room, or the room does not carry the event.
    pub fn subscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), E::NAME)
    }

    /// Subscribes the client to an event of a room that is known by its name only.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room, or the room does not carry the event.
    pub fn subscribe_named(&self, room: impl Room, event: &str) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), event)
    }

    /// Subscribes the client to every event of a room, also to those that it gains later.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn subscribe_all(&self, room: impl Room) -> Result<(), SubscribeError> {
        subscribe(self, room.id().as_str(), state::ALL)
    }

    /// Ends the client's subscription to the event `E` of a room. A subscription to all events stays.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn unsubscribe<E: Event>(&self, room: impl Carries<E>) -> Result<(), SubscribeError> {
        unsubscribe(self, room.id().as_str(), E::NAME)
    }

    /// Ends the client's subscription to an event of a room that is known by its name only.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`] when the client is not in the room.
    pub fn unsubscribe_named(&self, room: impl Room, event: &str) -> Result<(), SubscribeError> {
        unsubscribe(self, room.id().as_str(), event)
    }

    /// The names of the events that the client hears in a room, in alphabetical order; `*` is all of them. Empty when
    /// it is not in the room.
    pub fn subscriptions(&self, room: impl Room) -> Vec<String> {
        let heard = self.room(room.id().as_str()).and_then(|room| room.subscriptions(self.id()));
        heard.unwrap_or_default().iter().map(ToString::to_string).collect()
    }
}

/// What a client asks for when it joins a room.
#[derive(Default)]
pub(crate) struct Wish<'a> {
    /// Instead of the room's default ones.
    pub(crate) subscriptions: Option<Vec<Cow<'a, str>>>,
    pub(crate) resume: Option<wire::Resume<'a>>,
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
    let max = shared.config.subscriptions_per_room;
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
    let max = shared.config.rooms_per_client;
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
async fn joined_hooks(shared: &Arc<Shared>, client: &Client, room: Arc<state::Room<Client>>) {
    let joined = (client.clone(), RoomHandle::new(shared, room));
    hooks::run_all("on_joined", shared.config.hook_timeout, &shared.hooks.on_joined, &joined).await;
}

/// Asks whether the client may join this very room.
async fn before_join(shared: &Arc<Shared>, client: &Client, room: &Arc<state::Room<Client>>) -> Result<(), JoinError> {
    if shared.hooks.before_join.is_empty() {
        return Ok(());
    }
    let asked = (client.clone(), RoomHandle::new(shared, Arc::clone(room)));
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
    room: &Arc<state::Room<Client>>,
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
    let (history_bytes, resume_bytes) = (shared.config.history_page_bytes, shared.config.resume_bytes);
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
    room: &Arc<state::Room<Client>>,
    resume: &'a wire::Resume<'_>,
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
        if bytes > shared.config.spill_bytes / 2 {
            return None;
        }
        stored.push((gap, events));
    }
    Some(Resume { epoch: &resume.epoch, offset: resume.offset, stored })
}

/// Answers the join, and then sends what happened before it; the room waits, so that this comes before any event of it.
fn welcome(client: &Client, room: &state::Room<Client>, admitted: &Admitted<Packet>, ack: Option<i64>) {
    client.answer(ack, Some(name::JOINED), &joined(room, admitted));
    match &admitted.past {
        Past::Missed(events) => client.replay(events),
        Past::Newest(events) if events.is_empty() => {}
        Past::Newest(events) => {
            let envelopes: Vec<_> = events.iter().map(Packet::envelope).collect();
            client.push(&Packet::of_json(name::HISTORY, &wire::history(&room.profile.id, &envelopes)).private());
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
    room: &Arc<state::Room<Client>>,
    ask: Ask<'_, Packet>,
    welcome: impl FnOnce(&Admitted<Packet>),
) -> Result<bool, Refused> {
    let mut memberships = client.memberships().lock();
    if memberships.gone {
        return Err(Refused::For(JoinError::Disconnected));
    }
    let id = &room.profile.id;
    let max = shared.config.rooms_per_client;
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

fn wanted(room: &state::Room<Client>, subscriptions: Option<&[Cow<'_, str>]>) -> Result<Wanted, JoinError> {
    let Some(names) = subscriptions else { return Ok(room.profile.default_subscriptions.clone()) };
    if let Some(event) = names.iter().find(|name| !room.profile.carries(name)) {
        return Err(JoinError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_string() });
    }
    Ok(names.iter().map(|name| Arc::from(&**name)).collect())
}

fn joined<'a>(room: &'a state::Room<Client>, admitted: &'a Admitted<Packet>) -> Joined<'a> {
    Joined {
        room_id: &room.profile.id,
        room_name: &room.profile.name,
        epoch: &room.epoch,
        offset: admitted.offset,
        resumed: matches!(admitted.past, Past::Missed(_)),
        subscriptions: admitted.subscriptions.iter().map(|name| &**name).collect(),
    }
}

/// Gives the client's seat back, answers it, and tells the application.
pub(crate) async fn leave(shared: &Arc<Shared>, client: &Client, id: &str, ack: Option<i64>) -> Result<(), LeaveError> {
    let (room, left) = {
        let mut memberships = client.memberships().lock();
        let room = memberships.rooms.remove(id).ok_or_else(|| LeaveError::NotInRoom(RoomId::from(id)))?;
        let left = room.leave(client.id());
        (room, left)
    };
    client.answer(ack, Some(name::LEFT), &wire::Left { room_id: &room.profile.id });
    has_left(shared, client, &room, left).await;
    Ok(())
}

/// Takes a client that has gone out of all its rooms, for good, and tells the application.
pub(crate) async fn leave_all(shared: &Arc<Shared>, client: &Client) {
    let left: Vec<_> = {
        let mut memberships = client.memberships().lock();
        memberships.gone = true;
        let rooms = std::mem::take(&mut memberships.rooms);
        rooms.into_values().map(|room| (room.leave(client.id()), room)).collect()
    };
    for (left, room) in left {
        has_left(shared, client, &room, left).await;
    }
}

/// Tells the application; once, whatever took the seat away.
async fn has_left(shared: &Arc<Shared>, client: &Client, room: &Arc<state::Room<Client>>, left: Left) {
    if left == Left::NotHere {
        // The room is being deleted, and tells it.
        return;
    }
    if left == Left::Closed {
        shared.rooms.forget(room);
    }
    lifecycle::left(shared, client.clone(), room).await;
    if left == Left::Closed {
        lifecycle::closed(shared, room, None).await;
    }
}

/// Adds `event` to what the client hears in the room.
pub(crate) fn subscribe(client: &Client, id: &str, event: &str) -> Result<(), SubscribeError> {
    let not_in_room = || SubscribeError::NotInRoom(RoomId::from(id));
    let room = client.room(id).ok_or_else(not_in_room)?;
    if !room.profile.carries(event) {
        return Err(SubscribeError::EventNotAllowed { room: room.profile.id.clone(), event: event.to_owned() });
    }
    let max = client.shared().map_or(usize::MAX, |shared| shared.config.subscriptions_per_room);
    let added = room.resubscribe(client.id(), |wanted| {
        let room_left = wanted.len() < max || wanted.contains(event);
        if room_left {
            wanted.insert(Arc::from(event));
        }
        room_left
    });
    match added {
        Some(true) => Ok(()),
        Some(false) => Err(SubscribeError::TooMany { max }),
        None => Err(not_in_room()),
    }
}

/// Takes `event` from what the client hears in the room.
pub(crate) fn unsubscribe(client: &Client, id: &str, event: &str) -> Result<(), SubscribeError> {
    client
        .room(id)
        .and_then(|room| room.resubscribe(client.id(), |wanted| drop(wanted.take(event))))
        .ok_or_else(|| SubscribeError::NotInRoom(RoomId::from(id)))
}
