//! A witness: the crate `myna-card`, over its own PC/SC transport, reads a card and signs.
//!
//! `myna_card PIN FILE SIGNATURE`: signs FILE's bytes with the user authentication key
//! into SIGNATURE; prints the token's name, the tries and the certificate (in hex).
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the test reads what the witness prints")]

use std::{env, error::Error, fs};

use myna_card::{
    Pin,
    ap::jpki::{JpkiAp, SignatureScheme},
    transport::pcsc::{Sharing, connect_any},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [pin, file, signature] = arguments.as_slice() else {
        return Err("usage: myna_card PIN FILE SIGNATURE".into());
    };
    let mut card = connect_any(Sharing::Exclusive)?;
    let mut jpki = JpkiAp::select(&mut card)?;
    println!("token {}", jpki.read_token_type()?.name());
    println!("tries {:?}", jpki.auth_pin_retries()?);
    let certificate = jpki.read_auth_certificate_der()?;
    println!("certificate {}", hex(&certificate));
    jpki.verify_auth_pin(&Pin::numeric(pin)?)?;
    let message = fs::read(file)?;
    fs::write(signature, jpki.sign_with_auth_key(SignatureScheme::Sha256DigestInfo, &message)?)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
