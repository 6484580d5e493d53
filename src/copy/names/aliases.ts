import { type ItNexus, nexusKey } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { type AliasEntry, aliasEntry } from '../../wire/copy/aliases.ts';
import { broken } from '../rules.ts';

/** Aliases in one list. */
export const ALIAS_COUNT_MAX = 64;
/** Bytes of alias entries in all lists of a target. */
export const ALIAS_BYTES_MAX = 4 * 1024 * 1024;

/** The entries of one list by their alias values, in the order in which the values came. */
type AliasList = ReadonlyMap<string, AliasEntry>;

const PROTOCOL_INDEPENDENT = 0x80;

const keyOf = (aliasValue: Uint8Array): string => aliasValue.join('.');
const byteLengthOf = (list: AliasList): number => [...list.values()].reduce(
  (sum, { designation }) => sum + aliasEntry.size + designation.length, 0);

/**
 * The alias lists of a target: each logical unit keeps one for each I_T nexus.
 *
 * Source: SPC-4 6.2.1.
 */
export class AliasLists {
  readonly #byUnit = new Map<LogicalUnit, Map<string, AliasList>>();

  /** The entries of a list, which is empty until there are some. */
  entries(unit: LogicalUnit, nexus: ItNexus): readonly AliasEntry[] {
    return [...this.#list(unit, nexus).values()];
  }

  find(unit: LogicalUnit, nexus: ItNexus, aliasValue: Uint8Array): AliasEntry | undefined {
    return this.#list(unit, nexus).get(keyOf(aliasValue));
  }

  /**
   * Adds, replaces and removes entries in the order given, so that the last one for a value holds.
   *
   * Throws: SenseError INSUFFICIENT RESOURCES; then nothing is changed.
   */
  change(unit: LogicalUnit, nexus: ItNexus, changes: readonly AliasEntry[]): void {
    const old = this.#list(unit, nexus);
    const list = new Map(old);
    for (const entry of changes) {
      const key = keyOf(entry.aliasValue);
      if (entry.protocol === PROTOCOL_INDEPENDENT) list.delete(key);
      else list.set(key, entry);
    }
    const byteLength = this.#byteLength() - byteLengthOf(old) + byteLengthOf(list);
    if (list.size > ALIAS_COUNT_MAX || byteLength > ALIAS_BYTES_MAX) {
      throw broken('aliasRoom', `there would be ${list.size} aliases on this I_T nexus, and `
        + `${byteLength} bytes of them in all`);
    }
    const lists = this.#byUnit.get(unit) ?? new Map<string, AliasList>();
    this.#byUnit.set(unit, lists.set(nexusKey(nexus), list));
  }

  /** Logical unit reset: the lists of all nexuses are gone. */
  reset(unit: LogicalUnit): void {
    this.#byUnit.delete(unit);
  }

  /** I_T nexus loss: no logical unit keeps a list for it any more. */
  nexusLost(nexus: ItNexus): void {
    for (const lists of this.#byUnit.values()) lists.delete(nexusKey(nexus));
  }

  #list(unit: LogicalUnit, nexus: ItNexus): AliasList {
    return this.#byUnit.get(unit)?.get(nexusKey(nexus)) ?? new Map();
  }

  #byteLength(): number {
    return [...this.#byUnit.values()].flatMap((lists) => [...lists.values()])
      .reduce((sum, list) => sum + byteLengthOf(list), 0);
  }
}
