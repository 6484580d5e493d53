import type { MoveError } from '../ports/mover.ts';
import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import { type Sense, SenseError, senseText } from '../sense/sense.ts';
import type { Answer, Side } from './aborted.ts';
import type { Span } from './byte-queue.ts';
import type { End } from './end.ts';

/** A command to a copy source or destination did not end well. */
export class CommandFailure extends Error {
  readonly side: Side;
  readonly end: End;
  readonly answer: Answer;
  /** A byte of what the command was to write, counted over the copy; undefined: not a write. */
  readonly at: number | undefined;

  constructor(side: Side, end: End, answer: Answer, at?: number) {
    super(answer.message);
    this.name = 'CommandFailure';
    this.side = side;
    this.end = end;
    this.answer = answer;
    this.at = at;
  }
}

/** The place of a failed move on its medium. */
export interface FailedPlace {
  readonly end: End;
  /** Byte offset on a disk. */
  readonly at: number;
  /** The tape's transfer that the bytes belong to. */
  readonly transfer: StreamTransfer | undefined;
}

export const placeOf = (span: Span): FailedPlace => ({
  end: span.end, at: span.at, transfer: 'stretch' in span ? span.stretch.transfer : undefined,
});

/**
 * The sense data that a READ or WRITE would have ended with, had it met what stopped a move.
 *
 * INFORMATION is the first bad block of a disk, or all that a tape's transfer was to move.
 * Source: SBC-3 4.18.1, SSC-4 4.2.15.
 */
export function moveSense(
  { code, message }: MoveError, side: Side, place: FailedPlace): SenseError {
  const { end, at, transfer } = place;
  const isFull = side === 'destination' && (code === 'ENOSPC' || code === 'EDQUOT');
  if (end.kind === 'block') {
    return isFull ? new SenseError('dataProtect', 'spaceAllocationFailed', message)
      : mediumError(side, message, Math.floor(at / end.blockBytes));
  }
  const asked = transfer === undefined ? 0
    : transfer.fixed ? transfer.recordCount : transferBytes(transfer);
  if (!isFull) return mediumError(side, message, asked);
  return new SenseError('volumeOverflow', 'endOfPartitionDetected', message,
    { eom: true, information: asked });
}

const mediumError = (
  side: Side, message: string, information: NonNullable<Sense['information']>): SenseError =>
  new SenseError('mediumError', side === 'source' ? 'unrecoveredReadError' : 'writeError', message,
    { information });

/** Sense data of a stretch as the error that the command would have ended with. */
export const errorOf = ({ key, additional, ...details }: Sense): SenseError =>
  new SenseError(key, additional, senseText({ key, additional }), details);
