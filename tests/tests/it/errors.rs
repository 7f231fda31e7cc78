//! Errors as applications meet them: with `?` in `main`, and in hooks.

use std::collections::BTreeMap;
use std::process::Command;

use dialogue::error::{
    BuildError, CreateRoomError, DeleteRoomError, EmitError, EncodeError, HistoryError, JoinError, JwtError,
    LeaveError, LogError, OpenError, RateError, SendError, ServeError, SubscribeError, TriggerError,
};
use dialogue::{Denied, Dialogue, Event, Invalid, JwtAuth, PendingEvent, Rate};
use dialogue_tests::TestServer;
use dialogue_tests::rooms::{Message, ROOMS, UserJoined};
use serde_json::json;

/// Every public error of the crate. One that is new belongs here.
macro_rules! each_converts {
    ($($error:ty)*) => {
        $(const _: fn($error) -> dialogue::Error = <dialogue::Error as From<$error>>::from;)*
    };
}

each_converts! {
    BuildError CreateRoomError DeleteRoomError Denied EmitError EncodeError HistoryError Invalid JoinError JwtError
    LeaveError LogError OpenError RateError SendError ServeError SubscribeError TriggerError
}

#[test]
fn errors_of_every_step_of_main_convert() {
    fn rate() -> Result<Rate, dialogue::Error> {
        Ok("10 times".parse::<Rate>()?)
    }
    fn key() -> Result<JwtAuth, dialogue::Error> {
        Ok(JwtAuth::rs256_pem("not a key")?)
    }
    fn payload() -> Result<Message, dialogue::Error> {
        Ok(Message::decode("{}")?)
    }
    assert!(matches!(rate(), Err(dialogue::Error::Rate(_))));
    assert!(matches!(key(), Err(dialogue::Error::Jwt(JwtError::Key))));
    assert!(matches!(payload(), Err(dialogue::Error::Invalid(_))));
    let error = "10 times".parse::<Rate>().unwrap_err();
    assert_eq!(rate().unwrap_err().to_string(), error.to_string(), "an error shows the same text wherever it is");
}

/// Makes the test [`program_with_a_log`] a program with a log.
const AS_PROGRAM: &str = "DIALOGUE_TEST_PROGRAM";

/// What [`the_log_goes_to_standard_error_without_colours`] runs as a process of its own.
#[test]
fn program_with_a_log() {
    #[tokio::main(flavor = "current_thread")]
    async fn main() -> Result<(), dialogue::Error> {
        dialogue::log::init()?;
        assert_eq!(dialogue::log::init(), Err(LogError::AlreadySet));
        let dialogue = Dialogue::builder().rooms(ROOMS).build()?;
        let server = dialogue.start("127.0.0.1:0").await?;
        server.stop().await?;
        dialogue::log::silent()?;
        Ok(())
    }
    if std::env::var_os(AS_PROGRAM).is_some() {
        assert!(matches!(main(), Err(dialogue::Error::Log(LogError::AlreadySet))));
    }
}

#[test]
fn the_log_goes_to_standard_error_without_colours() {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this).args(["program_with_a_log", "--nocapture"]).env(AS_PROGRAM, "1").output().unwrap();
    let [printed, log] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{printed}{log}");
    assert!(log.contains("INFO") && log.contains("listening address=127.0.0.1"), "{log}");
    assert!(!log.contains('\x1b'), "a file of a log has no codes for colours: {log}");
    assert!(!printed.contains("listening"), "standard output is the program's own: {printed}");
}

#[tokio::test]
async fn what_a_hook_cannot_encode_is_refused_and_the_hook_goes_on() {
    let builder = Dialogue::builder().rooms(ROOMS).before_each(async |mut event: PendingEvent| {
        // A map whose keys are not strings cannot be JSON.
        let no_json = BTreeMap::from([([1, 2], 3)]);
        match event.event() {
            "message" => event.set_data(&no_json)?,
            "note" => event.set_meta(&no_json)?,
            _ => {
                assert!(event.set_data(&no_json).is_err() && event.set_meta(&no_json).is_err());
                assert_eq!((event.json(), event.meta()), (r#"{"username":"bob"}"#, None), "nothing has changed");
            }
        }
        Ok(event)
    });
    let server = TestServer::with(builder).await;
    let mut alice = server.connect("alice").await;
    alice.join("general").await;
    for (event, data) in [("message", json!({ "text": "hi", "senderId": "a" })), ("note", json!({ "n": 1 }))] {
        let answer = alice.try_trigger("general", event, data).await;
        assert_eq!(answer["error"]["code"], "EVENT_REJECTED", "{answer}");
        assert_eq!(answer["error"]["message"], "the server could not encode the event", "{answer}");
    }
    server.dialogue.trigger("general", UserJoined { username: "bob".into() }).await.unwrap();
    assert_eq!(alice.expect_event("user:joined").await, json!({ "username": "bob" }));
    server.stop().await;
}
