/** Elements of a magazine by name: `slot1`, `mail1`, `drive0`. */
import { MediaError } from './media-error.ts';

/** Slots and mail slots (import/export elements) count from 1, drives from 0, as `mtx` does. */
export type ElementKind = 'slot' | 'mail' | 'drive';
export type ElementName = `${ElementKind}${number}`;

export interface MagazineLayout {
  readonly slots: number;
  /** Import/export elements. */
  readonly mailSlots: number;
  readonly drives: number;
}

/** Least and most elements of a kind. What a magazine keeps must fit a small file. */
const COUNTS = {
  slots: [1, 2000], mailSlots: [0, 64], drives: [1, 64],
} as const satisfies Record<keyof MagazineLayout, readonly [number, number]>;

const KINDS = [
  ['slot', 'slots', 1], ['mail', 'mailSlots', 1], ['drive', 'drives', 0],
] as const satisfies readonly (readonly [ElementKind, keyof MagazineLayout, number])[];

/** Throws: MediaError (`invalid`) that names the count. */
export function checkLayout(layout: MagazineLayout): void {
  for (const key of ['slots', 'mailSlots', 'drives'] as const) {
    const [min, max] = COUNTS[key];
    const count = layout[key];
    if (Number.isInteger(count) && count >= min && count <= max) continue;
    throw new MediaError('invalid',
      `Cannot use a magazine with ${key} ${count}: it is not from ${min} to ${max}`);
  }
}

/** All elements of a kind, in order. */
export function elementsOf(layout: MagazineLayout, kind: ElementKind): ElementName[] {
  const [, key, first] = KINDS.find(([one]) => one === kind)!; // every kind is there
  return Array.from({ length: layout[key] }, (_, i) => `${kind}${i + first}` as const);
}

export const isStored = (name: ElementName): boolean => !name.startsWith('drive');

/** The element with this name, if there is one. */
export function elementNamed(layout: MagazineLayout, text: string): ElementName | undefined {
  const match = /^(slot|mail|drive)(0|[1-9]\d{0,3})$/.exec(text);
  if (match === null) return undefined;
  const [, key, first] = KINDS.find(([kind]) => kind === match[1])!; // the pattern has the kinds
  const number = Number(match[2]);
  return number >= first && number < layout[key] + first ? text as ElementName : undefined;
}
