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
