//! Who comes in, as whom, and for how long.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::task::AbortHandle;
use tracing::{Instrument as _, debug, info_span};

use crate::error::{Denied, RenewError};
use crate::protocol::{ConnectError, ErrorBody, ErrorCode};
use crate::room::UserId;

use super::client::Client;
use super::clients::NotLetIn;
use super::handshake::Handshake;
use super::hooks::{self, No};
use super::identity::{Identity, until};
use super::packet::Packet;
use super::shared::Shared;

/// Lets a client in, or refuses it: the first job of its queue.
pub(crate) async fn connect(shared: &Arc<Shared>, client: &Client) {
    let limit = shared.config.hook_timeout;
    hooks::run_all("on_connect", limit, &shared.hooks.on_connect, client.handshake()).await;
    match admit(shared, client).await {
        Ok(()) => {
            debug!(user = ?client.user_id(), "connected");
            hooks::run_all("on_connected", limit, &shared.hooks.on_connected, client).await;
        }
        Err(refusal) => {
            debug!(code = %refusal.code, "refused");
            client.queue().abandon();
            client.outbox().refuse(&refused(&refusal));
            hooks::run_all("on_disconnect", limit, &shared.hooks.on_disconnect, client.handshake()).await;
            client.has_ended();
        }
    }
}

/// The refusal of a CONNECT. Its message begins with the code, for clients that show nothing else; its data is the error.
pub(crate) fn refused(error: &ErrorBody) -> Packet {
    let message = format!("{}: {}", error.code, error.message);
    let body = ConnectError { message: &message, data: error };
    Packet::raw(format!("4{}", serde_json::to_string(&body).expect("an error is JSON")))
}

async fn admit(shared: &Arc<Shared>, client: &Client) -> Result<(), ErrorBody> {
    let identity = identify(shared, client.handshake()).await?;
    let user = match &identity {
        Some(identity) => identity.user_id.clone(),
        None => claimed(client.handshake()),
    };
    check(&user, shared.config.max_name_bytes)?;
    client.let_in(user);
    let max = shared.config.max_connections_per_user;
    let welcome = || {
        if let Some(identity) = identity {
            begin(shared, client, identity);
        }
        client.greet();
    };
    shared.clients.insert(client, max, welcome).map_err(|error| match error {
        NotLetIn::Full => {
            let message = format!("a user may have {max} connections at once: close one first");
            ErrorBody::new(ErrorCode::RateLimited, message)
        }
        NotLetIn::Closed => unauthenticated("the server is stopping"),
    })
}

/// Who the client is, when the server asks for that.
async fn identify(shared: &Shared, handshake: &Handshake) -> Result<Option<Identity>, ErrorBody> {
    let Some(hook) = &shared.hooks.authenticate else { return Ok(None) };
    match hooks::ask("authenticate", shared.config.hook_timeout, hook, handshake.clone()).await {
        Ok(identity) if has_expired(&identity) => Err(unauthenticated("the session has expired")),
        Ok(identity) => Ok(Some(identity)),
        Err(No::Denied(denied)) => Err(unauthenticated(denied.reason())),
        Err(No::Failed) => Err(ErrorBody::new(ErrorCode::Internal, "the server could not check who you are")),
    }
}

fn has_expired(identity: &Identity) -> bool {
    identity.expires_at.is_some_and(|moment| moment <= SystemTime::now())
}

/// `auth.userId`, taken on trust, else the id of the connection. Never a token.
fn claimed(handshake: &Handshake) -> UserId {
    let fields = handshake.fields();
    match fields.get("userId").and_then(|user| user.as_str()) {
        Some(user) if !user.is_empty() => UserId::from(user),
        _ => UserId::from(handshake.client_id().as_str()),
    }
}

fn check(user: &UserId, max: usize) -> Result<(), ErrorBody> {
    match user.as_str() {
        "" => Err(unauthenticated("a user id cannot be empty")),
        system if UserId::SYSTEM == system => Err(unauthenticated("the user id `system` is the server's own")),
        long if long.len() > max => Err(unauthenticated(&format!("a user id has at most {max} bytes"))),
        _ => Ok(()),
    }
}

fn unauthenticated(why: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unauthenticated, why)
}

fn begin(shared: &Shared, client: &Client, identity: Identity) {
    let timer = identity.expires_at.map(|moment| expire(shared, client, moment));
    client.begin_session(identity, timer);
}

/// Ends the session then.
fn expire(shared: &Shared, client: &Client, moment: SystemTime) -> AbortHandle {
    let client = client.clone();
    let span = info_span!("client", client = %client.id());
    let end = async move {
        tokio::time::sleep(until(moment)).await;
        client.refuse(None, &unauthenticated("the session has expired"));
        client.disconnect();
    };
    shared.tasks.spawn(end.instrument(span)).abort_handle()
}

/// Goes on with another token of the same user; when that expires.
pub(crate) async fn renew(shared: &Shared, client: &Client, token: &str) -> Result<Option<SystemTime>, RenewError> {
    let handshake = client.handshake().with_token(token);
    let identity = match identify(shared, &handshake).await {
        Ok(Some(identity)) => identity,
        Ok(None) => return Err(RenewError::NoAuthentication),
        Err(error) if error.code == ErrorCode::Internal => return Err(RenewError::Internal),
        Err(error) => return Err(RenewError::Denied(Denied::because(error.message))),
    };
    if identity.user_id != *client.user_id() {
        return Err(RenewError::OtherUser);
    }
    let expires_at = identity.expires_at;
    begin(shared, client, identity);
    Ok(expires_at)
}
