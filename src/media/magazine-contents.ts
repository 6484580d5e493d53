/** Which element holds which cartridge, as a value. */
import {
  type ElementName, elementNamed, isStored, type MagazineLayout,
} from './magazine-elements.ts';

/** A cartridge as its folder in the magazine shows it. */
export interface FoundCartridge {
  /** Name of its folder. */
  readonly folder: string;
  /** Its identity: 16 hexadecimal digits, or nothing if its label cannot be read. */
  readonly naa: string;
  /** Empty if its label cannot be read. */
  readonly barcode: string;
  readonly worm: boolean;
}

export interface HeldCartridge extends FoundCartridge {
  /** The slot or mail slot that it was taken from last; undefined if a person put it here. */
  readonly source: ElementName | undefined;
}

export type Contents = ReadonlyMap<ElementName, HeldCartridge>;

/** A cartridge's way from an element to another one. */
export interface Move {
  readonly from: ElementName;
  readonly to: ElementName;
}

/** What is kept of a cartridge: where it is, and enough to know it again. */
export interface KeptCartridge {
  readonly folder: string;
  readonly naa: string;
  readonly element: string;
  readonly source: string | undefined;
}

/**
 * The contents after moves that take place at once: what leaves an element makes room for what
 * comes.
 *
 * Throws: RangeError if a source is empty, or a destination full.
 */
export function moved(contents: Contents, moves: readonly Move[]): Contents {
  const after = new Map(contents);
  const carried = moves.map(({ from, to }) => {
    const held = after.get(from);
    if (held === undefined) throw new RangeError(`Cannot move from ${from}: it is empty`);
    after.delete(from);
    return { to, held: { ...held, source: isStored(from) ? from : held.source } };
  });
  for (const { to, held } of carried) {
    if (after.has(to)) throw new RangeError(`Cannot move to ${to}: it is full`);
    after.set(to, held);
  }
  return after;
}

export interface Reconciled {
  readonly contents: Contents;
  /** Elements whose cartridge is not there any more. */
  readonly missing: readonly ElementName[];
  /** Where cartridges have come that had no place. */
  readonly added: readonly ElementName[];
  /** Cartridges for which there is no element. */
  readonly homeless: readonly FoundCartridge[];
}

/** Kept and found that mean one cartridge: the surest way of knowing it comes first. */
const SAME: readonly ((kept: KeptCartridge, found: FoundCartridge) => boolean)[] = [
  (kept, found) => kept.naa === found.naa && kept.folder === found.folder,
  (kept, found) => kept.naa === found.naa && kept.naa !== '',
  (kept, found) => kept.folder === found.folder,
];

/**
 * Brings what was kept together with the cartridges that are found: each of these has one element
 * afterwards, the one that was kept or one of `free`, which are filled in order.
 */
export function reconcile(
  layout: MagazineLayout, kept: readonly KeptCartridge[], found: readonly FoundCartridge[],
  free: readonly ElementName[]): Reconciled {
  const contents = new Map<ElementName, HeldCartridge>();
  const lost = new Set(kept);
  const unplaced = new Set(found);
  for (const isSame of SAME) {
    for (const one of lost) {
      const cartridge = [...unplaced].find((other) => isSame(one, other));
      if (cartridge === undefined) continue;
      lost.delete(one);
      const element = elementNamed(layout, one.element);
      if (element === undefined || contents.has(element)) continue; // it has to find another one
      unplaced.delete(cartridge);
      const source = elementNamed(layout, one.source ?? '');
      contents.set(element, { ...cartridge, naa: cartridge.naa || one.naa, source });
    }
  }
  const added: ElementName[] = [];
  for (const cartridge of unplaced) {
    const element = free.find((one) => !contents.has(one));
    if (element === undefined) continue;
    contents.set(element, { ...cartridge, source: undefined });
    unplaced.delete(cartridge);
    added.push(element);
  }
  const missing = [...lost].map(({ element }) => elementNamed(layout, element))
    .filter((element) => element !== undefined);
  return { contents, missing, added, homeless: [...unplaced] };
}
