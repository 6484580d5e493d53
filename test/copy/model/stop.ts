/** Why a copy of the model stops: COPY ABORTED, and what goes with it. */
import type { AdditionalSense } from '../../../src/sense/codes.ts';
import type { Answer } from './devices.ts';

export type Side = 'source' | 'destination';

/** The field that names the CSCD, as an offset in a segment descriptor. */
export const CSCD_FIELD: Readonly<Record<Side, number>> = { source: 4, destination: 6 };

export interface Pointer {
  readonly in: 'parameterList' | 'segment';
  readonly byte: number;
}

export interface StopReason {
  readonly additional: AdditionalSense;
  readonly pointer?: Pointer;
  /** Whose command failed or could not be sent. */
  readonly side?: Side;
  /** How it was answered. */
  readonly answer?: Answer;
}

/** Where a copy has stopped. */
export interface ModelEnd extends StopReason {
  /** Number of the segment, from 0. */
  readonly segment: number;
  /** What is left of the segment, if any of it was written. */
  readonly information?: number;
}

export class Stop extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason.additional);
    this.reason = reason;
  }
}

/** An error in the segment descriptor, at a byte of it. */
export const inSegment = (additional: AdditionalSense, byte: number): Stop =>
  new Stop({ additional, pointer: { in: 'segment', byte } });

export const inexact = (): Stop => new Stop({ additional: 'unexpectedInexactSegment' });
