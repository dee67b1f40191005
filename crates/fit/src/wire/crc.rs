//! FIT's checksum: CRC-16 with the reflected polynomial 0xA001, sixteen bytes a step.

const TABLES: [[u16; 256]; 16] = tables();

const fn tables() -> [[u16; 256]; 16] {
    let mut tables = [[0u16; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut step = 1;
    while step < 16 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[step - 1][byte];
            tables[step][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        step += 1;
    }
    tables
}

/// The checksum of some bytes.
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    let (blocks, rest) = bytes.as_chunks::<16>();
    for block in blocks {
        let mut next = 0;
        for (index, &byte) in block.iter().enumerate() {
            let byte = match index {
                0 => byte ^ crc as u8,
                1 => byte ^ (crc >> 8) as u8,
                _ => byte,
            };
            next ^= TABLES[15 - index][usize::from(byte)];
        }
        crc = next;
    }
    for &byte in rest {
        crc = (crc >> 8) ^ TABLES[0][usize::from(byte ^ crc as u8)];
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_16_arc() {
        assert_eq!(checksum(b"123456789"), 0xbb3d);
    }

    #[test]
    fn steps_of_sixteen_bytes_and_the_plain_definition_agree() {
        let bytes: Vec<u8> = (0..1000u32).map(|index| (index * 37 % 251) as u8).collect();
        for length in [0, 1, 15, 16, 17, 999] {
            let bytes = &bytes[..length];
            let plain = bytes.iter().fold(0u16, |crc, &byte| {
                (0..8).fold(
                    crc ^ u16::from(byte),
                    |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 },
                )
            });
            assert_eq!(checksum(bytes), plain);
        }
    }
}
