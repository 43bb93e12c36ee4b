/** Lengths and numbers at which readers go wrong. */
export const edgeNumbers: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 63, 64, 126, 127, 128, 254, 255, 256, 257, 1_023, 4_095, 16_383,
  16_384, 16_385, 32_767, 32_768, 65_535, 65_536, 65_537, 65_600, 0xff_ffff, 0x100_0000,
  0x3fff_ffff, 0x4000_0000, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** Numbers written in decimal, as senders should not. */
export const edgeDecimals: readonly string[] = [
  ...["", "-1", "-0", "+1", " 1", "1 ", "0x10", "1e3", "1.5", "01", "00000000000000000001", "١"],
  ...["NaN", "Infinity", "1,2", "1, 1", "4294967296", "9007199254740993", "18446744073709551616"],
  ...["999999999999999", "9".repeat(400), "2147483648", "65536", "65537", "0"],
];
