import type { Command, ItNexus, StatusName } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import { perform } from '../sam/perform.ts';
import { readSense } from '../sense/sense.ts';
import {
  type RegisterKey, type ThirdPartyReservations, thirdPartyReservations,
} from '../wire/copy/segments.ts';
import {
  PERSISTENT_RESERVE_OUT, persistentReserveOutCdb, testUnitReadyCdb,
} from '../wire/spc/cdbs.ts';

/** A command that the copy manager sends to a copy source or destination as an initiator. */
export interface DeviceCommand {
  readonly cdb: Uint8Array;
  readonly dataOut: Uint8Array;
}

export const TEST_UNIT_READY: DeviceCommand = {
  cdb: testUnitReadyCdb.encode({ opcode: 0x00, naca: false }), dataOut: new Uint8Array(0),
};

const reserveOut = (serviceAction: number, parameterListLength: number): Uint8Array =>
  persistentReserveOutCdb.encode({
    opcode: 0x5f, serviceAction, scope: 0, type: 0, parameterListLength, naca: false });

/** REGISTER with both keys, from the copy manager's own I_T nexus. Source: SPC-4 6.4.6.17. */
export function registerCommand({ reservationKey, serviceActionKey }: RegisterKey): DeviceCommand {
  const dataOut = new Uint8Array(24);
  const view = new DataView(dataOut.buffer);
  view.setBigUint64(0, reservationKey);
  view.setBigUint64(8, serviceActionKey);
  return { cdb: reserveOut(PERSISTENT_RESERVE_OUT.register, dataOut.length), dataOut };
}

/** REGISTER AND MOVE: bytes 8 on of the descriptor are its parameter list. SPC-4 6.4.6.18. */
export function registerAndMoveCommand(value: ThirdPartyReservations): DeviceCommand {
  const dataOut = thirdPartyReservations.encode(value).subarray(8);
  return { cdb: reserveOut(PERSISTENT_RESERVE_OUT.registerAndMove, dataOut.length), dataOut };
}

/** A command that did not end with GOOD, as the device answered it. */
export class DeviceAnswer extends Error {
  readonly status: StatusName;
  /** Encoded; empty if the status has none. */
  readonly sense: Uint8Array;

  constructor(unit: LogicalUnit, status: StatusName, sense: Uint8Array) {
    super(`${unit.name} answered ${status}`);
    this.name = 'DeviceAnswer';
    this.status = status;
    this.sense = sense;
  }
}

/** Unit attentions of its own that the copy manager passes over before a command counts. */
export const ATTENTION_COUNT_MAX = 8;

/**
 * Sends a command; resolves when it has ended with GOOD.
 *
 * Throws: DeviceAnswer.
 */
export async function sendCommand(
  unit: LogicalUnit, { cdb, dataOut }: DeviceCommand, nexus: ItNexus,
  signal: AbortSignal): Promise<void> {
  const command: Command = {
    nexus, cdb, attribute: 'simple', dataOut: [dataOut], expectedOutBytes: dataOut.length,
    expectedInBytes: 0, signal,
  };
  for (let left = ATTENTION_COUNT_MAX; ; left -= 1) {
    const { status, sense } = await perform(unit, command, (bug) => {
      throw bug;
    });
    if (status === 'good') return;
    const answered = sense ?? new Uint8Array(0);
    const isAttention = answered.length > 0 && readSense(answered).key === 'unitAttention';
    if (!isAttention || left === 0) throw new DeviceAnswer(unit, status, answered);
  }
}
