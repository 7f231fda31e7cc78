//! A room as clients see it in the list of rooms.

use serde::{Deserialize, Serialize};

use super::id::{RoomId, UserId};

/// A room as the list of rooms shows it (reference, Client API 3.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoomInfo {
    /// The id.
    pub id: RoomId,
    /// The name for people.
    pub name: String,
    /// What the room is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many connections are in it now.
    pub size: usize,
    /// How many it seats; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<usize>,
    /// The user who created it, when a user did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by_id: Option<UserId>,
}
