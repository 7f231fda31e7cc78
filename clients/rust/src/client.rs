//! The handle of a client.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dialogue::{
    ClientId, RoomId, UserId,
    room::{RoomInfo, RoomRef as Named},
};
use futures_util::Stream;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::mpsc::{self, error::SendTimeoutError};
use tokio::sync::oneshot;

use crate::builder::ClientBuilder;
use crate::command::{Command, Effect, argument};
use crate::error::{Error, Failure, JoinError, RequestError};
use crate::hub::{GAP, Hub, Notice, RoomHistory, State};
use crate::new_room::NewRoom;
use crate::room::Room;
use crate::subscription::{Subscription, boxed, on_notice};
use crate::wire::{self, OfRoom, Renew, Renewed, RoomList};

/// A client of a server: a cheap handle, which may be kept and cloned.
///
/// It comes back by itself when its connection is lost, and goes on in its rooms where it was. It ends with
/// [`disconnect`](Self::disconnect), or when the last client, [`Room`] or stream of it is dropped. A callback keeps it only if it
/// has captured one of these.
///
/// What its callbacks are for, and comes before the first of a kind is registered, waits for it: the newest 1,000 of all kinds
/// (and 1 MiB). So nothing is missed between [`connect`](ClientBuilder::connect) and the calls that begin to listen.
///
/// ```no_run
/// use dialogue_client::Client;
/// use serde_json::json;
///
/// # async fn run() -> Result<(), dialogue_client::ConnectError> {
/// let client = Client::builder("http://localhost:3000").auth(json!({ "userId": "alice" })).connect().await?;
/// assert_eq!(client.user_id(), "alice");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    hub: Arc<Hub>,
    commands: mpsc::Sender<Command>,
    timeout: Duration,
}

impl Client {
    /// Starts the set-up of a client of the server at this address: `http://localhost:3000`, or with the feature `rustls`
    /// also `https://example.com`. `ws` and `wss` are the same. A query goes to the server with the handshake.
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(address.into())
    }

    pub(crate) fn new(hub: Arc<Hub>, commands: mpsc::Sender<Command>, timeout: Duration) -> Self {
        Self(Arc::new(Inner { hub, commands, timeout }))
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    /// Who the server takes this client for.
    pub fn user_id(&self) -> UserId {
        self.0.hub.identity().user_id
    }

    /// The id of the present connection, or of the last one.
    pub fn client_id(&self) -> ClientId {
        self.0.hub.identity().client_id
    }

    /// Whether the client is connected.
    pub fn state(&self) -> State {
        *self.0.hub.state.borrow()
    }

    /// The state, and then each change of it. A state that has passed when the stream is polled is left out. It ends after
    /// [`State::Disconnected`].
    pub fn state_changes(&self) -> impl Stream<Item = State> + Send + Unpin + use<> {
        let states = self.0.hub.state.subscribe();
        let next = async |(mut states, last): (tokio::sync::watch::Receiver<State>, Option<State>)| {
            if last == Some(State::Disconnected) {
                return None;
            }
            if let Some(last) = last {
                states.wait_for(|state| *state != last).await.ok()?;
            }
            let state = *states.borrow_and_update();
            Some((state, (states, Some(state))))
        };
        Box::pin(futures_util::stream::unfold((states, None), next))
    }

    /// Joins a room: one that is named by its marker, of a family, or by an id.
    ///
    /// What happens in the room from then on is not lost: events wait for the first callback or stream that they are for, the
    /// newest 1,000 of a room (and 1 MiB), so that there is time to begin listening. Joining again gives another handle to the
    /// same stay.
    ///
    /// ```no_run
    /// # use dialogue_client::Client;
    /// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Move { x: i32 }
    /// dialogue::rooms! {
    ///     pub Lobby { events: [Move] }
    ///     pub Match { id: "match:{number:u64}", events: [Move] }
    /// }
    ///
    /// # async fn run(client: Client) -> Result<(), dialogue_client::JoinError> {
    /// let lobby = client.join(Lobby).await?;
    /// let game = client.join(Match { number: 7 }).await?;
    /// let project = client.join("project-123").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`JoinError`] when there is no such room, it is full, or the server says no.
    pub async fn join<R: Named>(&self, room: R) -> Result<Room<R::Key>, JoinError> {
        let id = room.id();
        let (reply, answer) = oneshot::channel();
        let asked = self.send(Command::Join { room: id.clone(), reply }).await;
        let taken = match asked {
            Ok(()) => answer.await.unwrap_or(Err(Failure::Disconnected)),
            Err(failure) => Err(failure),
        };
        taken.map(|seat| Room::new(self, seat)).map_err(|failure| JoinError::new(&id, failure))
    }

    /// The rooms that exist: the first 1,000, unless the server is configured otherwise.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when there is no answer.
    pub async fn list_rooms(&self) -> Result<Vec<RoomInfo>, RequestError> {
        let answer = self.request(wire::LIST_ROOMS, None, Effect::Nothing).await?;
        Ok(wire::decode::<RoomList>(&answer)?.rooms)
    }

    /// Creates a room, where the server lets clients do that.
    ///
    /// ```no_run
    /// use dialogue_client::{Client, NewRoom};
    ///
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let info = client.create_room(NewRoom::new("tech-talk", "Tech Talk").max_size(100)).await?;
    /// let room = client.join(info.id.as_str()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, with its [code](RequestError::code).
    pub async fn create_room(&self, room: NewRoom) -> Result<RoomInfo, RequestError> {
        let answer = self.request(wire::CREATE_ROOM, Some(argument(&room)), Effect::Nothing).await?;
        Ok(wire::decode(&answer)?)
    }

    /// Deletes a room that this user has created.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses, with its [code](RequestError::code).
    pub async fn delete_room(&self, room: impl Named) -> Result<(), RequestError> {
        let room_id = room.id();
        let request = argument(&OfRoom { room_id: &room_id });
        self.request(wire::DELETE_ROOM, Some(request), Effect::Deleted(room_id)).await?;
        Ok(())
    }

    /// Goes on with a fresh token of the same user; until when, if the session has an end. A client that may have to reconnect
    /// should be given its tokens by [`ClientBuilder::auth_with`].
    ///
    /// # Errors
    ///
    /// [`RequestError`] when the server refuses the token; the session goes on as before.
    pub async fn renew(&self, token: &str) -> Result<Option<SystemTime>, RequestError> {
        let answer = self.request(wire::RENEW, Some(argument(&Renew { token })), Effect::Nothing).await?;
        let Renewed { expires_at } = wire::decode(&answer)?;
        Ok(expires_at.and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))))
    }

    /// Says goodbye, and ends: rooms are left and streams come to their end. Whoever waits for an answer hears that there is no
    /// connection. Does nothing when the client has ended already.
    pub async fn disconnect(&self) {
        let mut states = self.0.hub.state.subscribe();
        self.0.hub.closing.notify_one();
        // The task cannot vanish without saying so.
        let _ended = states.wait_for(|state| *state == State::Disconnected).await;
    }

    /// Calls back for each room that is created.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime. So do all methods that call back.
    pub fn on_room_created<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomInfo) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::RoomCreated(info) => Some(info.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ROOM_CREATED, decode, boxed(callback))
    }

    /// Calls back for each room that is deleted.
    pub fn on_room_deleted<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::RoomDeleted(room) => Some(room.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ROOM_DELETED, decode, boxed(callback))
    }

    /// Calls back with what a room remembers, when the server sends it on a join. Rooms do that which are set up so; the others
    /// are asked with [`Room::history`].
    pub fn on_history<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomHistory) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::History(history, _) => Some(history.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::HISTORY, decode, boxed(callback))
    }

    /// Calls back with a room of which events may be missing: the client has come back, and the server does not have
    /// everything any more; or too many events came before anybody listened. What is recorded is to be had by
    /// [`Room::history`].
    pub fn on_gap<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(RoomId) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Gap(room) => Some(room.clone()),
            _ => None,
        };
        on_notice(self.hub(), GAP, decode, boxed(callback))
    }

    /// Calls back with what goes wrong and is the answer to nothing that the program awaits. It is logged too.
    pub fn on_error<F, Fut>(&self, callback: F) -> Subscription
    where
        F: FnOnce(Error) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Error(error) => Some(error.clone()),
            _ => None,
        };
        on_notice(self.hub(), wire::ERROR, decode, boxed(callback))
    }

    /// Calls back with what the server sends under a name of its own, outside of all rooms.
    ///
    /// ```no_run
    /// # async fn run(client: dialogue_client::Client) {
    /// client.on_message("chat:members", async |names: Vec<String>| println!("{} are here", names.join(", ")));
    /// # }
    /// ```
    pub fn on_message<T, F, Fut>(&self, name: &str, callback: F) -> Subscription
    where
        T: DeserializeOwned + Send + 'static,
        F: FnOnce(T) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let decode = |notice: &Notice| match notice {
            Notice::Message { data, .. } => serde_json::from_str(data.get()).ok(),
            _ => None,
        };
        on_notice(self.hub(), name, decode, boxed(callback))
    }

    /// Asks the server, and waits for its answer.
    pub(crate) async fn request(
        &self,
        name: &'static str,
        argument: Option<Box<str>>,
        effect: Effect,
    ) -> Result<Box<RawValue>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Request { name, argument, effect, reply }).await?;
        answer.await.unwrap_or(Err(Failure::Disconnected))
    }

    /// Hands a command to the client's task. Whoever waits here waits because of what others have asked for.
    pub(crate) async fn send(&self, command: Command) -> Result<(), Failure> {
        self.0.commands.send_timeout(command, self.0.timeout).await.map_err(|error| match error {
            SendTimeoutError::Timeout(_) => Failure::Timeout,
            SendTimeoutError::Closed(_) => Failure::Disconnected,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("user_id", &self.user_id()).field("state", &self.state()).finish_non_exhaustive()
    }
}
