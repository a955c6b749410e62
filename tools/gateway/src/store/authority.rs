//! Which CAs every gateway on this database has.

use sqlx::Row;

use super::Store;

impl Store {
    /// Notes the CA with this number, or compares it with the one that is noted. `false`:
    /// it is another one.
    pub async fn agree_on_ca(&self, number: u32, hash: &str) -> sqlx::Result<bool> {
        sqlx::query(
            "INSERT INTO authorities (number, certificate) VALUES ($1, $2)
             ON CONFLICT (number) DO NOTHING",
        )
        .bind(i64::from(number))
        .bind(hash)
        .execute(&self.pool)
        .await?;
        let noted: String = sqlx::query("SELECT certificate FROM authorities WHERE number = $1")
            .bind(i64::from(number))
            .fetch_one(&self.pool)
            .await?
            .try_get("certificate")?;
        Ok(noted == hash)
    }
}
