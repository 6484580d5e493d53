import { dataOutOf, type Result } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import {
  exchangeMediumCdb, initializeElementStatusCdb, initializeElementStatusRangeCdb, moveMediumCdb,
  openCloseImportExportCdb, positionToElementCdb, readElementStatusCdb,
  requestVolumeElementAddressCdb, rezeroUnitCdb, sendVolumeTagCdb,
} from '../wire/smc/cdbs.ts';
import {
  elementStatusData, volumeElementAddressData, volumeTagTemplate,
} from '../wire/smc/element-status.ts';
import type { ElementName } from '../media/magazine-elements.ts';
import type { Move } from '../media/magazine-contents.ts';
import { ELEMENT_TYPE } from '../wire/smc/fields.ts';
import type { ChangerUnit, TagSearch } from './changer.ts';
import { type Element, invalidAddress } from './changer-elements.ts';
import {
  type Selection, selected, type StatusForm, statusPages, wholeDescriptorBytes,
} from './element-status.ts';
import { parameterData, refuseDataOut } from './parameter-data.ts';
import { matchesTemplate } from './volume-tags.ts';

/** The commands of a media changer, but for those that every device has. Source: SMC-3 6. */
export const changerCommands = (unit: ChangerUnit): CommandEntry[] => [
  rezeroUnit, ...inventoryCommands(unit), moveMedium(unit), exchangeMedium(unit),
  positionToElement(unit), openCloseImportExport(unit), readElementStatus(unit),
  sendVolumeTag(unit), requestVolumeElementAddress(unit),
];

/** Byte 1 bits 7 to 5: the LUN, as SCSI-2 has it. */
const SCSI_2_LUN = 0xe0;
/** MODE SENSE(6), and what moves or reports. */
const WITH_SCSI_2_LUN = [0x07, 0x1a, 0x2b, 0xa5, 0xa6, 0xb6, 0xb8];

/** Rows that take the LUN in the CDB, where Linux's `ch` and older programs put it. */
export const toleratingLun = (rows: readonly CommandEntry[]): CommandEntry[] =>
  rows.map((row) => (WITH_SCSI_2_LUN.includes(row.opcode)
    ? { ...row, tolerates: { ...row.tolerates, 1: (row.tolerates[1] ?? 0) | SCSI_2_LUN } } : row));

/** The robot is where it is needed, always. */
const rezeroUnit: CommandEntry = entry({
  opcode: 0x01, name: 'REZERO UNIT', source: rezeroUnitCdb.source, cdb: rezeroUnitCdb,
  whenReserved: 'conflict', run: () => ({}),
});

function inventoryCommands(unit: ChangerUnit): CommandEntry[] {
  const withRange = (opcode: number) => entry({
    opcode, name: 'INITIALIZE ELEMENT STATUS WITH RANGE',
    source: initializeElementStatusRangeCdb.source, cdb: initializeElementStatusRangeCdb,
    whenReserved: 'conflict',
    async run(_unit, { nexus, signal }, { range, start }) {
      if (range) unit.elements.at(start, 2);
      await unit.takeStock(signal, nexus);
      return {};
    },
  });
  return [
    entry({
      opcode: 0x07, name: 'INITIALIZE ELEMENT STATUS', source: initializeElementStatusCdb.source,
      cdb: initializeElementStatusCdb, whenReserved: 'conflict',
      async run(_unit, { nexus, signal }) {
        await unit.takeStock(signal, nexus);
        return {};
      },
    }),
    withRange(0x37), withRange(0xe7),
  ];
}

/** Throws: SenseError if a source is empty, or a destination full that nothing leaves. */
async function carry(
  unit: ChangerUnit, moves: readonly Move[], signal: AbortSignal): Promise<void> {
  const { contents } = unit.robot.magazine;
  for (const { from, to } of moves) {
    if (!contents.has(from)) {
      throw new SenseError('illegalRequest', 'mediumSourceElementEmpty',
        `Cannot move from ${from} of ${unit.name}: it is empty`);
    }
    if (contents.has(to) && moves.every((other) => other.from !== to)) {
      throw new SenseError('illegalRequest', 'mediumDestinationElementFull',
        `Cannot move to ${to} of ${unit.name}: it is full`);
    }
  }
  await unit.robot.carry(moves.filter(({ from, to }) => from !== to), signal);
}

/** Where a cartridge is to be taken from; the transport never has one. */
function sourceAt(unit: ChangerUnit, address: number, byte: number): ElementName {
  const { name } = unit.elements.at(address, byte);
  if (name !== undefined) return name;
  throw new SenseError('illegalRequest', 'mediumSourceElementEmpty',
    `Cannot move from the transport of ${unit.name}: it is empty`);
}

/** CONTROL bits 7 and 6: where `mtx eepos` says how far the tray of a mail slot comes out. */
const TRAY_POSITION = { 11: 0xc0 };

const moveMedium = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0xa5, name: 'MOVE MEDIUM', source: moveMediumCdb.source, cdb: moveMediumCdb,
  whenReserved: 'conflict', tolerates: TRAY_POSITION,
  async run(_unit, { signal }, { transport, from, destination }) {
    unit.elements.assertTransport(transport, 2);
    const move = {
      from: sourceAt(unit, from, 4), to: unit.elements.storing(destination, 6) };
    await unit.alone(signal, () => carry(unit, [move], signal));
    return {};
  },
});

/** The second destination may be the source: then the two change places. */
const exchangeMedium = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0xa6, name: 'EXCHANGE MEDIUM', source: exchangeMediumCdb.source, cdb: exchangeMediumCdb,
  whenReserved: 'conflict', tolerates: TRAY_POSITION,
  async run(_unit, { signal }, { transport, from, firstDestination, secondDestination }) {
    unit.elements.assertTransport(transport, 2);
    const first = unit.elements.storing(firstDestination, 6);
    const moves = [
      { from: sourceAt(unit, from, 4), to: first },
      { from: first, to: unit.elements.storing(secondDestination, 8) },
    ];
    if (first === moves[0]!.from || first === moves[1]!.to) {
      throw invalidAddress(firstDestination, 6, 'it is given twice');
    }
    await unit.alone(signal, () => carry(unit, moves, signal));
    return {};
  },
});

const positionToElement = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0x2b, name: 'POSITION TO ELEMENT', source: positionToElementCdb.source,
  cdb: positionToElementCdb, whenReserved: 'conflict',
  run(_unit, _command, { transport, destination }) {
    unit.elements.assertTransport(transport, 2);
    unit.elements.at(destination, 4);
    return {};
  },
});

const CLOSE = 1;

/** A mail slot that is closed has been used, perhaps. */
const openCloseImportExport = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0x1b, name: 'OPEN/CLOSE IMPORT/EXPORT ELEMENT', source: openCloseImportExportCdb.source,
  cdb: openCloseImportExportCdb, whenReserved: 'conflict',
  async run(_unit, { nexus, signal }, { element, action }) {
    if (unit.elements.at(element, 2).type !== ELEMENT_TYPE.importExport) {
      throw invalidAddress(element, 2, 'it is no import/export element');
    }
    if (action === CLOSE) await unit.takeStock(signal, nexus);
    else if (unit.prevention.isPrevented) {
      throw new SenseError('illegalRequest', 'mediumRemovalPrevented',
        `Cannot open a mail slot of ${unit.name}: medium removal is prevented`);
    }
    return {};
  },
});

/** Never moves anything, so CURDATA makes no difference but to reservations. */
const readElementStatus = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0xb8, name: 'READ ELEMENT STATUS', source: readElementStatusCdb.source,
  cdb: readElementStatusCdb, whenReserved: ({ curData }) => (curData ? 'allow' : 'read'),
  run(_unit, _command, cdb): Result {
    const report = reportOf(unit, selected(unit.elements, cdb), cdb);
    return statusData(elementStatusData.encode(report), cdb.allocationLength);
  },
});

/** Descriptors that do not fit are left out as a whole. Source: SMC-3 6.11.1. */
const statusData = (bytes: Uint8Array, allocationLength: number): Result =>
  parameterData(bytes, wholeDescriptorBytes(bytes, allocationLength));

/** The counts are of all that there is, whatever the allocation length cuts. */
function reportOf(unit: ChangerUnit, elements: readonly Element[], form: StatusForm) {
  const pages = statusPages(elements, unit, form);
  return {
    firstAddress: elements[0]?.address ?? 0, elementCount: elements.length,
    byteCount: pages.length, pages,
  };
}

/** SEND ACTION CODES that look at alternate tags alone, and those that look at sequence numbers. */
const ALTERNATE_ONLY = [2, 6];
const WITH_SEQUENCE = [0, 1, 2];

/** There are only primary tags, and their sequence number is 0. */
const sendVolumeTag = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0xb6, name: 'SEND VOLUME TAG', source: sendVolumeTagCdb.source, cdb: sendVolumeTagCdb,
  whenReserved: 'conflict',
  run(_unit, command, { elementType, start, sendAction, parameterListLength }) {
    const refused = refuseDataOut(command, parameterListLength);
    if (refused !== undefined) return refused;
    const { template, minimumSequence } =
      volumeTagTemplate.read(dataOutOf(command).subarray(0, parameterListLength));
    const canMatch = !ALTERNATE_ONLY.includes(sendAction)
      && (minimumSequence === 0 || !WITH_SEQUENCE.includes(sendAction));
    selected(unit.elements, { elementType, start, elementCount: 0 });
    unit.search(command.nexus, {
      elementType, start, sendAction,
      matches: (barcode) => canMatch && matchesTemplate(template, barcode),
    });
    return { wantedBytes: parameterListLength };
  },
});

const requestVolumeElementAddress = (unit: ChangerUnit): CommandEntry => entry({
  opcode: 0xb5, name: 'REQUEST VOLUME ELEMENT ADDRESS',
  source: requestVolumeElementAddressCdb.source, cdb: requestVolumeElementAddressCdb,
  whenReserved: 'read',
  run(_unit, { nexus }, cdb): Result {
    const search = unit.searchOf(nexus);
    if (search === undefined) {
      throw new SenseError('illegalRequest', 'commandSequenceError',
        'Cannot return volumes: no SEND VOLUME TAG has come before');
    }
    const report = reportOf(unit, foundBy(unit, search, cdb), { ...cdb, dvcId: false });
    return statusData(
      volumeElementAddressData.encode({ ...report, sendAction: search.sendAction }),
      cdb.allocationLength);
  },
});

/** Elements whose tag is searched for, as far as this CDB asks for them. */
function foundBy(unit: ChangerUnit, search: TagSearch, cdb: Selection): Element[] {
  const { contents } = unit.robot.magazine;
  const searched = selected(unit.elements, { ...search, elementCount: unit.elements.all.length });
  const found = searched.filter(({ name }) => {
    const held = name === undefined ? undefined : contents.get(name);
    return held !== undefined && search.matches(held.barcode);
  });
  const asked = new Set(
    selected(unit.elements, { ...cdb, elementCount: unit.elements.all.length }));
  return found.filter((element) => asked.has(element)).slice(0, cdb.elementCount);
}
