//! The windows of a quarter of an hour and of a day, told in every answer.

use reqwest::{Method, Response};

use crate::support::*;

fn headers(answer: &Response) -> [String; 4] {
    ["x-ratelimit-limit", "x-ratelimit-usage", "x-readratelimit-limit", "x-readratelimit-usage"]
        .map(|name| answer.headers()[name].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_answer_tells_what_is_used() {
    let stage = stage();
    stage.sim.set_options(|options| options.access_token_seconds = 10 * 86_400);
    let token = stage.access(&ALL);
    let read = async || stage.request(&token, Method::GET, "/athlete").send().await.unwrap();
    assert_eq!(headers(&read().await), ["200,2000", "1,1", "100,1000", "1,1"]);
    let upload = stage.upload(&token, &[("data_type", "fit")], "ride.fit", ride(NOW)).await;
    assert_eq!(headers(&upload), ["200,2000", "2,2", "100,1000", ","], "a lone comma");
    assert_eq!(headers(&read().await), ["200,2000", "3,3", "100,1000", "2,2"]);
    // 06:40 becomes 06:45, and then the next day.
    stage.sim.clock().advance(300);
    assert_eq!(headers(&read().await)[1], "1,4");
    stage.sim.clock().advance(86_400);
    assert_eq!(headers(&read().await)[1], "1,1");
}

#[tokio::test]
async fn over_the_limit_nothing_is_done_and_it_counts() {
    let stage = stage();
    stage.sim.set_options(|options| {
        (options.overall_limit, options.read_limit) = ([4, 6], [2, 9]);
        options.access_token_seconds = 10 * 86_400;
    });
    let token = stage.access(&ALL);
    let read = async || stage.get(&token, "/athlete").await;
    assert_eq!((read().await.0, read().await.0), (200, 200));
    let (status, refused) = read().await;
    assert_eq!((status, refused["errors"].as_str()), (429, Some("Rate Limit Exceeded")));
    let upload =
        async || stage.upload(&token, &[("data_type", "fit")], "ride.fit", ride(NOW)).await.status().as_u16();
    assert_eq!(upload().await, 201, "uploads are not reads");
    assert_eq!(upload().await, 429);
    assert_eq!(stage.sim.uploads().len(), 1);
    stage.sim.clock().advance(900);
    assert_eq!(read().await.0, 200);
    stage.sim.set_options(|options| options.plain_429 = false);
    let (status, refused) = read().await;
    assert_eq!(
        (status, fault(&refused).as_str()),
        (429, "Application/rate limit/exceeded"),
        "the day is over"
    );
    stage.sim.clock().advance(86_400);
    assert_eq!(read().await.0, 200);
}
