//! Where in a dump of QEMU's (64-bit ELF) a piece of the machine's memory lies.

const PROGRAM_HEADER: usize = 56;
/// A piece of memory.
const LOAD: u32 = 1;

/// The place in the file of what lies at `physical`; `None` where the machine has no memory.
/// `head`: the beginning of the file, with all program headers.
pub(crate) fn offset(head: &[u8], physical: u64) -> Option<u64> {
    let table = usize::try_from(number(head, 32)?).ok()?;
    let count = head.get(56..58).map(|it| u16::from_le_bytes([it[0], it[1]]))?;
    (0..usize::from(count)).find_map(|index| {
        let header = head.get(table + index * PROGRAM_HEADER..)?.get(..PROGRAM_HEADER)?;
        let kind = u32::from_le_bytes(header[..4].try_into().ok()?);
        let (offset, begin, size) = (number(header, 8)?, number(header, 24)?, number(header, 32)?);
        let within = physical.checked_sub(begin).filter(|it| *it < size)?;
        (kind == LOAD).then(|| offset + within)
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn memory_lies_where_the_headers_say() {
        let mut head = vec![0; 64];
        head[32] = 64;
        head[56] = 3;
        // A note, the first 640 KiB, and what is above 1 MiB.
        for (kind, at, begin, size) in [
            (4, 0x1A0_u64, 0_u64, 0x660_u64),
            (1, 0x800, 0, 0xA_0000),
            (1, 0xA_0800, 0x10_0000, 0x1000),
        ] {
            head.extend([kind, 0, 0, 0, 0, 0, 0, 0]);
            for number in [at, 0, begin, size, size, 0] {
                head.extend(number.to_le_bytes());
            }
        }
        assert_eq!(offset(&head, 0), Some(0x800));
        assert_eq!(offset(&head, 0x9_FFFF), Some(0xA_07FF));
        assert_eq!(offset(&head, 0xA_0000), None);
        assert_eq!(offset(&head, 0x10_0FFF), Some(0xA_17FF));
        assert_eq!(offset(&head, 0x10_1000), None);
        assert_eq!(offset(&head[..200], 0x10_0000), None);
        assert_eq!(offset(b"", 0), None);
    }
}
