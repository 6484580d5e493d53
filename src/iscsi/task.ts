import { concat } from '../bytes/concat.ts';
import { walk } from '../codec/list.ts';
import type { TaskAttribute } from '../sam/command.ts';
import type { AdditionalSense, SenseKey } from '../sense/codes.ts';
import { additionalHeaders, extendedCdbAhs } from '../wire/iscsi/ahs.ts';
import { type ScsiCommand, TASK_ATTRIBUTE } from '../wire/iscsi/command.ts';
import { decodeLun } from '../wire/spc/lun.ts';
import type { Pdu } from './framer.ts';
import { COMMAND_WRITE_BYTES_MAX } from './limits.ts';
import type { Parameters } from './negotiation.ts';
import type { DataRoom } from './send-memory.ts';
import { WriteTransfer } from './write-transfer.ts';

/** Sense data of a command that ends without having reached its logical unit. */
export type TaskFault = readonly [SenseKey, AdditionalSense];

/** A SCSI command from its arrival to its answer. */
export interface Task {
  readonly header: ScsiCommand;
  readonly cdb: Uint8Array;
  readonly lun: number | undefined;
  readonly transfer: WriteTransfer;
  /** Refused at sight; what comes unsolicited is drained first. */
  readonly fault: TaskFault | undefined;
  /** R2Ts may be sent: the session has room for the data. */
  isGranted: boolean;
  isRunning: boolean;
  /** Where its Data-In lie, once it has asked for memory. */
  room: DataRoom | undefined;
}

/** How many bytes each direction offers. A command that moves both ways is refused. */
export const outBytesOf = ({ header }: Task): number =>
  (header.write ? header.expectedDataTransferLength : 0);
export const inBytesOf = ({ header }: Task): number =>
  (header.read ? header.expectedDataTransferLength : 0);

/** Returns undefined if immediate data, or additional headers, are not as they must be. */
export function makeTask(
  header: ScsiCommand, pdu: Pdu, parameters: Parameters): Task | undefined {
  const extension = extensionOf(pdu.ahs);
  if (extension === undefined || immediateIsWrong(header, pdu, parameters)) return undefined;
  const expectedBytes = header.write ? header.expectedDataTransferLength : 0;
  return {
    header,
    cdb: extension.length === 0 ? header.cdb : concat([header.cdb, extension]),
    lun: decodeLun(header.lun),
    transfer: new WriteTransfer(expectedBytes, parameters, pdu.data, header.final),
    fault: faultOf(header),
    isGranted: false,
    isRunning: false,
    room: undefined,
  };
}

function faultOf(header: ScsiCommand): TaskFault | undefined {
  const both = header.read && header.write && header.expectedDataTransferLength > 0;
  const tooLong = header.write && header.expectedDataTransferLength > COMMAND_WRITE_BYTES_MAX;
  if (both || tooLong) return ['illegalRequest', 'invalidFieldInCdb'];
  return header.attribute === TASK_ATTRIBUTE.aca
    ? ['illegalRequest', 'invalidMessageError'] : undefined;
}

/** Source: RFC 7143 13.10, 13.11, 13.14. */
function immediateIsWrong(
  header: ScsiCommand, pdu: Pdu,
  { immediateData, initialR2T, firstBurstBytes }: Parameters): boolean {
  if (!header.final && initialR2T) return true;
  return pdu.dataBytes > 0 && (!immediateData || pdu.dataBytes > firstBurstBytes);
}

/** The CDB's bytes from 16 on; undefined if the additional headers are malformed. */
function extensionOf(ahs: Uint8Array): Uint8Array | undefined {
  if (ahs.length === 0) return ahs;
  const { items, broken } = walk(additionalHeaders, ahs, 0, ahs.length);
  if (broken !== undefined || items.some(({ layout }) => layout === undefined)) return undefined;
  const found = items.filter(({ layout }) => layout === extendedCdbAhs);
  if (found.length > 1) return undefined;
  const [item] = found;
  if (item === undefined) return new Uint8Array(0);
  const { value, findings } = extendedCdbAhs.decode(ahs, item.at, item.end);
  return findings.some(({ severity }) => severity === 'error') ? undefined
    : value.cdb.subarray(0, value.length - 1);
}

export const attributeOf = ({ header }: Task): TaskAttribute => {
  const { attribute } = header;
  if (attribute === TASK_ATTRIBUTE.ordered) return 'ordered';
  return attribute === TASK_ATTRIBUTE.headOfQueue ? 'headOfQueue' : 'simple';
};
