//! The names of the events that Socket.IO carries for us (protocol, "Client to server", "Server to client").

pub(crate) const CONNECTED: &str = "dialogue:connected";
pub(crate) const JOINED: &str = "dialogue:joined";
pub(crate) const LEFT: &str = "dialogue:left";
pub(crate) const EVENT: &str = "dialogue:event";
pub(crate) const ROOMS: &str = "dialogue:rooms";
pub(crate) const ERROR: &str = "dialogue:error";

pub(crate) const JOIN: &str = "dialogue:join";
pub(crate) const LEAVE: &str = "dialogue:leave";
pub(crate) const SUBSCRIBE: &str = "dialogue:subscribe";
pub(crate) const SUBSCRIBE_ALL: &str = "dialogue:subscribeAll";
pub(crate) const UNSUBSCRIBE: &str = "dialogue:unsubscribe";
pub(crate) const TRIGGER: &str = "dialogue:trigger";
pub(crate) const LIST_ROOMS: &str = "dialogue:listRooms";
pub(crate) const CREATE_ROOM: &str = "dialogue:createRoom";
pub(crate) const DELETE_ROOM: &str = "dialogue:deleteRoom";
