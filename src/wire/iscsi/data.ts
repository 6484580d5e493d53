/** The PDUs that move a command's data. Source: RFC 7143 11.7, 11.8. */
import { bit, u8, u32 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  alwaysFinal, dataSegmentLength, expCmdSn, expStatSn, final, initiatorTaskTag, lun, maxCmdSn,
  noAhs, noData, opcode, statSn, targetTransferTag,
} from './fields.ts';
import { NO_TAG, OPCODE } from './opcodes.ts';

const dataSn = u32(36, 'DataSN');
const bufferOffset = u32(40, 'Buffer Offset', { unit: 'bytes' });

export const dataOut = layout(
  { name: 'SCSI Data-Out PDU', source: 'RFC 7143 11.7', size: 48 },
  {
    opcode:             opcode(OPCODE.dataOut, 'SCSI Data-Out'),
    final,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    expStatSn,
    dataSn,
    bufferOffset,
  },
  [({ dataSegmentLength: length }) => (length === 0
    ? { field: 'dataSegmentLength', rule: 'empty', severity: 'warning',
      message: 'is 0: the PDU moves nothing' } : undefined)],
);
export type DataOut = ValueOf<typeof dataOut>;

export const dataIn = layout(
  { name: 'SCSI Data-In PDU', source: 'RFC 7143 11.7', size: 48 },
  {
    opcode:             opcode(OPCODE.dataIn, 'SCSI Data-In'),
    final,
    acknowledge:        bit(1, 6, 'A'),
    overflow:           bit(1, 2, 'O', { meaning: 'residual overflow' }),
    underflow:          bit(1, 1, 'U', { meaning: 'residual underflow' }),
    hasStatus:          bit(1, 0, 'S', { meaning: 'holds the status' }),
    status:             u8(3, 'Status', { hex: true }),
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    statSn,
    expCmdSn,
    maxCmdSn,
    dataSn,
    bufferOffset,
    residual:           u32(44, 'Residual Count', { unit: 'bytes' }),
  },
  [
    ({ hasStatus, final: isFinal }) => (hasStatus && !isFinal
      ? { field: 'hasStatus', rule: 'final', message: 'is 1 although F is 0' } : undefined),
    ({ overflow, underflow }) => (overflow && underflow
      ? { field: 'overflow', rule: 'residual', message: 'is set together with U' } : undefined),
    ({ hasStatus, status }) => (hasStatus && status === 0x02
      ? { field: 'status', rule: 'status', severity: 'warning',
        message: 'is CHECK CONDITION: there is no room for sense data here' } : undefined),
  ],
);
export type DataIn = ValueOf<typeof dataIn>;

export const readyToTransfer = layout(
  { name: 'Ready To Transfer PDU', source: 'RFC 7143 11.8', size: 48 },
  {
    opcode:             opcode(OPCODE.readyToTransfer, 'Ready To Transfer'),
    final:              alwaysFinal,
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    statSn,
    expCmdSn,
    maxCmdSn,
    r2tSn:              u32(36, 'R2TSN'),
    bufferOffset,
    desiredDataTransferLength: u32(44, 'Desired Data Transfer Length', { min: 1, unit: 'bytes' }),
  },
  [({ targetTransferTag: tag }) => (tag === NO_TAG
    ? { field: 'targetTransferTag', rule: 'tag', message: 'is the reserved value' } : undefined)],
);
export type ReadyToTransfer = ValueOf<typeof readyToTransfer>;
