/** Lines that zero bytes end; what is not printable ASCII is shown as `\xNN`. */
export function textLines(bytes: Uint8Array): string[] {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte === 0 || (byte >= 0x20 && byte < 0x7f && byte !== 0x5c);
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text.replace(/\0+$/, '').split('\0');
}
