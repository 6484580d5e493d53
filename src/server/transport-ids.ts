/** Which nexuses the TransportIDs of a parameter list stand for. Source: SPC-4 7.6.4.6. */
import { Malformed } from '../codec/finding.ts';
import { walk } from '../codec/list.ts';
import type { ItNexus } from '../sam/command.ts';
import {
  readTransportId, specifiedPorts, transportIds,
} from '../wire/spc/persistent-reserve.ts';
import { invalidListField, listLengthError } from './parameter-data.ts';

const LIST_AT = 24;

/**
 * The nexuses that REGISTER with SPEC_I_PT names, by way of the sender's target port. An initiator
 * device stands for all of its ports that are known.
 *
 * Throws: SenseError; Malformed.
 */
export function specifiedNexuses(
  list: Uint8Array, sender: ItNexus, known: readonly ItNexus[]): ItNexus[] {
  const { byteLength } = specifiedPorts.peek(list, LIST_AT);
  const at = LIST_AT + specifiedPorts.size;
  if (byteLength > list.length - at) {
    throw listLengthError(`Cannot register: ${byteLength} bytes of TransportIDs are announced, `
      + `${list.length - at} are there`);
  }
  const { items, broken } = walk(transportIds, list, at, at + byteLength);
  if (broken !== undefined) throw new Malformed(transportIds.name, broken);
  return items.flatMap((item) => nexusesOf(list, item.at, item.end, sender, known));
}

/** The one nexus that REGISTER AND MOVE names. Throws: SenseError; Malformed. */
export function onePort(
  list: Uint8Array, sender: ItNexus, known: readonly ItNexus[]): ItNexus {
  const { items, broken } = walk(transportIds, list, LIST_AT, list.length);
  if (broken !== undefined) throw new Malformed(transportIds.name, broken);
  const nexuses = items.flatMap((item) => nexusesOf(list, item.at, item.end, sender, known));
  if (nexuses.length === 1) return nexuses[0]!;
  throw invalidListField(
    `Cannot move: the TransportID stands for ${nexuses.length} initiator ports`, LIST_AT);
}

function nexusesOf(
  list: Uint8Array, at: number, end: number, sender: ItNexus, known: readonly ItNexus[],
): ItNexus[] {
  const { initiatorName, isid } = readTransportId(list, at, end);
  if (isid !== undefined) return [{ ...sender, initiatorName, isid }];
  return known.filter((nexus) => nexus.initiatorName === initiatorName);
}
