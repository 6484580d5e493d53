/** READ ATTRIBUTE and WRITE ATTRIBUTE. Source: SPC-4 6.17, 6.43. */
import { concat } from '../bytes/concat.ts';
import { hex } from '../bytes/hex.ts';
import { walk } from '../codec/list.ts';
import type { MediumAttribute } from '../media/tape-types.ts';
import { dataOutOf, type Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import {
  attributeList, mediumAttribute, mediumAttributes, readAttributeCdb, writeAttributeCdb,
} from '../wire/spc/attributes.ts';
import {
  type AttributeFormat, attributesOf, hostAttribute, identifierList, isMade, partitionList,
  SUPPORTED_ATTRIBUTES, type ToldAttribute, VOLUME_LIST,
} from './medium-attributes.ts';
import {
  invalidCdbField, invalidListField, listLengthError, parameterData,
} from './parameter-data.ts';
import { assertPartition, type MakeRow } from './stream-rules.ts';
import type { TapeUnit } from './tape.ts';

/** Attributes are small: no list of them all is longer. */
const LIST_BYTES_MAX = 256 * 1024;

const ACTION = { values: 0, list: 1, volumes: 2, partitions: 3, supported: 5 } as const;

/** Reading waits for nobody; writing waits for its turn, and is durable. */
export const attributeCommands = (
  unit: TapeUnit, report: MakeRow, medium: MakeRow): CommandEntry[] => [
  report({
    opcode: 0x8c, name: 'READ ATTRIBUTE', source: readAttributeCdb.source, cdb: readAttributeCdb,
    access: 'read',
    run(_command, cdb) {
      assertVolume(cdb.volume);
      assertPartition(unit, cdb.partition, 7);
      return parameterData(answerTo(unit, cdb), cdb.allocationLength);
    },
  }),
  medium({
    opcode: 0x8d, name: 'WRITE ATTRIBUTE', source: writeAttributeCdb.source,
    cdb: writeAttributeCdb, access: 'write',
    dataOutBytes({ parameterListLength }) {
      if (parameterListLength <= LIST_BYTES_MAX) return parameterListLength;
      throw invalidCdbField(`Cannot write attributes of ${parameterListLength} bytes: the limit is `
        + `${LIST_BYTES_MAX}`, 10);
    },
    async run(command, { volume, partition, parameterListLength }): Promise<Result> {
      assertVolume(volume);
      assertPartition(unit, partition, 7);
      const list = dataOutOf(command).subarray(0, parameterListLength);
      const changes = changesIn(list, partition);
      if (changes.length > 0) await unit.drive.setAttributes(changes);
      return { wantedBytes: parameterListLength };
    },
  }),
];

function assertVolume(volume: number): void {
  if (volume === 0) return;
  throw invalidCdbField(`Cannot use logical volume ${volume}: there is only 0`, 5);
}

interface ReadCdb {
  readonly serviceAction: number;
  readonly partition: number;
  readonly firstAttribute: number;
}

function answerTo(unit: TapeUnit, { serviceAction, partition, firstAttribute }: ReadCdb) {
  if (serviceAction === ACTION.volumes) return VOLUME_LIST;
  if (serviceAction === ACTION.partitions) return partitionList(unit.drive.tape);
  const from = (id: number): boolean => id >= firstAttribute;
  if (serviceAction === ACTION.supported) return identifierList(SUPPORTED_ATTRIBUTES.filter(from));
  const told = attributesOf(unit.drive, partition).filter(({ id }) => from(id));
  if (told.length === 0) {
    throw invalidCdbField(`Cannot return attributes from ${hex(firstAttribute, 4)} on: `
      + 'the medium has none', 8);
  }
  if (serviceAction === ACTION.list) return identifierList(told.map(({ id }) => id));
  const attributes = concat(told.map(encode));
  return attributeList.encode({ dataLength: attributes.length, attributes });
}

const FORMATS: readonly AttributeFormat[] = ['binary', 'ascii', 'text'];

const encode = ({ id, readOnly, format, value }: ToldAttribute): Uint8Array =>
  mediumAttribute.encode({
    identifier: id, readOnly, valueFormat: FORMATS.indexOf(format), length: value.length, value });

/** What a parameter list changes: all of it or, if anything in it is wrong, nothing. */
function changesIn(list: Uint8Array, partition: number): MediumAttribute[] {
  if (list.length === 0) return [];
  if (list.length < attributeList.size) {
    throw listLengthError(`Cannot write attributes: the list has ${list.length} bytes`);
  }
  const { dataLength } = attributeList.read(list);
  const end = attributeList.size + dataLength;
  if (end > list.length) {
    throw listLengthError(`Cannot write attributes: the list has ${list.length} bytes, `
      + `its header tells of ${end}`);
  }
  const { items, broken } = walk(mediumAttributes, list, attributeList.size, end);
  if (broken !== undefined) {
    throw listLengthError(`Cannot write attributes: ${broken.message}`);
  }
  return items.map(({ at, end: behind }) => change(list.subarray(at, behind), at, partition));
}

function change(bytes: Uint8Array, at: number, partition: number): MediumAttribute {
  const { identifier, valueFormat, length, value } = mediumAttribute.read(bytes);
  const known = hostAttribute(identifier);
  if (known === undefined) {
    throw invalidListField(`Cannot write attribute ${hex(identifier, 4)}: `
      + (isMade(identifier) ? 'it is read only' : 'it is unknown'), at);
  }
  const removed = { id: identifier, partition, format: known.format, value: new Uint8Array(0) };
  if (length === 0) return removed;
  if (FORMATS[valueFormat] !== known.format) {
    throw invalidListField(`Cannot write attribute ${hex(identifier, 4)}: its format is `
      + known.format, at + 2, 1);
  }
  const fits = known.mayBeShorter ? length <= known.byteLength : length === known.byteLength;
  if (!fits) {
    throw invalidListField(`Cannot write attribute ${hex(identifier, 4)}: it has `
      + `${known.mayBeShorter ? 'at most ' : ''}${known.byteLength} bytes, not ${length}`, at + 3);
  }
  return { ...removed, value: value.slice() };
}
