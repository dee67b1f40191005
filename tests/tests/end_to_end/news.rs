//! Polar tells `baton watch` by itself what is new: it is sent within seconds, what somebody else made up is refused, and a
//! subscription that Polar has ended is set going again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use baton_tests::polar::PhysicalInfo;
use baton_tests::polar::generate::Sort;

use crate::polar::{CLIENT, DAY, Watch};
use crate::world::EMAIL;

/// `baton watch` with an address for news.
struct Service {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// Listens and has its subscription.
    fn start(watch: &Watch, address: SocketAddr) -> Service {
        let (local, public) = (address.to_string(), format!("http://{address}/news"));
        let arguments = ["watch", "--webhook", &local, "--webhook-url", &public];
        let mut child = watch.computer.command(arguments).spawn().unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let (talk, heard) = (BufReader::new(child.stderr.take().unwrap()), said.clone());
        std::thread::spawn(move || {
            for line in talk.lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        let mut service = Service { child, address, said };
        service.wait("a subscription", |service| {
            service.said().contains("news") && watch.polar.is_webhook_active(CLIENT) == Some(true)
        });
        service
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    fn wait(&mut self, what: &str, is_there: impl Fn(&Service) -> bool) -> Duration {
        let begin = Instant::now();
        while !is_there(self) {
            assert!(begin.elapsed() < Duration::from_mins(1), "no {what}: {}", self.said());
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.said());
            std::thread::sleep(Duration::from_millis(100));
        }
        begin.elapsed()
    }

    /// The status of the answer to what somebody sends.
    fn send(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(stream, "{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("\r\n\r\n"), "without words: {answer}");
        answer.split_whitespace().nth(1).unwrap().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this computer that nobody listens at.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn what_polar_tells_is_sent_within_seconds_and_what_others_make_up_is_refused() {
    let watch = Watch::connected();
    watch.computer.run_well(["sync"]);
    let mut service = Service::start(&watch, free());
    let run = watch.trains(1, Sort::Run, 2);
    watch.polar.clear_requests();

    let forged = format!(
        r#"{{"event":"EXERCISE","user_id":{},"entity_id":"x","url":"http://127.0.0.1:1/x"}}"#,
        watch.user_id
    );
    let signature = "ab".repeat(32);
    for head in [
        "POST /news HTTP/1.1".to_owned(),
        format!("POST /news HTTP/1.1\r\nPolar-Webhook-Signature: {signature}"),
    ] {
        assert_eq!(service.send(&head, &forged), "401");
    }
    assert_eq!(service.send("GET /news HTTP/1.1", ""), "405");
    assert_eq!(service.send("POST /news HTTP/1.1", r#"{"event":"PING"}"#), "200");
    std::thread::sleep(Duration::from_secs(4));
    assert!(watch.polar.requests().is_empty(), "nobody asked Polar because of that");

    assert_eq!(watch.polar.tell_of_exercise(CLIENT, watch.user_id, &run.id), Some(200));
    let took = service.wait("run at Garmin Connect", |_| watch.garmin.activities().len() == 1);
    assert!(took < Duration::from_secs(30), "{took:?}");
    watch.polar.set_physical_info(watch.user_id, PhysicalInfo::measured(70.9, watch.now - DAY));
    assert_eq!(watch.polar.tell_of_body(CLIENT, watch.user_id), Some(200));
    service.wait("weight at Garmin Connect", |_| watch.garmin.weigh_ins(EMAIL).len() == 1);
    // News of somebody who is not connected here are taken and lead to nothing.
    assert_eq!(watch.polar.tell_of_exercise(CLIENT, 4711, "x"), Some(200));
    drop(service);
    let runs = watch.computer.run_well(["history", "--json"]);
    assert!(runs.contains(r#""trigger":"news""#), "{runs}");
    assert_eq!((watch.garmin.activities().len(), watch.garmin.duplicates()), (1, 0));
    watch.assert_polite();
}

#[test]
fn a_subscription_that_polar_has_ended_is_set_going_again_and_said() {
    let watch = Watch::connected();
    watch.computer.run_well(["sync"]);
    let address = free();
    drop(Service::start(&watch, address));
    for _ in 0..2 {
        assert_eq!(watch.polar.tell_of_body(CLIENT, watch.user_id), None, "nobody answers");
        watch.polar.clock().advance(8 * DAY);
    }
    assert_eq!(watch.polar.is_webhook_active(CLIENT), Some(false));
    let service = Service::start(&watch, address);
    assert!(service.said().contains("It does so again"), "{}", service.said());
    assert_eq!(watch.polar.tell_of_body(CLIENT, watch.user_id), Some(200), "the key is still known");
    watch.assert_polite();
}

#[test]
fn an_address_that_anybody_can_listen_in_on_is_not_taken() {
    let watch = Watch::connected();
    let output =
        watch.computer.run(["watch", "--webhook", "127.0.0.1:0", "--webhook-url", "http://example.org/x"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("https://"), "{said}");
}
