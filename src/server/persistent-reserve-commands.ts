/** PERSISTENT RESERVE IN and PERSISTENT RESERVE OUT. Source: SPC-4 6.15, 6.16. */
import { Malformed } from '../codec/finding.ts';
import type { FieldsValue } from '../codec/layout.ts';
import { type Command, dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import {
  type Action, clear, preempt, register, registerAndMove, release, reserve,
} from '../sam/persistent-actions.ts';
import {
  PERSISTENT_RESERVE_OUT as OUT, persistentReserveInCdb, persistentReserveOutCdb,
} from '../wire/spc/cdbs.ts';
import { persistentReserveOutList, registerAndMoveList } from '../wire/spc/persistent-reserve.ts';
import type { Device } from './device.ts';
import {
  invalidListField, listLengthError, parameterData, refuseDataOut,
} from './parameter-data.ts';
import {
  fullStatus, registeredKeys, reportedReservation, reservationCapabilities,
} from './reservation-reports.ts';
import { onePort, specifiedNexuses } from './transport-ids.ts';

type OutCdb = FieldsValue<(typeof persistentReserveOutCdb)['fields']>;

/** The rows of both commands, which go together. */
export const persistentReserveCommands = (device: Device): CommandEntry[] => [
  ...reportRows(device), ...actionRows(device),
];

function reportRows({ reservation: { persistent } }: Device): CommandEntry[] {
  const row = (serviceAction: number, report: () => Uint8Array): CommandEntry => entry({
    opcode: 0x5e, serviceAction, name: 'PERSISTENT RESERVE IN',
    source: persistentReserveInCdb.source, cdb: persistentReserveInCdb,
    whenReserved: 'persistent',
    run: (_unit, _command, { allocationLength }) => parameterData(report(), allocationLength),
  });
  return [
    row(0, () => registeredKeys(persistent.state)),
    row(1, () => reportedReservation(persistent.state)),
    row(2, () => reservationCapabilities(persistent)),
    row(3, () => fullStatus(persistent.state)),
  ];
}

const actionRows = (device: Device): CommandEntry[] =>
  Object.values(OUT).map((serviceAction) => entry({
    opcode: 0x5f, serviceAction, name: 'PERSISTENT RESERVE OUT',
    source: persistentReserveOutCdb.source, cdb: persistentReserveOutCdb,
    whenReserved: 'persistent',
    run: (_unit, command, cdb) => act(device, command, cdb),
  }));

async function act(device: Device, command: Command, cdb: OutCdb): Promise<Result> {
  const { parameterListLength: wantedBytes } = cdb;
  const short = refuseDataOut(command, wantedBytes);
  if (short !== undefined) return short;
  const list = dataOutOf(command).subarray(0, wantedBytes);
  const action = cdb.serviceAction === OUT.registerAndMove
    ? moveAction(device, command, list) : basicAction(device, command, cdb, list);
  const { preempted } = await device.reservation.persistent.change(
    action, command.signal, device.attentions);
  if (cdb.serviceAction === OUT.preemptAndAbort) {
    await device.tasks.preempt(preempted, command.signal);
    for (const nexus of preempted) device.prevention.allow(nexus);
  }
  return { wantedBytes };
}

/** The value of a list. Throws: SenseError that points at its first error. */
function readList<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) throw invalidListField(error.message, error.at, error.bit);
    throw error;
  }
}

function assertCanKeep(device: Device, aptpl: boolean, byte: number): void {
  if (!aptpl || device.reservation.persistent.canKeep) return;
  throw invalidListField(
    `Cannot register: ${device.name} does not keep registrations over restarts`, byte, 0);
}

const BASIC_BYTES = persistentReserveOutList.size;
const TRANSPORT_IDS_AT = 28;

function basicAction(
  device: Device, { nexus }: Command, cdb: OutCdb, list: Uint8Array): Action {
  const { serviceAction } = cdb;
  const mayBeLonger = serviceAction === OUT.register && list.length >= TRANSPORT_IDS_AT;
  const { specIPt, key, serviceActionKey: newKey, ...flags } =
    persistentReserveOutList.peek(list);
  if (list.length !== BASIC_BYTES && !(mayBeLonger && specIPt)) {
    throw listLengthError(`Cannot reserve: the list has ${list.length} bytes, not ${BASIC_BYTES}`);
  }
  if (specIPt && serviceAction !== OUT.register) {
    throw invalidListField('Cannot name other ports: only REGISTER can', 20, 3);
  }
  switch (serviceAction) {
    case OUT.reserve: return reserve(nexus, key, cdb);
    case OUT.release: return release(nexus, key, cdb);
    case OUT.clear: return clear(nexus, key);
    case OUT.preempt:
    case OUT.preemptAndAbort:
      return preempt(nexus, { key, preemptedKey: newKey, scope: cdb.scope, type: cdb.type });
    default: {
      const { aptpl, allTgPt: allTargetPorts } = flags;
      assertCanKeep(device, aptpl, 20);
      const others = specIPt
        ? readList(() => specifiedNexuses(list, nexus, device.attentions.known)) : undefined;
      return register(nexus, {
        key: serviceAction === OUT.registerAndIgnoreExistingKey ? undefined : key,
        newKey, allTargetPorts, aptpl, others });
    }
  }
}

function moveAction(device: Device, { nexus }: Command, list: Uint8Array): Action {
  if (list.length < registerAndMoveList.size) {
    throw listLengthError(`Cannot move: the list has ${list.length} bytes, its head `
      + `${registerAndMoveList.size}`);
  }
  const { key, serviceActionKey: newKey, unreg: unregisters, aptpl, relativeTargetPort } =
    readList(() => registerAndMoveList.read(list));
  assertCanKeep(device, aptpl, 17);
  if (relativeTargetPort !== nexus.portalGroupTag) {
    throw invalidListField(`Cannot move: there is no target port ${relativeTargetPort}`, 18);
  }
  const destination = readList(() => onePort(list, nexus, device.attentions.known));
  return registerAndMove(nexus, { key, newKey, unregisters, aptpl, destination });
}
