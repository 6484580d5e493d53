import { type CommandEntry, entry } from '../sam/command-table.ts';
import type { LogicalUnits } from '../sam/logical-unit.ts';
import { ReservationConflict } from '../sam/medium-access.ts';
import { encodeSense, type Sense } from '../sense/sense.ts';
import {
  preventAllowCdb, release10Cdb, release6Cdb, requestSenseCdb, reserve10Cdb, reserve6Cdb,
  sendDiagnosticCdb, testUnitReadyCdb,
} from '../wire/spc/cdbs.ts';
import { assertReady, type Device } from './device.ts';
import { inquiryCommand } from './inquiry-command.ts';
import { logSense } from './log-sense.ts';
import { modeCommands } from './mode-commands.ts';
import { parameterData } from './parameter-data.ts';
import { persistentReserveCommands } from './persistent-reserve-commands.ts';
import {
  reportLunsCommand, reportOperationCodesCommand, reportTaskManagementCommand,
} from './report-commands.ts';

/** The commands that every kind of device has. Source: SPC-4 6. */
export const primaryCommands = (device: Device, units: LogicalUnits): CommandEntry[] => [
  inquiryCommand(device),
  reportLunsCommand(units),
  reportOperationCodesCommand,
  reportTaskManagementCommand,
  ...modeCommands(device),
  logSense([...device.logPages, ...device.extraLogPages]),
  ...reservationCommands(device),
  ...persistentReserveCommands(device),
  testUnitReady(device),
  requestSense(device),
  preventAllow(device),
  sendDiagnostic,
];

const testUnitReady = (device: Device): CommandEntry => entry({
  opcode: 0x00, name: 'TEST UNIT READY', source: 'SPC-4 6.47', cdb: testUnitReadyCdb,
  whenReserved: 'query',
  run() {
    assertReady(device);
    return {};
  },
});

/**
 * Sense data goes with each status, so what is left to ask for is a unit attention, and why the
 * medium cannot be used, with the progress of what goes on there.
 */
const requestSense = (device: Device): CommandEntry => entry({
  opcode: 0x03, name: 'REQUEST SENSE', source: 'SPC-4 6.39', cdb: requestSenseCdb,
  whenReserved: 'allow', ignoresUnitAttention: true,
  run(unit, { nexus }, { desc, allocationLength }) {
    const attention = unit.attentions.take(nexus);
    const sense: Sense = attention === undefined
      ? device.notReady() ?? { key: 'noSense', additional: 'noAdditionalSense' }
      : { key: 'unitAttention', additional: attention };
    return parameterData(encodeSense(sense, desc ? 'descriptor' : 'fixed'), allocationLength);
  },
});

/** `Reservation` knows which of them conflict. */
function reservationCommands(device: Device): CommandEntry[] {
  const reserve = (opcode: number, name: string, source: string, cdb: typeof reserve6Cdb) =>
    entry({
      opcode, name, source, cdb, whenReserved: 'allow',
      run(_unit, { nexus }) {
        if (!device.reservation.reserve(nexus)) throw new ReservationConflict();
        return {};
      },
    });
  const release = (opcode: number, name: string, source: string, cdb: typeof release6Cdb) =>
    entry({
      opcode, name, source, cdb, whenReserved: 'allow',
      run(_unit, { nexus }) {
        if (!device.reservation.release(nexus)) throw new ReservationConflict();
        return {};
      },
    });
  return [
    reserve(0x16, 'RESERVE(6)', 'SPC-2 7.22', reserve6Cdb),
    release(0x17, 'RELEASE(6)', 'SPC-2 7.17', release6Cdb),
    reserve(0x56, 'RESERVE(10)', 'SPC-2 7.21', reserve10Cdb),
    release(0x57, 'RELEASE(10)', 'SPC-2 7.16', release10Cdb),
  ];
}

const preventAllow = (device: Device): CommandEntry => entry({
  opcode: 0x1e, name: 'PREVENT ALLOW MEDIUM REMOVAL', source: 'SBC-3 5.15', cdb: preventAllowCdb,
  whenReserved: ({ prevent }) => (prevent === 0 ? 'query' : 'conflict'),
  run(_unit, { nexus }, { prevent }) {
    if (prevent === 0) device.prevention.allow(nexus);
    else device.prevention.prevent(nexus);
    return {};
  },
});

/** The default self-test has nothing to find: each failure of the host's files is told at once. */
const sendDiagnostic: CommandEntry = entry({
  opcode: 0x1d, name: 'SEND DIAGNOSTIC', source: 'SPC-4 6.42', cdb: sendDiagnosticCdb,
  whenReserved: 'conflict',
  run: () => ({}),
});
