import { hex } from '../bytes/hex.ts';
import type { Finding } from './finding.ts';
import type { AnyLayout } from './layout.ts';
import { absenceAt } from './levels.ts';

/** How the descriptors of a list announce themselves. */
export interface ListRules {
  /** What the list is called in messages. */
  readonly name: string;
  readonly source: string;
  /** Bytes needed to learn a descriptor's type and length. */
  readonly headerBytes: number;
  /** Whole length of the descriptor at `at`, in bytes; its header is there. */
  lengthOf(bytes: Uint8Array, at: number): number;
  /** The type code of the descriptor at `at`. */
  typeOf(bytes: Uint8Array, at: number): number;
  /** Its layout; undefined if the type is not known. */
  layoutOf(type: number): AnyLayout | undefined;
}

/** A descriptor found in a list. Its bytes end at `end`, also when its type is not known. */
export interface Item {
  readonly index: number;
  readonly at: number;
  readonly end: number;
  readonly type: number;
  readonly layout: AnyLayout | undefined;
}

export interface Walk {
  readonly items: readonly Item[];
  /** Set if the walk ended before the list did: nothing behind its place was understood. */
  readonly broken: Finding | undefined;
}

/**
 * Walks a list of descriptors from `at` to `end`: the header must fit, then the announced length
 * must fit what is left. What stands in the descriptors is not looked at.
 */
export function walk(rules: ListRules, bytes: Uint8Array, at: number, end: number): Walk {
  const items: Item[] = [];
  let next = at;
  while (next < end) {
    const left = end - next;
    if (left < rules.headerBytes) {
      const why = `${left} bytes are left, a descriptor's header has ${rules.headerBytes}`;
      return { items, broken: cutOff(rules, next, why) };
    }
    const length = rules.lengthOf(bytes, next);
    if (length < rules.headerBytes || length > left) {
      const why = `the descriptor at byte ${next} has ${length} bytes, ${left} are left`;
      return { items, broken: cutOff(rules, next, why) };
    }
    const type = rules.typeOf(bytes, next);
    const layout = rules.layoutOf(type);
    items.push({ index: items.length, at: next, end: next + length, type, layout });
    next += length;
  }
  return { items, broken: undefined };
}

const cutOff = (rules: ListRules, at: number, why: string): Finding => ({
  at, severity: 'error', rule: 'list', message: `${rules.name}: ${why}`, source: rules.source,
});

/** A level of the standard that a list is read at, and what to call levels. */
export interface ReadAt {
  readonly level: number;
  nameOf(level: number): string;
}

/** What is wrong with an item's type, if anything: it is not known, or not at the level. */
export function typeProblem(rules: ListRules, item: Item, read?: ReadAt): Finding | undefined {
  const where = { at: item.at, source: rules.source, severity: 'error' } as const;
  const subject = `${rules.name}: type code ${hex(item.type)}`;
  if (item.layout === undefined) {
    return { ...where, rule: 'type', message: `${subject} is not known` };
  }
  const absence = read && absenceAt(item.layout.levels, read.level, read.nameOf);
  return absence === undefined ? undefined
    : { ...where, rule: 'level', message: `${subject} is known ${absence}` };
}

/** All findings of a list and of the descriptors in it. */
export function lintList(
  rules: ListRules, bytes: Uint8Array, at: number, end: number, read?: ReadAt): Finding[] {
  const { items, broken } = walk(rules, bytes, at, end);
  const findings = items.flatMap((item) => {
    const problem = typeProblem(rules, item, read);
    const layout = read === undefined ? item.layout : item.layout?.at(read.level);
    return [...(problem === undefined ? [] : [problem]),
      ...(layout?.lint(bytes, item.at, item.end) ?? [])];
  });
  return broken === undefined ? findings : [...findings, broken];
}
