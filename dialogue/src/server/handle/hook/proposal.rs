//! The rooms that clients ask to create.

use std::sync::Arc;

use crate::room::{NewRoom, RoomId};
use crate::server::flow::Core;
use crate::server::flow::hooks::Proposal;
use crate::server::handle::Client;

/// A room that a client asks to create. A [`before_create`](crate::DialogueBuilder::before_create) hook turns it into a
/// [`NewRoom`], or refuses it.
///
/// ```
/// use dialogue::hook::RoomProposal;
/// use dialogue::{Denied, Dialogue};
/// # #[derive(serde::Serialize, serde::Deserialize, dialogue::Event)] struct Message { text: String }
///
/// # fn main() -> Result<(), dialogue::Error> {
/// let dialogue = Dialogue::builder()
///     .before_create(async |proposal: RoomProposal| {
///         if !proposal.id.as_str().starts_with("talk:") {
///             return Err(Denied::because("the id of a room starts with `talk:`"));
///         }
///         Ok(proposal.config().event::<Message>().default_subscription::<Message>().close_when_empty())
///     })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomProposal {
    /// The client that asks to create the room.
    pub client: Client,
    /// The id. No room had it when the hook was called.
    pub id: RoomId,
    /// The display name.
    pub name: String,
    /// What the room is for.
    pub description: Option<String>,
    /// The maximum number of connections in the room.
    pub max_size: Option<usize>,
}

impl RoomProposal {
    pub(crate) fn new(core: &Arc<Core>, proposal: Proposal) -> Self {
        let Proposal { peer, id, name, description, max_size } = proposal;
        Self { client: Client::new(core, peer), id, name, description, max_size }
    }

    /// Returns the room as the client proposed it. It carries no events yet. The client's user is its creator, and may
    /// delete it.
    pub fn config(&self) -> NewRoom {
        let Self { client, id, name, description, max_size } = self;
        NewRoom::proposed(id.clone(), name.clone(), description.clone(), *max_size, client.user_id().clone())
    }
}
