// A ZIP file of stored members (APPNOTE 6.3.3, sections 4.3.7 to 4.3.16): pictures are compressed already.

const table = Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// Little-endian fields as [size in bytes, value] pairs.
function record(...fields) {
  const bytes = [];
  for (const [size, value] of fields) for (let at = 0; at < size; at += 1) bytes.push((value / 2 ** (8 * at)) & 255);
  return new Uint8Array(bytes);
}

// `files` are [name, Uint8Array] pairs.
export function zip(files) {
  const [parts, directory] = [[], []];
  let offset = 0;
  const utf8 = 0x0800;
  const day = 0x21; // 1 January 1980: the same list makes the same file.
  for (const [name, bytes] of files) {
    const label = new TextEncoder().encode(name);
    const sizes = [[4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, label.length], [2, 0]];
    const head = record([4, 0x04034b50], [2, 20], [2, utf8], [2, 0], [2, 0], [2, day], ...sizes);
    parts.push(head, label, bytes);
    directory.push(record([4, 0x02014b50], [2, 20], [2, 20], [2, utf8], [2, 0], [2, 0], [2, day], ...sizes, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), label);
    offset += head.length + label.length + bytes.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, length], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
