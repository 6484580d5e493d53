import { readFileSync } from 'node:fs';
import { parseHex } from '../../src/bytes/hex.ts';
import type { Json } from '../../src/codec/field.ts';
import type { Severity } from '../../src/codec/finding.ts';
import { filesBelow } from './source-tree.ts';

export type VectorKind = 'good' | 'boundary' | 'bad' | 'questionable';

/** Bytes and what an implementation must make of them; `spec-vectors/README.md` tells the kinds. */
export interface Vector {
  readonly name: string;
  readonly kind: VectorKind;
  readonly hex: string;
  /** The version of SPC at which the bytes are read; all at once if not said. */
  readonly level?: number;
  readonly value?: Json;
  readonly malformedAt?: number;
  readonly findings?: readonly ExpectedFinding[];
  readonly sense?: ExpectedSense;
  readonly origin: string;
}

export interface ExpectedFinding {
  readonly at: number;
  readonly bit?: number;
  readonly rule: string;
  readonly severity: Severity;
}

/** Codes as pairs of hex digits; `pointer` counts from the format's first byte. */
export interface ExpectedSense {
  readonly key: string;
  readonly asc: string;
  readonly ascq: string;
  readonly pointer?: { readonly in: 'cdb' | 'data'; readonly byte: number; readonly bit?: number };
}

export interface FieldPlace {
  readonly name: string;
  readonly at: number;
  readonly bytes?: number;
  readonly bits?: readonly [number, number];
}

export interface VectorFile {
  readonly format: string;
  readonly source: string;
  readonly fields: Readonly<Record<string, FieldPlace>>;
  readonly vectors: readonly Vector[];
  /** Kinds that the format cannot have, and why. */
  readonly none?: Readonly<Partial<Record<VectorKind, string>>>;
}

const FOLDER = 'spec-vectors';

/** The ids of all formats that have vectors. */
export const vectorIds = (): string[] => filesBelow(FOLDER, ['.json'])
  .filter((path) => path.split('/').length === 3)
  .map((path) => path.slice(FOLDER.length + 1, -'.json'.length));

/** The vectors of one format. */
export const vectors = (id: string): VectorFile =>
  JSON.parse(readFileSync(`${FOLDER}/${id}.json`, 'utf8')) as VectorFile; // check.py checks it

/** Bytes of a vector's hex text. */
export const bytes = (hex: string): Uint8Array => parseHex(hex);

/** Legal bytes with nothing to say about them, boundaries included. */
export const isGood = (one: Vector): boolean => ['good', 'boundary'].includes(one.kind);
export const isBad = (one: Vector): boolean => one.kind === 'bad';
export const isQuestionable = (one: Vector): boolean => one.kind === 'questionable';
