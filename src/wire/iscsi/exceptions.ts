/** Asynchronous Message, SNACK Request, Reject. Source: RFC 7143 11.9, 11.16, 11.17. */
import { bits, u8, u16, u32 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  alwaysFinal, dataSegmentLength, expCmdSn, expStatSn, initiatorTaskTag, lun, maxCmdSn, noAhs,
  noData, opcode, statSn, targetTransferTag,
} from './fields.ts';
import { HEADER_BYTES, NO_TAG, OPCODE } from './opcodes.ts';

export const ASYNC_EVENT = {
  scsi: 0, logoutRequested: 1, connectionDropped: 2, allConnectionsDropped: 3, renegotiate: 4,
  tasksTerminated: 5,
} as const;

export const asyncMessage = layout(
  { name: 'Asynchronous Message PDU', source: 'RFC 7143 11.9', size: 48 },
  {
    opcode:             opcode(OPCODE.asyncMessage, 'Asynchronous Message'),
    final:              alwaysFinal,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag:   u32(16, 'Initiator Task Tag', { oneOf: [NO_TAG] }),
    statSn,
    expCmdSn,
    maxCmdSn,
    event:              u8(36, 'AsyncEvent', { meanings: {
      0: 'SCSI asynchronous event', 1: 'logout requested', 2: 'connection will be dropped',
      3: 'all connections will be dropped', 4: 'negotiation requested', 5: 'tasks terminated',
      255: 'vendor specific' } }),
    vendorCode:         u8(37, 'AsyncVCode'),
    parameter1:         u16(38, 'Parameter1'),
    parameter2:         u16(40, 'Parameter2'),
    parameter3:         u16(42, 'Parameter3'),
  },
);

export const snackRequest = layout(
  { name: 'SNACK Request PDU', source: 'RFC 7143 11.16', size: 48 },
  {
    opcode:             opcode(OPCODE.snackRequest, 'SNACK Request'),
    final:              alwaysFinal,
    type:               bits(1, 3, 0, 'Type', { oneOf: [0, 1, 2, 3], meanings: {
      0: 'Data/R2T', 1: 'status', 2: 'DataACK', 3: 'R-Data' } }),
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    expStatSn,
    begRun:             u32(40, 'BegRun'),
    runLength:          u32(44, 'RunLength'),
  },
);

/** Why a PDU is rejected. Source: RFC 7143 11.17.1. */
export const REJECT_REASON = {
  dataDigestError: 0x02, snackReject: 0x03, protocolError: 0x04, commandNotSupported: 0x05,
  immediateCommandReject: 0x06, taskInProgress: 0x07, invalidDataAck: 0x08, invalidPduField: 0x09,
  longOperationReject: 0x0a, waitingForLogout: 0x0c,
} as const;
export type RejectReason = keyof typeof REJECT_REASON;

export const REJECT_TEXT: Readonly<Record<number, string>> = {
  2: 'data digest error', 3: 'SNACK reject', 4: 'protocol error', 5: 'command not supported',
  6: 'too many immediate commands', 7: 'task in progress', 8: 'invalid data ACK',
  9: 'invalid PDU field', 10: 'out of transfer tags', 12: 'waiting for logout',
};

export const reject = layout(
  { name: 'Reject PDU', source: 'RFC 7143 11.17', size: 48 },
  {
    opcode:             opcode(OPCODE.reject, 'Reject'),
    final:              alwaysFinal,
    reason:             u8(2, 'Reason', { meanings: REJECT_TEXT }),
    totalAhsLength:     noAhs,
    dataSegmentLength,
    initiatorTaskTag:   u32(16, 'Initiator Task Tag', { oneOf: [NO_TAG] }),
    statSn,
    expCmdSn,
    maxCmdSn,
    dataSn:             u32(36, 'DataSN/R2TSN'),
  },
  [({ dataSegmentLength: length }) => (length < HEADER_BYTES
    ? { field: 'dataSegmentLength', rule: 'length',
      message: `is ${length}, the rejected header has ${HEADER_BYTES} bytes` } : undefined)],
);
export type Reject = ValueOf<typeof reject>;
