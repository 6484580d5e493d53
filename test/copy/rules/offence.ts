/** Rules about to be broken, and how their answers are told apart. */
import type { RULE_GROUPS } from '../../../src/copy/rules.ts';
import type { Outcome } from '../../../src/sam/command.ts';
import type { SenseFormat } from '../../../src/sense/sense.ts';
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';

/** What a device has answered, as it has to be found in the sense data. */
export interface Forwards {
  readonly side: 'source' | 'destination';
  readonly status: number;
  /** Sense key, and ASC × 256 + ASCQ; nothing if the status came without sense data. */
  readonly answer?: readonly [key: number, code: number];
}

/** What the answer has to say beside what stands in the rule's row. */
export interface Place {
  readonly format?: ListFormat;
  /** Offset in the parameter list of the descriptor that the row is about. */
  readonly base?: number;
  /** What the row leaves open. */
  readonly byte?: number;
  readonly bit?: number;
  /** Where the row has a descriptor and there is none: a byte of the segment that names the end. */
  readonly inSegment?: number;
  /** Number of the failing segment. */
  readonly segment?: number;
  /** INFORMATION; VALID is 0 if it is left out. */
  readonly information?: number;
  readonly forwards?: Forwards;
}

export interface Offence {
  /** Sends the command that breaks the rule. */
  readonly send: () => Promise<Outcome>;
  /** All that a command can change. */
  readonly state: () => Promise<unknown>;
  readonly place: Place;
  /** Ends what is still under way. */
  readonly end?: () => Promise<void>;
}

/** Gets everything ready on devices whose sense data have the format. */
export type Provocation = (format: SenseFormat) => Offence | Promise<Offence>;
export type Provocations = readonly [Provocation, ...Provocation[]];

type Groups = typeof RULE_GROUPS;
/** Each rule of a group is provoked; one that is not, or does not exist, does not compile. */
export type ProvocationsOf<G extends keyof Groups> =
  Readonly<Record<keyof Groups[G], Provocations>>;

export function altered(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}
