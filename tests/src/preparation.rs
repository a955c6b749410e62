//! The three preparations of the notice (seed 26-57), in a browser, as the people of a facility do
//! them: the function, a code for each device, an account that has logged in once. They go by
//! what a person reads: labels, buttons, headings, and what a page says came of it.

use crate::Browser;

/// Of a facility, at the portal.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    pub user: &'a str,
    pub password: &'a str,
}

/// A facility's people in front of the portal.
#[derive(Debug)]
pub struct Preparation<'a> {
    pub browser: &'a Browser,
    /// Where the portal is: `https://localhost:PORT`.
    pub portal: &'a str,
    /// 機関コード
    pub facility: &'a str,
}

impl Preparation<'_> {
    /// From the portal's first page to the menu.
    #[track_caller]
    pub fn log_in(&self, account: Account<'_>) {
        self.browser.open(self.portal);
        self.browser.picture("start");
        self.browser.press("システムの利用を始める");
        assert_eq!(self.browser.heading(), "管理ログイン");
        self.browser.fill("機関コード", self.facility);
        self.browser.fill("ユーザID", account.user);
        self.browser.fill("パスワード", account.password);
        self.browser.picture("login");
        self.browser.press("ログイン");
        assert_eq!(self.browser.heading(), "メニュー");
        let who = self.browser.text("//header");
        assert!(who.contains(&format!("（{}）", self.facility)), "{who}");
        assert!(who.contains(account.user), "{who}");
        self.browser.picture("menu");
    }

    /// Back to the first page.
    #[track_caller]
    pub fn log_out(&self) {
        self.browser.press("ログアウト");
        assert_eq!(self.browser.heading(), "オンライン資格確認等システム");
    }

    /// 外来診療等（通常とは異なる動線）機能 becomes 「利用する」, once its terms are confirmed.
    #[track_caller]
    pub fn turn_the_function_on(&self) {
        self.go_to("環境設定情報更新");
        self.browser.picture("environment");
        self.browser.press("オンライン資格確認等システム利用規約を確認する");
        self.browser.picture("terms");
        self.browser.press("利用規約を確認しました");
        assert_eq!(self.told(), "利用規約を確認しました。");
        self.browser.choose("利用する");
        self.browser.picture("environment-on");
        self.browser.press("更新");
        assert_eq!(self.told(), "環境設定情報を更新しました。");
        self.browser.picture("environment-done");
    }

    /// A 一般利用者, who has not logged in yet.
    #[track_caller]
    pub fn register(&self, account: Account<'_>) {
        self.go_to("アカウント管理（登録）");
        self.browser.choose("一般利用者");
        for (label, text) in [
            ("ユーザID", account.user),
            ("ユーザ名", "受付"),
            ("ユーザ名（カナ）", "ウケツケ"),
            ("パスワード", account.password),
            ("パスワード（確認）", account.password),
        ] {
            self.browser.fill(label, text);
        }
        self.browser.picture("account");
        self.browser.press("登録");
        assert!(self.told().starts_with("アカウントを登録しました。"), "{}", self.told());
        self.browser.picture("account-made");
    }

    /// The account's first login with its new password: from here on a device may, too.
    #[track_caller]
    pub fn log_in_first(&self, account: Account<'_>) {
        self.log_in(account);
        assert!(self.told().starts_with("ログインできました。"), "{}", self.told());
    }

    /// A code for one more device, read off the page.
    #[track_caller]
    pub fn issue_a_code(&self, memo: &str) -> String {
        self.go_to("アクティベーションコード管理");
        self.browser.fill("端末識別メモ情報", memo);
        self.browser.picture("code");
        self.browser.press("発行");
        self.browser.picture("code-issued");
        let told = self.told();
        let is_code = |it: &&str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
        told.split_whitespace().find(is_code).unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// Says 「無効化する」 of the code that was issued last, and that it is meant.
    #[track_caller]
    pub fn invalidate_the_code(&self) {
        self.go_to("アクティベーションコード管理");
        self.browser.press("無効化する");
        assert_eq!(self.browser.heading(), "アクティベーションコードの無効化");
        self.browser.press("無効化する");
        assert_eq!(self.told(), "アクティベーションコードを無効化しました。");
    }

    /// A page by the menu.
    #[track_caller]
    fn go_to(&self, page: &str) {
        if self.browser.heading() != "メニュー" {
            self.browser.press("メニュー");
        }
        self.browser.press(page);
        assert_eq!(self.browser.heading(), page);
    }

    /// What the page says came of it.
    #[track_caller]
    fn told(&self) -> String {
        self.browser.text("//*[@role='status']")
    }
}
