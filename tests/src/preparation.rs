//! The three preparations of the notice (seed 26-57), in a browser, as the people of a facility do
//! them: the function, a code for each device, an account that has logged in once.

use crate::{ADMINISTRATOR, ADMINISTRATORS_PASSWORD, Browser, FACILITY, PASSWORD, USER};

/// A facility's people at the portal.
#[derive(Debug)]
pub struct Preparation<'a> {
    browser: &'a Browser,
    portal: &'a str,
}

impl<'a> Preparation<'a> {
    /// The administrator logs in at the portal at `portal`.
    #[track_caller]
    pub fn begin(browser: &'a Browser, portal: &'a str) -> Self {
        let this = Self { browser, portal };
        this.log_in(ADMINISTRATOR, ADMINISTRATORS_PASSWORD);
        this
    }

    /// 外来診療等（通常とは異なる動線）機能 becomes 「利用する」, once its terms are confirmed.
    #[track_caller]
    pub fn turn_the_function_on(&self) {
        self.at("環境設定情報更新");
        self.browser.press("オンライン資格確認等システム利用規約を確認する");
        self.browser.press("利用規約を確認しました");
        self.browser.choose("利用する");
        self.browser.press("更新");
        assert_eq!(self.said(), "環境設定情報を更新しました。");
    }

    /// A code for one more device, read off the page.
    #[track_caller]
    pub fn issue_a_code(&self, memo: &str) -> String {
        self.at("アクティベーションコード管理");
        self.browser.fill("memo", memo);
        self.browser.press("発行");
        let code = self.browser.text("//*[@role='status']//*[@class='code']");
        assert!(code.len() == 12 && code.bytes().all(|it| it.is_ascii_digit()), "{code}");
        code
    }

    /// Says 「無効化する」 of the code that was issued last, and that it is meant.
    #[track_caller]
    pub fn invalidate_the_code(&self) {
        self.at("アクティベーションコード管理");
        self.browser.press("無効化する");
        assert_eq!(self.browser.heading(), "アクティベーションコードの無効化");
        self.browser.press("無効化する");
        assert_eq!(self.said(), "アクティベーションコードを無効化しました。");
    }

    /// The account of the bench, which has not logged in yet.
    #[track_caller]
    pub fn register_the_account(&self) {
        self.at("アカウント管理（登録）");
        self.browser.choose("一般利用者");
        for (field, text) in [
            ("user_id", USER),
            ("name", "受付"),
            ("kana", "ウケツケ"),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ] {
            self.browser.fill(field, text);
        }
        self.browser.press("登録");
    }

    /// The account logs in for the first time: from here on a device may, too.
    #[track_caller]
    pub fn log_in_as_the_account(&self) {
        self.browser.press("ログアウト");
        self.log_in(USER, PASSWORD);
        assert!(self.said().starts_with("ログインできました。"), "{}", self.said());
    }

    /// From the portal's first page.
    #[track_caller]
    fn log_in(&self, user: &str, password: &str) {
        self.browser.open(self.portal);
        self.browser.press("システムの利用を始める");
        for (field, text) in
            [("facility_code", FACILITY), ("user_id", user), ("password", password)]
        {
            self.browser.fill(field, text);
        }
        self.browser.press("ログイン");
        assert_eq!(self.browser.heading(), "メニュー");
    }

    /// A page by the menu.
    #[track_caller]
    fn at(&self, page: &str) {
        self.browser.open(&format!("{}/menu", self.portal));
        self.browser.press(page);
        assert_eq!(self.browser.heading(), page);
    }

    /// What the page says came of it.
    #[track_caller]
    fn said(&self) -> String {
        self.browser.text("//*[@role='status']")
    }
}
