import { concat } from '../bytes/concat.ts';
import { hex } from '../bytes/hex.ts';
import { type CommandEntry, type CommandTable, entry } from '../sam/command-table.ts';
import type { LogicalUnits } from '../sam/logical-unit.ts';
import type { ItNexus } from '../sam/command.ts';
import {
  reportLunsCdb, reportSupportedOperationCodesCdb, reportTaskManagementCdb,
} from '../wire/spc/cdbs.ts';
import { encodeLun } from '../wire/spc/lun.ts';
import {
  allCommandsData, commandDescriptor, oneCommandData, reportLunsData, taskManagementData,
  timeoutsDescriptor,
} from '../wire/spc/reports.ts';
import { invalidCdbField, parameterData } from './parameter-data.ts';

const WELL_KNOWN_ONLY = 1;

export const reportLunsCommand = (units: LogicalUnits): CommandEntry => entry({
  opcode: 0xa0, name: 'REPORT LUNS', source: 'SPC-4 6.33', cdb: reportLunsCdb,
  whenReserved: 'allow', ignoresUnitAttention: true,
  run(unit, { nexus }, { selectReport, allocationLength }) {
    unit.attentions.clear(nexus, 'reportedLunsDataChanged');
    return parameterData(lunList(units, nexus, selectReport), allocationLength);
  },
});

/** No logical unit here is a well known one. */
function lunList(units: LogicalUnits, nexus: ItNexus, selectReport: number): Uint8Array {
  const numbers = selectReport === WELL_KNOWN_ONLY ? [] : [...units.reachable(nexus).keys()];
  const luns = concat(numbers.map(encodeLun));
  return reportLunsData.encode({ listLength: luns.length, luns });
}

const SUPPORT = { no: 1, asStandard: 3 } as const;
/** Sizes of 0 seconds tell no timeout: how long a command takes depends on the host's files. */
const NO_TIMEOUTS = timeoutsDescriptor.encode({
  descriptorLength: 0x0a, commandSpecific: 0, nominalSeconds: 0, recommendedSeconds: 0 });

/** Answered from the very rows that commands are looked up in. */
export const reportOperationCodesCommand: CommandEntry = entry({
  opcode: 0xa3, serviceAction: 0x0c, name: 'REPORT SUPPORTED OPERATION CODES',
  source: 'SPC-4 6.35', cdb: reportSupportedOperationCodesCdb, whenReserved: 'read',
  run(unit, _command, cdb) {
    const data = cdb.reportingOptions === 0 ? allCommands(unit.table, cdb.rctd)
      : oneCommand(requestedRow(unit.table, cdb), cdb.rctd);
    return parameterData(data, cdb.allocationLength);
  },
});

function allCommands(table: CommandTable, rctd: boolean): Uint8Array {
  const descriptors = concat(table.entries.flatMap((row) => [
    commandDescriptor.encode({
      opcode: row.opcode, serviceAction: row.serviceAction ?? 0, ctdp: rctd,
      servActV: row.serviceAction !== undefined, cdbLength: row.cdb.size }),
    ...(rctd ? [NO_TIMEOUTS] : []),
  ]));
  return allCommandsData.encode({ dataLength: descriptors.length, descriptors });
}

interface Requested {
  readonly reportingOptions: number;
  readonly requestedOpcode: number;
  readonly requestedServiceAction: number;
}

/** Which command a CDB with reporting options 1 to 3 asks for. Source: SPC-4 6.35.1. */
function requestedRow(table: CommandTable, requested: Requested): CommandEntry | undefined {
  const { reportingOptions, requestedOpcode, requestedServiceAction } = requested;
  const rows = table.rowsOf(requestedOpcode);
  const hasServiceActions = rows[0]?.serviceAction !== undefined;
  const refuse = (why: string): never => {
    throw invalidCdbField(`Cannot report operation code ${hex(requestedOpcode)}: ${why}`, 2, 2);
  };
  if (reportingOptions === 1 && hasServiceActions) refuse('it has service actions');
  if (reportingOptions === 2 && rows.length > 0 && !hasServiceActions) {
    refuse('it has no service actions');
  }
  return hasServiceActions
    ? rows.find(({ serviceAction }) => serviceAction === requestedServiceAction) : rows[0];
}

function oneCommand(row: CommandEntry | undefined, rctd: boolean): Uint8Array {
  if (row === undefined) {
    return oneCommandData.encode(
      { ctdp: false, support: SUPPORT.no, cdbSize: 0, usage: new Uint8Array(0) });
  }
  const usage = row.cdb.usageMap();
  usage[0] = row.opcode;
  // A service action's bits show its value. Source: SPC-4 6.35.3.
  if (row.serviceAction !== undefined) usage[1] = (usage[1]! & 0xe0) | row.serviceAction;
  return oneCommandData.encode({
    ctdp: rctd, support: SUPPORT.asStandard, cdbSize: row.cdb.size,
    usage: rctd ? concat([usage, NO_TIMEOUTS]) : usage });
}

/** The task set aborts and resets; there is no ACA, and nothing can be queried. */
export const reportTaskManagementCommand: CommandEntry = entry({
  opcode: 0xa3, serviceAction: 0x0d, name: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
  source: 'SPC-4 6.36', cdb: reportTaskManagementCdb, whenReserved: 'read',
  run: (_unit, _command, { repd, allocationLength }) => parameterData(
    taskManagementData.encode({
      ats: true, atss: true, cacas: false, ctss: true, lurs: true, qts: false, trs: true,
      wakes: false, qaes: false, qtss: false, itnrs: false, additionalLength: repd ? 0x0c : 0,
      timeouts: new Uint8Array(repd ? 12 : 0) }),
    allocationLength),
});
