import type { Field } from './field.ts';

/**
 * What a structure or a field is at a level of its standard. Levels are numbers that grow with
 * the versions; without them a field is there at every level.
 */
export interface Levels {
  /** The first level that has it. */
  readonly since?: number;
  /** The last level that has it. */
  readonly until?: number;
  /** What it was called up to and with a level, the oldest first. */
  readonly formerly?: readonly (readonly [until: number, name: string])[];
}

/** A field that levels before this one do not have: its bits are reserved there. */
export const since = <T>(level: number, field: Field<T>): Field<T> => ({ ...field, since: level });

/** A field that levels after this one do not have: its bits are obsolete or reserved there. */
export const until = <T>(level: number, field: Field<T>): Field<T> => ({ ...field, until: level });

/** A field with another name up to and with a level. */
export const formerly = <T>(name: string, level: number, field: Field<T>): Field<T> =>
  ({ ...field, formerly: [...(field.formerly ?? []), [level, name]] });

/** A field that took the place of another one, which has it up to and with a level. */
export const earlier = <T>(older: Field<T>, level: number, field: Field<T>): Field<T> =>
  ({ ...field, earlier: [level, older] });

export const isAt = ({ since: first, until: last }: Levels, level: number): boolean =>
  (first === undefined || level >= first) && (last === undefined || level <= last);

/** What something with levels is called at one of them. */
export const nameAt = (name: string, { formerly: older }: Levels, level: number): string =>
  older?.find(([last]) => level <= last)?.[1] ?? name;

/** Do levels differ in it? */
export const hasLevels = (of: Levels & { readonly earlier?: unknown }): boolean =>
  of.since !== undefined || of.until !== undefined || of.formerly !== undefined
  || of.earlier !== undefined;

/** Why something is not at a level: `from SPC-4 on`; undefined if it is. */
export function absenceAt(
  levels: Levels, level: number, nameOf: (level: number) => string): string | undefined {
  if (isAt(levels, level)) return undefined;
  const { since: first, until: last } = levels;
  return first !== undefined && level < first ? `from ${nameOf(first)} on`
    : `up to ${nameOf(last!)}`; // it is absent, so one of the two says why
}

/** A field as it is at a level: an earlier one in its place, or its former name. */
function fieldAt<T>(field: Field<T>, level: number): Field<T> {
  const { earlier: before } = field;
  const stand = before !== undefined && level <= before[0] ? before[1] : field;
  const name = nameAt(stand.name, stand, level);
  const { layoutOf } = stand;
  return {
    ...stand, name,
    ...(layoutOf === undefined ? {}
      : { layoutOf: (bytes: Uint8Array, base: number) => layoutOf(bytes, base)?.at(level) }),
  };
}

/** All fields of a structure as they are at a level, those that it does not have as they were. */
export const fieldsAt = <F extends Readonly<Record<string, Field<unknown>>>>(
  fields: F, level: number): F =>
  Object.fromEntries(Object.entries(fields)
    .map(([key, field]) => [key, fieldAt(field, level)])) as F; // the same keys and value types
