/** What PERSISTENT RESERVE IN reports. Source: SPC-4 6.15.2 to 6.15.5. */
import { writeU64 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import type { PersistentReservations } from '../sam/persistent-reservations.ts';
import { isHolder, type PersistentState, type Registration } from '../sam/persistent-state.ts';
import {
  encodeTransportId, fullStatusDescriptor, readFullStatusData, readKeysData, readReservationData,
  reportCapabilitiesData, reservationDescriptor,
} from '../wire/spc/persistent-reserve.ts';

/** READ KEYS: equal keys of several nexuses are all there. */
export function registeredKeys({ generation, registrations }: PersistentState): Uint8Array {
  const keys = new Uint8Array(8 * registrations.size);
  [...registrations.values()].forEach(({ key }, i) => {
    writeU64(keys, 8 * i, key);
  });
  return readKeysData.encode({ generation, additionalLength: keys.length, keys });
}

/** READ RESERVATION: the key of a reservation that every registrant holds is zero. */
export function reportedReservation(
  { generation, registrations, held }: PersistentState): Uint8Array {
  const key = held?.holder === undefined ? 0n : registrations.get(held.holder)?.key ?? 0n;
  const reservation = held === undefined ? new Uint8Array(0)
    : reservationDescriptor.encode({ key, scope: 0, type: held.type });
  return readReservationData.encode(
    { generation, additionalLength: reservation.length, reservation });
}

/** READ KEYS and the like are allowed as SPC-4 has it: ALLOW COMMANDS 100b. */
const AS_SPC_4 = 4;

export const reservationCapabilities = ({ canKeep, state }: PersistentReservations): Uint8Array =>
  reportCapabilitiesData.encode({
    length: reportCapabilitiesData.size, rlrC: false, crh: true, sipC: true, atpC: true,
    ptplC: canKeep, tmv: true, allowCommands: AS_SPC_4, ptplA: state.aptpl,
    wrExAr: true, exAcRo: true, wrExRo: true, exAc: true, wrEx: true, exAcAr: true });

export function fullStatus(state: PersistentState): Uint8Array {
  const descriptors = concat([...state.registrations.values()].map((one) => statusOf(one, state)));
  return readFullStatusData.encode({
    generation: state.generation, additionalLength: descriptors.length, descriptors });
}

function statusOf({ nexus, key, allTargetPorts }: Registration, state: PersistentState) {
  const rHolder = isHolder(state, nexus);
  const transportId = encodeTransportId(nexus);
  return fullStatusDescriptor.encode({
    key, allTgPt: allTargetPorts, rHolder, scope: 0,
    type: rHolder ? state.held?.type ?? 0 : 0, relativeTargetPort: nexus.portalGroupTag,
    additionalLength: transportId.length, transportId });
}
