/** Structures in bytes as a tree: fields, findings, and the structures inside. */
import { hex } from '../bytes/hex.ts';
import type { Finding } from '../codec/finding.ts';
import type { AnyLayout, Line } from '../codec/layout.ts';
import { type Item, type ListRules, walk } from '../codec/list.ts';
import type { Format, Part } from './format.ts';
import { formatOf } from './registry.ts';
import { textLines } from './text-lines.ts';

/** One structure, or bytes without one, at `at` to `end` of the bytes explained. */
export interface Section {
  readonly title: string;
  /** Id of its format, if it has one. */
  readonly format?: string;
  readonly source?: string;
  readonly at: number;
  readonly end: number;
  readonly lines: readonly Line[];
  /** Of this structure alone; those inside have their own. */
  readonly findings: readonly Finding[];
  readonly sections: readonly Section[];
  /** Bytes that no field explains. */
  readonly dump?: Uint8Array;
  readonly text?: readonly string[];
  /** Shows bytes of a field of the section around it once more. */
  readonly isView?: boolean;
}

/** Structures can hold each other (forwarded sense in forwarded sense): so deep and no deeper. */
const DEPTH_MAX = 8;

/** The structure at `at`, which the caller says is of this format. Never throws. */
export const sectionOf = (
  format: Format, bytes: Uint8Array, at = 0, end = bytes.length): Section =>
  structure(format, format.title, bytes, at, end, 0);

function structure(
  format: Format, title: string, bytes: Uint8Array, at: number, end: number,
  depth: number): Section {
  const { layout } = format;
  const findings = [...layout.lint(bytes, at, end)];
  const sections: Section[] = [];
  let covered = hasOpenEnd(layout) ? end : Math.min(end, at + layout.size);
  const parts = end - at < layout.size || depth === DEPTH_MAX ? [] : format.parts(bytes, at, end);
  for (const part of parts) {
    if (part.end > end) {
      findings.push(cutShort(format, part, end));
      sections.push(partSection(part, bytes, end, depth));
      covered = end;
      break;
    }
    if (part.end > part.at) sections.push(partSection(part, bytes, end, depth));
    covered = Math.max(covered, part.end);
  }
  if (covered < end) {
    findings.push({
      at: covered, severity: 'warning', rule: 'surplus', source: layout.source,
      message: `${end - covered} bytes follow that ${title} does not have`,
    });
    sections.push(dump('bytes behind the end', bytes, covered, end));
  }
  return {
    title, format: format.id, source: layout.source, at, end: Math.min(covered, end),
    lines: layout.explain(bytes, at, end), findings, sections,
  };
}

const hasOpenEnd = (layout: AnyLayout): boolean =>
  Object.values(layout.fields as Record<string, { byteLength: number | undefined }>) // as in Field
    .some((field) => field.byteLength === undefined);

const cutShort = ({ layout }: Format, part: Part, end: number): Finding => ({
  at: end, severity: 'error', rule: 'length', source: layout.source,
  message: `${part.name}: ${part.end - part.at} bytes are announced, `
    + `${Math.max(0, end - part.at)} are there`,
});

const empty = { lines: [], findings: [], sections: [] };

const dump = (title: string, bytes: Uint8Array, at: number, end: number) =>
  ({ ...empty, title, at, end, dump: bytes.subarray(at, end) });

function partSection(part: Part, bytes: Uint8Array, limit: number, depth: number): Section {
  const at = Math.min(part.at, limit);
  const end = Math.min(part.end, limit);
  const { content } = part;
  if (content === 'bytes') return dump(part.name, bytes, at, end);
  if (content === 'text') {
    return { ...empty, title: part.name, at, end, text: textLines(bytes.subarray(at, end)) };
  }
  if ('lines' in content) {
    return { ...empty, title: part.name, at, end, text: content.lines, isView: true };
  }
  if ('list' in content) return listSection(part, content.list, bytes, at, end, depth);
  const inner = structure(formatOf(content.layout), part.name, bytes, at, end, depth + 1);
  return part.isView === true ? { ...inner, isView: true } : inner;
}

function listSection(
  part: Part, rules: ListRules, bytes: Uint8Array, at: number, end: number,
  depth: number): Section {
  const { items, broken } = walk(rules, bytes, at, end);
  const sections = items.map((item) => itemSection(rules, item, bytes, depth));
  const whole = items.at(-1)?.end ?? at;
  if (whole < end) sections.push(restSection(rules, items.length, bytes, whole, end, depth));
  return {
    ...empty, title: part.name, source: rules.source, at, end, sections,
    // Of a list that is cut off where the bytes end, the structure around it has told.
    findings: broken === undefined || part.end > end ? [] : [broken],
  };
}

function itemSection(rules: ListRules, item: Item, bytes: Uint8Array, depth: number): Section {
  if (item.layout !== undefined) {
    const title = `${item.index}: ${item.layout.name}`;
    return structure(formatOf(item.layout), title, bytes, item.at, item.end, depth + 1);
  }
  return {
    ...dump(`${item.index}: type ${hex(item.type)}`, bytes, item.at, item.end),
    findings: [{
      at: item.at, severity: 'error', rule: 'type', source: rules.source,
      message: `${rules.name}: type code ${hex(item.type)} is not known`,
    }],
  };
}

/** What is left of a list that its descriptors do not fill: as far as it goes, a descriptor. */
function restSection(
  rules: ListRules, index: number, bytes: Uint8Array, at: number, end: number,
  depth: number): Section {
  const header = new Uint8Array(rules.headerBytes);
  header.set(bytes.subarray(at, Math.min(end, at + rules.headerBytes)));
  const layout = rules.layoutOf(rules.typeOf(header, 0));
  if (layout === undefined || end - at >= layout.size) {
    return dump(`${index}: not a whole descriptor`, bytes, at, end);
  }
  const title = `${index}: ${layout.name}, cut off`;
  return structure(formatOf(layout), title, bytes, at, end, depth + 1);
}

/** All findings of a section and those inside, in the order of their place. */
export function findingsOf(section: Section): Finding[] {
  const all: Finding[] = [];
  const visit = (one: Section): void => {
    all.push(...one.findings);
    one.sections.forEach(visit);
  };
  visit(section);
  return all.sort((a, b) => a.at - b.at || (b.bit ?? 7) - (a.bit ?? 7));
}
