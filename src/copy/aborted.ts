import {
  encodeSense, type FieldPointer, type Forwarded, type Sense, type SenseError,
} from '../sense/sense.ts';
import { STATUS } from '../sam/command.ts';
import { ReservationConflict } from '../sam/medium-access.ts';
import { DeviceAnswer } from './device-command.ts';
import type { End } from './end.ts';
import { broken, type RuleName, type RulePlace } from './rules.ts';

export type Side = 'source' | 'destination';

/** Fields of a segment descriptor that errors point at, as offsets in it. */
export const CSCD_FIELD: Readonly<Record<Side, number>> = { source: 4, destination: 6 };

/** COPY ABORTED in the segment with this number. Source: SPC-4 5.17.7.4. */
export const aborted = (
  segment: number, rule: RuleName, why: string, place: Omit<RulePlace, 'segment'> = {},
): SenseError => broken(rule, why, { ...place, segment });

/** A CSCD that fails is pointed at by its descriptor; one without by the field that names it. */
export const placeOfEnd = (end: End, side: Side): RulePlace => {
  if (end.descriptorAt !== undefined) return { base: end.descriptorAt };
  const fieldPointer: FieldPointer = { in: 'segment', byte: CSCD_FIELD[side] };
  return { details: { fieldPointer } };
};

/** What ended a command to a copy source or destination. */
export type Answer = SenseError | ReservationConflict | DeviceAnswer;

/** What a device answered, as it would have put it on the wire. */
function forwardedOf(end: End, error: Answer): Forwarded {
  if (error instanceof DeviceAnswer) return { status: STATUS[error.status], sense: error.sense };
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
  side: Side, end: End, error: Answer,
): Pick<Sense, 'forwardedSource' | 'forwardedDestination'> =>
  (side === 'source' ? { forwardedSource: forwardedOf(end, error) }
    : { forwardedDestination: forwardedOf(end, error) });

/**
 * A command to a copy source or destination failed: its status and sense go along.
 *
 * Source: SPC-4 5.17.7.4; a unit that cannot be sent a command at all is not reachable.
 */
export function commandFailed(
  segment: number, side: Side, end: End, error: Answer): SenseError {
  const place = placeOfEnd(end, side);
  return aborted(segment, 'deviceFailure', `the ${side} failed: ${error.message}`,
    { ...place, details: { ...place.details, ...forwarding(side, end, error) } });
}
