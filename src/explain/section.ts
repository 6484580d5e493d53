/** Structures in bytes as a tree: fields, findings, and the structures inside. */
import { hex } from '../bytes/hex.ts';
import type { Finding } from '../codec/finding.ts';
import type { AnyLayout, Line } from '../codec/layout.ts';
import { absenceAt, nameAt } from '../codec/levels.ts';
import { type Item, type ListRules, typeProblem, walk } from '../codec/list.ts';
import { levelName } from '../wire/copy/levels.ts';
import type { Format, Part } from './format.ts';
import { formatOf } from './registry.ts';
import { textLines } from './text-lines.ts';

/** One structure, or bytes without one, at `at` to `end` of the bytes explained. */
export interface Section {
  readonly title: string;
  /** The version of the standard that it was read at, where versions differ: `SPC-4`. */
  readonly level?: string;
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

/** How deep a structure lies in others, and at which level of its standard it is read. */
interface Reading {
  readonly depth: number;
  /** Undefined: all levels at once. */
  readonly level: number | undefined;
}

/**
 * The structure at `at`, which the caller says is of this format. Never throws.
 *
 * Without a level everything that any version of the standard has is known.
 */
export function sectionOf(
  format: Format, bytes: Uint8Array, at = 0, end = bytes.length, level?: number): Section {
  const section = structure(format, titleAt(format, level), bytes, at, end, { depth: 0, level });
  const absence = level === undefined ? undefined
    : absenceAt(format.layout.levels, level, levelName);
  if (absence === undefined) return section;
  const finding: Finding = {
    at, severity: 'error', rule: 'level', source: format.source,
    message: `${section.title} is known ${absence}`,
  };
  return { ...section, findings: [finding, ...section.findings] };
}

const layoutAt = (layout: AnyLayout, level: number | undefined): AnyLayout =>
  (level === undefined ? layout : layout.at(level));

/** A format whose header is declared is more than that. */
function titleAt({ title, layout }: Format, level: number | undefined): string {
  const { name } = layoutAt(layout, level);
  return name === layout.name ? title : name.replace(/ header$/, '');
}

function structure(
  format: Format, title: string, bytes: Uint8Array, at: number, end: number,
  reading: Reading): Section {
  const layout = layoutAt(format.layout, reading.level);
  const findings = [...layout.lint(bytes, at, end)];
  const sections: Section[] = [];
  let covered = hasOpenEnd(layout) ? end : Math.min(end, at + layout.size);
  const isLeaf = end - at < layout.size || reading.depth === DEPTH_MAX;
  for (const part of isLeaf ? [] : format.parts(bytes, at, end)) {
    if (part.end > end) {
      findings.push(cutShort(format, part, end));
      sections.push(partSection(part, bytes, end, reading));
      covered = end;
      break;
    }
    if (part.end > part.at) sections.push(partSection(part, bytes, end, reading));
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
    // Recognising bytes makes many sections of which one is shown.
    get lines() {
      return layout.explain(bytes, at, end);
    },
    findings, sections,
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

function partSection(part: Part, bytes: Uint8Array, limit: number, reading: Reading): Section {
  const at = Math.min(part.at, limit);
  const end = Math.min(part.end, limit);
  const { content } = part;
  const title = reading.level === undefined ? part.name : nameAt(part.name, part, reading.level);
  if (content === 'bytes') return dump(title, bytes, at, end);
  if (content === 'text') {
    return { ...empty, title, at, end, text: textLines(bytes.subarray(at, end)) };
  }
  if ('lines' in content) return { ...empty, title, at, end, text: content.lines, isView: true };
  const inside = { ...reading, depth: reading.depth + 1 };
  if ('list' in content) {
    const { items, broken } = walk(content.list, bytes, at, end);
    return {
      ...empty, title, source: content.list.source, at, end,
      sections: listSections(content.list, items, bytes, at, end, inside),
      // Of a list that is cut off where the bytes end, the structure around it has told.
      findings: broken === undefined || part.end > end ? [] : [broken],
    };
  }
  const inner = structure(formatOf(content.layout), title, bytes, at, end, inside);
  return part.isView === true ? { ...inner, isView: true } : inner;
}

function listSections(
  rules: ListRules, items: readonly Item[], bytes: Uint8Array, at: number, end: number,
  reading: Reading): Section[] {
  const sections = items.map((item) => itemSection(rules, item, bytes, reading));
  const whole = items.at(-1)?.end ?? at;
  return whole < end ? [...sections, restSection(rules, items.length, bytes, whole, end, reading)]
    : sections;
}

function itemSection(
  rules: ListRules, item: Item, bytes: Uint8Array, reading: Reading): Section {
  const { level } = reading;
  const problem = typeProblem(rules, item,
    level === undefined ? undefined : { level, nameOf: levelName });
  const section = item.layout === undefined
    ? dump(`${item.index}: type ${hex(item.type)}`, bytes, item.at, item.end)
    : structure(formatOf(item.layout), `${item.index}: ${layoutAt(item.layout, level).name}`,
      bytes, item.at, item.end, reading);
  return problem === undefined ? section
    : { ...section, findings: [problem, ...section.findings] };
}

/** What is left of a list that its descriptors do not fill: as far as it goes, a descriptor. */
function restSection(
  rules: ListRules, index: number, bytes: Uint8Array, at: number, end: number,
  reading: Reading): Section {
  const header = new Uint8Array(rules.headerBytes);
  header.set(bytes.subarray(at, Math.min(end, at + rules.headerBytes)));
  const layout = rules.layoutOf(rules.typeOf(header, 0));
  if (layout === undefined || end - at >= layout.size) {
    return dump(`${index}: not a whole descriptor`, bytes, at, end);
  }
  const title = `${index}: ${layoutAt(layout, reading.level).name}, cut off`;
  return structure(formatOf(layout), title, bytes, at, end, reading);
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
