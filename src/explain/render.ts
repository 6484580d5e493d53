/** Sections and findings as text for people and as JSON for machines. */
import { hexBytes, hexDigits } from '../bytes/hex.ts';
import type { Json } from '../codec/field.ts';
import type { Finding } from '../codec/finding.ts';
import type { Line } from '../codec/layout.ts';
import { findingsOf, type Section } from './section.ts';

const BYTES_PER_LINE = 16;
/** Bytes of a field shown in its column; the value tells the rest. */
const FIELD_BYTES_SHOWN = 8;
const PLACE_WIDTH = 9;
const NAME_WIDTH = 36;

/** `0010h` or `0010h.7`: a byte's offset, and the most significant bit of a smaller field. */
const place = (at: number, bit: number | undefined): string =>
  `${at.toString(16).toUpperCase().padStart(4, '0')}h${bit === undefined ? '' : `.${bit}`}`;

/** One line of text for each field, structures inside further to the right. */
export function renderSection(section: Section, indent = ''): string[] {
  const lines: string[] = [];
  addSection(lines, section, indent);
  return lines;
}

function addSection(lines: string[], section: Section, indent: string): void {
  const size = section.end - section.at;
  const source = section.source === undefined ? '' : `, ${section.source}`;
  const level = section.level === undefined ? '' : `, read as ${section.level}`;
  const title = section.title.charAt(0).toUpperCase() + section.title.slice(1);
  const inner = `${indent}  `;
  lines.push(`${indent}${title} (${size} byte${size === 1 ? '' : 's'}${source})${level}`);
  for (const line of section.lines) lines.push(inner + fieldText(line));
  for (const text of section.text ?? []) lines.push(inner + text);
  const dumped = section.dump === undefined ? [] : dumpLines(section.dump, section.at);
  for (const line of dumped) lines.push(inner + line);
  for (const finding of section.findings) lines.push(inner + renderFinding(finding));
  for (const one of section.sections) addSection(lines, one, inner);
}

function fieldText(line: Line): string {
  const shown = hexDigits(line.bytes.subarray(0, FIELD_BYTES_SHOWN));
  const bytes = line.bytes.length > FIELD_BYTES_SHOWN ? `${shown}…` : shown;
  const columns = place(line.at, line.bit).padEnd(PLACE_WIDTH)
    + bytes.padEnd(2 * FIELD_BYTES_SHOWN + 3);
  return `${columns}${line.name.padEnd(NAME_WIDTH)} ${line.text}`.trimEnd();
}

/** Offset, sixteen bytes, and the same as ASCII. */
export function dumpLines(bytes: Uint8Array, from: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const part = bytes.subarray(at, at + BYTES_PER_LINE);
    const text = Array.from(part, (byte) =>
      (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    const columns = hexBytes(part).padEnd(3 * BYTES_PER_LINE + 1);
    lines.push(`${place(from + at, undefined).padEnd(PLACE_WIDTH)}${columns}${text}`);
  }
  return lines;
}

/** `error 0052h value: DESCRIPTOR LENGTH is 18h, must be 14h; write 14h (SPC-4 6.4.6.2)`. */
export function renderFinding(finding: Finding): string {
  const mend = finding.mend === undefined ? '' : `; ${finding.mend}`;
  const source = finding.source === undefined ? '' : ` (${finding.source})`;
  return `${finding.severity} ${place(finding.at, finding.bit)} ${finding.rule}: `
    + `${finding.message}${mend}${source}`;
}

/** The tree for machines; bytes are hex text. */
export const sectionJson = (section: Section): Json => ({
  title: section.title,
  ...(section.format === undefined ? {} : { format: section.format }),
  ...(section.source === undefined ? {} : { source: section.source }),
  ...(section.level === undefined ? {} : { level: section.level }),
  at: section.at, byteLength: section.end - section.at,
  fields: section.lines.map(({ bytes, ...line }) => ({ ...line, bytes: hexBytes(bytes) })),
  ...(section.text === undefined ? {} : { text: section.text }),
  ...(section.dump === undefined ? {} : { bytes: hexBytes(section.dump) }),
  findings: section.findings.map(findingJson),
  sections: section.sections.map(sectionJson),
});

/** All findings of a section for machines. */
export const findingsJson = (section: Section): Json =>
  findingsOf(section).map(findingJson);

export const findingJson = (finding: Finding): { readonly [key: string]: Json } => ({ ...finding });
