//! The names of the Socket.IO events of the protocol: first those that the server sends, then those that clients send.

pub(crate) const CONNECTED: &str = "dialogue:connected";
pub(crate) const JOINED: &str = "dialogue:joined";
pub(crate) const LEFT: &str = "dialogue:left";
pub(crate) const HISTORY: &str = "dialogue:history";
pub(crate) const HISTORY_RESPONSE: &str = "dialogue:historyResponse";
pub(crate) const ROOM_CREATED: &str = "dialogue:roomCreated";
pub(crate) const ROOM_DELETED: &str = "dialogue:roomDeleted";
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
pub(crate) const GET_HISTORY: &str = "dialogue:getHistory";
pub(crate) const RENEW: &str = "dialogue:renew";
