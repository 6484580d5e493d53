import { encodeSense, type FieldPointer, type Forwarded, type Sense, SenseError }
  from '../sense/sense.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { STATUS } from '../sam/command.ts';
import { ReservationConflict } from '../sam/medium-access.ts';
import type { End } from './end.ts';

export type Side = 'source' | 'destination';

/** Fields of a segment descriptor that errors point at, as offsets in it. */
export const CSCD_FIELD: Readonly<Record<Side, number>> = { source: 4, destination: 6 };

type Details = Partial<Pick<Sense,
  'fieldPointer' | 'information' | 'forwardedSource' | 'forwardedDestination'>>;

/** COPY ABORTED in the segment with this number. Source: SPC-4 5.17.7.4. */
export const aborted = (
  segment: number, additional: AdditionalSense, why: string, details: Details = {}): SenseError =>
  new SenseError('copyAborted', additional, `Cannot copy segment ${segment}: ${why}`,
    { segment, ...details });

/** A pointer into the failing segment descriptor (SD=1). */
export const inSegment = (byte: number, bit?: number): FieldPointer =>
  ({ in: 'segment', byte, ...(bit === undefined ? {} : { bit }) });

/** A CSCD that fails is pointed at by its descriptor; one without by the field that names it. */
export const pointerTo = (end: End, side: Side): FieldPointer =>
  (end.descriptorAt === undefined ? inSegment(CSCD_FIELD[side])
    : { in: 'parameterList', byte: end.descriptorAt });

/** What a device answered, as it would have put it on the wire. */
function forwardedOf(end: End, error: SenseError | ReservationConflict): Forwarded {
  if (error instanceof ReservationConflict) {
    return { status: STATUS.reservationConflict, sense: new Uint8Array(0) };
  }
  return {
    status: STATUS.checkCondition,
    sense: encodeSense(error.sense, end.unit?.senseFormat),
  };
}

/** The device's answer in the place that sense data has for it. */
export const forwarding = (
  side: Side, end: End, error: SenseError | ReservationConflict): Details =>
  (side === 'source' ? { forwardedSource: forwardedOf(end, error) }
    : { forwardedDestination: forwardedOf(end, error) });

/**
 * A command to a copy source or destination failed: its status and sense go along.
 *
 * Source: SPC-4 5.17.7.4; a unit that cannot be sent a command at all is not reachable.
 */
export const commandFailed = (
  segment: number, side: Side, end: End, error: SenseError | ReservationConflict): SenseError =>
  aborted(segment, 'thirdPartyDeviceFailure', `the ${side} failed: ${error.message}`,
    { fieldPointer: pointerTo(end, side), ...forwarding(side, end, error) });
