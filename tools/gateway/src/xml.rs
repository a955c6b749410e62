//! The answer: `XmlMsg` with the names of 別紙3-1, in UTF-8 or Shift_JIS. Every answer
//! says that it comes from a simulator.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesPI, BytesText, Event},
};
use time::{
    Date, Duration, OffsetDateTime, format_description::StaticFormatDescription,
    macros::format_description,
};

use crate::{
    ca::MARK,
    clock::japan,
    consents::Consents,
    items::CONSENTS,
    people::{Content, Element, Encoding, Person},
};

const DAY: StaticFormatDescription = format_description!("[year][month][day]");
const MOMENT: StaticFormatDescription =
    format_description!("[year][month][day][hour][minute][second]");

/// How long a consent lasts; the public samples say 24 hours.
const CONSENT_LIFE: Duration = Duration::hours(24);

/// Whom an answer is about, and for whom it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    /// 任意のファイル識別子: the check's id.
    pub(crate) check: &'a str,
    /// 医療機関コード
    pub(crate) facility: &'a str,
    /// `None`: no such person (4 該当資格なし).
    pub(crate) person: Option<&'a Person>,
    /// What the gateway has to say about the certificate.
    pub(crate) notice: Option<&'a str>,
    /// What the holder let the institution look at. It stands in every record.
    pub(crate) consents: Consents,
    pub(crate) now: OffsetDateTime,
}

impl Answer<'_> {
    /// The document's bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        let encoding = self.person.map_or(Encoding::Utf8, |person| person.encoding);
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        self.document(&mut writer, encoding).expect("a vector takes every byte");
        let utf8 = String::from_utf8(writer.into_inner()).expect("made of strings");
        match encoding {
            Encoding::Utf8 => utf8.into_bytes(),
            // What code page 932 lacks becomes a character reference, which XML reads alike.
            Encoding::ShiftJis => encoding_rs::SHIFT_JIS.encode(&utf8).0.into_owned(),
        }
    }

    fn document(&self, out: &mut Writer<Vec<u8>>, encoding: Encoding) -> io::Result<()> {
        let name = encoding.to_string();
        out.write_event(Event::Decl(BytesDecl::new("1.0", Some(&name), Some("no"))))?;
        out.write_event(Event::Comment(BytesText::new(&format!(
            " {MARK}: この回答は模擬のものです。実在の人物、保険者とは関係ありません。 "
        ))))?;
        out.write_event(Event::PI(BytesPI::new(format!("shikaku-simulator {MARK}"))))?;
        out.create_element("XmlMsg").write_inner_content(|out| {
            out.create_element("MessageHeader")
                .write_inner_content(|out| self.header(out, encoding))?;
            out.create_element("MessageBody").write_inner_content(|out| self.body(out))?;
            Ok(())
        })?;
        Ok(())
    }

    fn header(&self, out: &mut Writer<Vec<u8>>, encoding: Encoding) -> io::Result<()> {
        let now = japan(self.now);
        let charset = match encoding {
            Encoding::Utf8 => "0",
            Encoding::ShiftJis => "1",
        };
        text(out, "ProcessExecutionTime", &moment(now))?;
        text(out, "QualificationConfirmationDate", &day(now.date()))?;
        text(out, "MedicalInstitutionCode", self.facility)?;
        text(out, "ArbitraryFileIdentifier", self.check)?;
        // 1 マイナンバーカード; 1 正常終了
        text(out, "ReferenceClassification", "1")?;
        text(out, "SegmentOfResult", "1")?;
        text(out, "CharacterCodeIdentifier", charset)
    }

    fn body(&self, out: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let Some(person) = self.person else {
            text(out, "ProcessingResultStatus", "1")?;
            self.message(out, None)?;
            text(out, "QualificationValidity", "4")?;
            return self.list(out, &[]);
        };
        text(out, "ProcessingResultStatus", &person.status)?;
        if let Some(code) = &person.code {
            text(out, "ProcessingResultCode", code)?;
        }
        self.message(out, person.message.as_deref())?;
        if let Some(validity) = &person.validity {
            text(out, "QualificationValidity", validity)?;
        }
        self.list(out, &person.records)
    }

    /// 処理結果メッセージ: the person's own, then the certificate's.
    fn message(&self, out: &mut Writer<Vec<u8>>, own: Option<&str>) -> io::Result<()> {
        let parts: Vec<&str> = own.into_iter().chain(self.notice).collect();
        if parts.is_empty() {
            return Ok(());
        }
        text(out, "ProcessingResultMessage", &parts.concat())
    }

    fn list(&self, out: &mut Writer<Vec<u8>>, records: &[Vec<Element>]) -> io::Result<()> {
        if records.is_empty() {
            out.create_element("ResultList").write_empty()?;
            return Ok(());
        }
        let today = japan(self.now).date();
        out.create_element("ResultList").write_inner_content(|out| {
            for record in records {
                out.create_element("ResultOfQualificationConfirmation").write_inner_content(
                    |out| {
                        elements(out, record, today)?;
                        self.consented(out)
                    },
                )?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// 閲覧同意フラグ (OQSCD016: 1 あり)、同意日時、有効期限
    fn consented(&self, out: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let now = japan(self.now);
        for (_, item) in CONSENTS.iter().filter(|(consent, _)| self.consents.has(*consent)) {
            text(out, &format!("{item}ConsFlg"), "1")?;
            text(out, &format!("{item}ConsTime"), &moment(now))?;
            text(out, &format!("{item}AvailableTime"), &moment(now + CONSENT_LIFE))?;
        }
        Ok(())
    }
}

/// `date` as yyyyMMdd.
fn day(date: Date) -> String {
    date.format(DAY).expect("a date has every part")
}

/// `at` as yyyyMMddHHmmss.
fn moment(at: OffsetDateTime) -> String {
    at.format(MOMENT).expect("a moment has every part")
}

fn elements(out: &mut Writer<Vec<u8>>, all: &[Element], today: Date) -> io::Result<()> {
    for element in all {
        match &element.content {
            Content::Text(content) => text(out, element.name, content)?,
            Content::Day(content) => text(out, element.name, &day(content.on(today)))?,
            Content::Group(inner) => {
                out.create_element(element.name)
                    .write_inner_content(|out| elements(out, inner, today))?;
            }
        }
    }
    Ok(())
}

fn text(out: &mut Writer<Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    out.create_element(name).write_text_content(BytesText::new(content))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn answer(file: &str, consents: &str) -> Vec<u8> {
        let person = Person::read("x", file).expect("a person");
        let now = datetime!(2026-11-20 15:30:05 UTC);
        let check = "0f0e0d0c-0000-4000-8000-000000000000";
        let consents = consents.parse().expect("consents");
        let person = Some(&person);
        Answer { check, facility: "1310000001", person, notice: None, consents, now }.write()
    }

    #[test]
    fn an_answer_in_full() {
        let file = r#"
            serial = 1
            why = "a test"
            validity = "1"
            message = "お知らせ"
            [[records]]
            Name = "<資格>　&太郎\"'"
            Birthdate = "19520101"
            InsurerNumber = "  123456"
            InsuredCardValidDate = "-1d"
            [records.ElderlyRecipientCertificateInfo]
            ElderlyRecipientContributionRatio = "020"
        "#;
        let expected = r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- 模擬環境: この回答は模擬のものです。実在の人物、保険者とは関係ありません。 -->
<?shikaku-simulator 模擬環境?>
<XmlMsg>
  <MessageHeader>
    <ProcessExecutionTime>20261121003005</ProcessExecutionTime>
    <QualificationConfirmationDate>20261121</QualificationConfirmationDate>
    <MedicalInstitutionCode>1310000001</MedicalInstitutionCode>
    <ArbitraryFileIdentifier>0f0e0d0c-0000-4000-8000-000000000000</ArbitraryFileIdentifier>
    <ReferenceClassification>1</ReferenceClassification>
    <SegmentOfResult>1</SegmentOfResult>
    <CharacterCodeIdentifier>0</CharacterCodeIdentifier>
  </MessageHeader>
  <MessageBody>
    <ProcessingResultStatus>1</ProcessingResultStatus>
    <ProcessingResultMessage>お知らせ</ProcessingResultMessage>
    <QualificationValidity>1</QualificationValidity>
    <ResultList>
      <ResultOfQualificationConfirmation>
        <InsurerNumber>  123456</InsurerNumber>
        <Name>&lt;資格&gt;　&amp;太郎&quot;&apos;</Name>
        <Birthdate>19520101</Birthdate>
        <InsuredCardValidDate>20261120</InsuredCardValidDate>
        <ElderlyRecipientCertificateInfo>
          <ElderlyRecipientContributionRatio>020</ElderlyRecipientContributionRatio>
        </ElderlyRecipientCertificateInfo>
        <SpecificHealthCheckupsInfoConsFlg>1</SpecificHealthCheckupsInfoConsFlg>
        <SpecificHealthCheckupsInfoConsTime>20261121003005</SpecificHealthCheckupsInfoConsTime>
        <SpecificHealthCheckupsInfoAvailableTime>20261122003005</SpecificHealthCheckupsInfoAvailableTime>
        <PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>
        <PharmacistsInfoConsTime>20261121003005</PharmacistsInfoConsTime>
        <PharmacistsInfoAvailableTime>20261122003005</PharmacistsInfoAvailableTime>
      </ResultOfQualificationConfirmation>
    </ResultList>
  </MessageBody>
</XmlMsg>"#;
        assert_eq!(String::from_utf8(answer(file, "medication,checkup")).expect("UTF-8"), expected);
    }

    #[test]
    fn shift_jis_is_code_page_932() {
        let file = "serial = 1\nwhy = \"x\"\nencoding = \"shift-jis\"\nvalidity = \"1\"\n\
                    [[records]]\nName = \"①髙﨑\"\nInsurerName = \"𠮷\"";
        let bytes = answer(file, "");
        // NEC row 13, IBM extensions.
        let name: Vec<u8> = [&b"<Name>"[..], &[0x87, 0x40, 0xFB, 0xFC, 0xFA, 0xB1]].concat();
        assert!(bytes.windows(name.len()).any(|window| window == name));
        let text = encoding_rs::SHIFT_JIS.decode(&bytes).0;
        assert!(text.contains("encoding=\"Shift_JIS\""), "{text}");
        assert!(text.contains("<CharacterCodeIdentifier>1<"), "{text}");
        assert!(text.contains("&#134071;"), "{text}");
    }
}
