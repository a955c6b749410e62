//! カードリーダー選択, ネットワーク, 記録 and 画面をふく, by what they say and offer.

use std::sync::Arc;

use kiosk_core::{
    GatewayTrouble, LineStatus, Reader, ReaderLabel, Records, Screen,
    form::{Entry, Field},
    menu::MenuPage,
    network::NetworkState,
    reader::Level,
};

use crate::stage::{
    PANEL, Stage,
    gallery::{self, menu},
    offers, plain, says,
};

fn readers(readers: Arc<[Reader]>, chosen: Option<&str>) -> Screen {
    let chosen = chosen.map(|name| ReaderLabel::try_from(name).expect("a short name"));
    Screen::Menu(MenuPage::Readers { readers, chosen, not_kept: false })
}

// seed 79-82
#[test]
fn every_reader_says_what_is_known_of_it_and_which_is_chosen() {
    offers(
        readers(menu::readers(), Some("ACS ACR122U PICC Interface")),
        &[
            ("SONY FeliCa RC-S300/P (0123456)、使用中、動作確認済み", "UseReader(Some(0))"),
            (
                "Maker Of Tomorrow 3000 [CCID Interface] (20261122)、一覧にない機種（使うたびに職員コードが必要）",
                "UseReader(Some(1))",
            ),
            ("ACS ACR122U PICC Interface、選択中、使えません", "UseReader(Some(2))"),
            ("自動（つながっているもの）", "UseReader(None)"),
            ("戻る", "Back"),
        ],
    );
    offers(
        readers(menu::readers(), None),
        &[("自動（つながっているもの）、選択中", "UseReader(None)")],
    );
    says(
        &plain(readers(Arc::default(), None)),
        &["カードリーダーが見つかりません。USBケーブルを確かめてください。"],
    );
    let likely = menu::reader("A 00 00", Level::ShouldWork, false);
    says(&plain(readers([likely].into(), None)), &["A、対応の見込み（動作の報告なし）"]);
}

// seed 86
#[test]
fn records_say_when_how_and_what_and_never_who() {
    let page = |records| Screen::Menu(MenuPage::Records(records));
    says(
        &plain(page(Some(menu::records()))),
        &[
            "新しい順です。まだ送っていない記録が2件あります。患者さんの情報は記録していません。",
            "2026-11-22 10:10",
            "設定を開いた",
            "職員の呼び出し",
            "目視 有効",
            "暗証番号 エラー C-01",
        ],
    );
    // The rest of it is below the edge, and said all the same.
    let stage = Stage::new(PANEL);
    stage.put(&plain(page(Some(menu::records()))));
    let spoken = stage.window.get_spoken();
    for text in ["2026-11-22 09:57 スマートフォン 中止", "2026-11-22 00:00 初期登録"] {
        assert!(spoken.contains(text), "{spoken}");
    }
    let none = Records { intact: true, ..Records::default() };
    says(&plain(page(Some(Arc::new(none)))), &["記録はまだありません。"]);
    says(&plain(page(None)), &["記録を読めません。この端末の提供元にお問い合わせください。"]);
    says(
        &plain(page(Some(Arc::default()))),
        &["記録が途中で途切れています。この端末の提供元にお問い合わせください。"],
    );
    offers(page(None), &[("閉じる", "Back"), ("戻る", "Back")]);
}

#[test]
fn the_network_says_what_is_connected_and_the_code_of_what_is_not() {
    let page =
        |line| Screen::Menu(MenuPage::Network { network: Arc::default(), line, changed: false });
    says(
        &plain(page(LineStatus::Up { simulator: true })),
        &["資格確認のシステム", "つながっています", "ネットワークにつながる部品が見つかりません。"],
    );
    let down = LineStatus::Down(GatewayTrouble::Unreachable);
    let code = kiosk_core::Trouble::from(GatewayTrouble::Unreachable).code();
    says(&plain(page(down)), &[&format!("つながっていません {code}")]);
}

#[test]
fn the_network_says_what_was_set_and_where_it_is_changed() {
    let page = |changed, damaged| {
        let plan = gallery::network::plan();
        let network = Arc::new(NetworkState { plan, damaged, ..NetworkState::default() });
        Screen::Menu(MenuPage::Network { network, line: LineStatus::Starting, changed })
    };
    let stage = Stage::new(PANEL);
    stage.put(&plain(page(true, true)));
    let spoken = stage.window.get_spoken();
    for text in [
        "保存した設定を読めません。",
        "設定を変更しました。「資格確認のシステム」が",
        "資格確認のシステム 確かめています",
        "IPアドレスの設定 192.0.2.15/24",
        "ルーター 192.0.2.1",
        "DNSサーバー 192.0.2.53\n192.0.2.54",
        "HTTPプロキシ proxy.lan:8080",
        "時刻サーバー（NTP） ntp.nict.jp",
    ] {
        assert!(spoken.contains(text), "{text} in {spoken}");
    }
    offers(page(false, false), &[("設定を変更する", "Confirm"), ("閉じる", "Back")]);
    // No other page of facts has the button.
    stage.put(&plain(Screen::Menu(MenuPage::Records(None))));
    assert!(stage.all("設定を変更する").is_empty());
}

#[test]
fn an_address_is_typed_with_the_keys_of_its_field() {
    let page = |field| Screen::Menu(menu::field(field, Entry::Shown(gallery::text("")), false));
    let dot = &[(".", "Letter(*)"), ("-", "Letter(*)"), ("7", "Letter(*)"), ("次へ", "Next")];
    for (field, sign) in [(Field::Address, "/"), (Field::Proxy, ":"), (Field::TimeServer, ":")] {
        offers(page(field), dot);
        offers(page(field), &[(sign, "Letter(*)")]);
    }
    let form = gallery::pages().into_iter().find(|it| it.0 == "menu-form-network");
    offers(
        form.expect("the form").1,
        &[
            ("手動", "Dhcp(false)"),
            ("自動（DHCP）、選ばれています", "Dhcp(true)"),
            ("次へ", "Confirm"),
        ],
    );
}

#[test]
fn while_the_screen_is_wiped_nothing_can_be_pressed() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Cleaning { seconds: 12 }));
    stage.one("いまは画面をさわっても動きません。");
    stage.one("あと12秒で元に戻ります。");
    let buttons = stage
        .elements()
        .into_iter()
        .filter(|it| it.accessible_role() == Some(i_slint_backend_testing::AccessibleRole::Button));
    assert_eq!(buttons.count(), 0);
}
