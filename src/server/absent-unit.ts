import { type CommandEntry, CommandTable, entry } from '../sam/command-table.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { Reservation } from '../sam/reservation.ts';
import { TaskSet } from '../sam/task-set.ts';
import { UnitAttentions } from '../sam/unit-attention.ts';
import { encodeSense, SenseError } from '../sense/sense.ts';
import { anyCdb, inquiryCdb, requestSenseCdb } from '../wire/spc/cdbs.ts';
import { standardInquiry } from '../wire/spc/inquiry.ts';
import { invalidCdbField, parameterData } from './parameter-data.ts';
import { reportLunsCommand } from './report-commands.ts';

const NOT_SUPPORTED = { key: 'illegalRequest', additional: 'logicalUnitNotSupported' } as const;
const NO_LOGICAL_UNIT = 3;
const UNKNOWN_TYPE = 0x1f;

/**
 * What answers for a LUN that no logical unit has: initiators look for others there (SPC-4 6.6,
 * SAM-5 4.7.4).
 */
export function absentUnit(units: LogicalUnits): LogicalUnit {
  return {
    name: 'no logical unit', peripheralDeviceType: UNKNOWN_TYPE, designators: [],
    table: new CommandTable([absentInquiry, absentRequestSense, reportLunsCommand(units), ...refusals()]),
    attentions: new UnitAttentions(), reservation: new Reservation(), tasks: new TaskSet(),
    senseFormat: 'fixed', medium: undefined,
    reset() {},
    nexusLost() {},
  };
}

const absentInquiry = entry({
  opcode: 0x12, name: 'INQUIRY', source: 'SPC-4 6.6', cdb: inquiryCdb, whenReserved: 'allow',
  ignoresUnitAttention: true,
  run(_unit, _command, { evpd, pageCode, allocationLength }) {
    if (evpd) throw invalidCdbField(`Cannot return VPD page ${pageCode}: no logical unit is there`, 2);
    return parameterData(standardInquiry.encode({
      qualifier: NO_LOGICAL_UNIT, deviceType: UNKNOWN_TYPE, rmb: false, version: 6, normAca: false,
      hiSup: true, dataFormat: 2, additionalLength: standardInquiry.size - 5, sccs: false,
      acc: false, tpgs: 0, thirdPartyCopy: false, protect: false, encServ: false, multiP: false,
      cmdQue: true, vendor: 'SRVFREE', product: 'NONE', revision: '1',
      additional: new Uint8Array(0) }), allocationLength);
  },
});

const absentRequestSense = entry({
  opcode: 0x03, name: 'REQUEST SENSE', source: 'SPC-4 6.39', cdb: requestSenseCdb,
  whenReserved: 'allow', ignoresUnitAttention: true,
  run: (_unit, _command, { desc, allocationLength }) => parameterData(
    encodeSense(NOT_SUPPORTED, desc ? 'descriptor' : 'fixed'), allocationLength),
});

/** Every other operation code, each with the same answer. */
function refusals(): CommandEntry[] {
  const answered = [0x03, 0x12, 0xa0];
  return Array.from({ length: 256 }, (_, opcode) => opcode)
    .filter((opcode) => !answered.includes(opcode))
    .map((opcode) => entry({
      opcode, name: 'a command', source: 'SAM-5 4.7.4', cdb: anyCdb, whenReserved: 'allow',
      ignoresUnitAttention: true,
      run() {
        throw new SenseError(NOT_SUPPORTED.key, NOT_SUPPORTED.additional,
          'Cannot run the command: no logical unit has this LUN');
      },
    }));
}
