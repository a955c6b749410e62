//! Everybody is answered, and the kiosk's own words understand every answer.

use kiosk_core::{
    Eligibility,
    eligibility::{Code, Validity},
};
use kiosk_gateway::{Answer, Id, answer};
use reference_gateway::people::{Encoding, People};
use time::{Duration, OffsetDateTime};

use crate::bench::{Bench, Check, Forge, Plan};

/// What the kiosk reads for the holder of this serial number.
async fn look_up(serials: &[u64]) -> Vec<(u64, u16, Result<Box<Eligibility>, String>, Vec<u8>)> {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let forge = Forge::office();
    let mut all = Vec::new();
    for &serial in serials {
        let check = Check::open(&mut line, &device, "card").await;
        let mut plan = Plan::new(OffsetDateTime::now_utc());
        plan.serial = serial;
        plan.not_after += Duration::days(1);
        let proof = forge.proof(&plan, &device, &check);
        let got = line.post(&check.path(), Some(&device.session), &proof).await;
        let content_type = Some(got.content_type.as_str());
        let wire = Answer { status: got.status, content_type, body: &got.body };
        let id: Id = serde_json::from_value(check.id.clone().into()).expect("an id");
        let read = answer::eligibility(&wire, &id).map_err(|error| error.to_string());
        all.push((serial, got.status, read, got.body.to_vec()));
    }
    all
}

async fn one(serial: u64) -> Box<Eligibility> {
    let (_, _, read, _) = look_up(&[serial]).await.remove(0);
    read.expect("understood")
}

#[tokio::test]
async fn the_kiosk_understands_everybody() {
    let people = People::read().expect("everybody");
    let serials: Vec<u64> = people.iter().map(|person| person.serial).collect();
    assert!(serials.len() >= 24, "{}", serials.len());
    for (serial, status, read, body) in look_up(&serials).await {
        let person = people.find(serial).expect("known");
        match person.id {
            "revoked" => assert_eq!(status, 422),
            "error" => assert!(read.is_err() && status == 200),
            id => {
                let read = read.unwrap_or_else(|error| panic!("{id}: {error}"));
                let named = person.why.starts_with(['2', '3', '4', '5', '6']);
                let valid = read.validity == Code::Known(Validity::Valid);
                assert_eq!(valid, !named && id != "unknown-validity", "{id}");
            }
        }
        if status == 200 {
            let decoded = match person.encoding {
                Encoding::Utf8 => String::from_utf8(body).expect("UTF-8"),
                Encoding::ShiftJis => encoding_rs::SHIFT_JIS.decode(&body).0.into_owned(),
            };
            assert!(decoded.contains("模擬環境"), "{}", person.id);
            assert!(!decoded.contains("&#"), "{}: not in code page 932", person.id);
        }
    }
}

#[tokio::test]
async fn the_manuals_example_is_the_manuals() {
    let read = one(5001).await;
    let [record] = read.records.as_slice() else { panic!("one record") };
    assert_eq!(record.insurer_number.expose(), "12345678");
    assert_eq!(record.insurer_name.expose(), "限定資格保険組合");
    assert_eq!((record.symbol.expose(), record.number.expose()), ("1234", "001"));
    assert_eq!(record.branch_number.expose(), "2");
    assert_eq!((record.name.expose(), record.name_kana.expose()), ("資格　太郎", "シカク タロウ"));
    assert_eq!(record.birth_date.expect("a day").to_string(), "1952年01月01日");
    assert_eq!(record.share.expect("a share").0, 10);
    assert_eq!(record.insured_name.expose(), "資格　一郎");
}

#[tokio::test]
async fn names_come_through_as_they_are() {
    let name = async |serial| one(serial).await.records[0].name.expose().to_owned();
    assert_eq!(name(5016).await, "●橋　花子");
    assert_eq!(name(5017).await, "\u{845B}\u{E0100}城　\u{8FBB}\u{E0100}子");
    assert_eq!(name(5018).await, "\u{20BB7}野　\u{29E3D}子");
    assert_eq!(name(5025).await, "髙﨑　①子");
    assert!(name(5023).await.chars().count() > 35);
}

#[tokio::test]
async fn special_cases_are_what_they_are_there_for() {
    assert!(one(5003).await.records[0].preschool);
    let both = one(5007).await;
    assert!(both.public_assistance && both.records.len() == 1);
    for serial in [5008, 5009] {
        let only = one(serial).await;
        assert!(only.public_assistance && only.records.is_empty());
    }
    assert_eq!(one(5010).await.records[0].back.name.expose(), "表　のどか");
    let elderly = one(5011).await.records[0].elderly.clone().expect("a certificate");
    assert_eq!(elderly.share.expect("a share").0, 20);
    assert!(one(5012).await.records[0].lost_on.is_some());
    assert!(one(5014).await.records.is_empty());
    assert_eq!(one(5019).await.records.len(), 2);
    assert!(one(5020).await.records[0].valid_from.is_none());
    assert!(matches!(one(5021).await.records[0].card_class, Code::Unknown(_)));
    assert!(matches!(one(5022).await.validity, Code::Unknown(_)));
    assert_eq!(one(5026).await.records[0].insurer_number.expose(), "138999");
    assert!(one(5027).await.message.is_some());
}

#[tokio::test]
async fn a_stranger_is_not_found() {
    for serial in [5039, 1, u64::MAX] {
        let read = one(serial).await;
        assert_eq!(read.validity, Code::Known(Validity::NotFound));
        assert!(read.records.is_empty());
    }
}
