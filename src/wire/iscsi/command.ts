/** SCSI Command and SCSI Response. Source: RFC 7143 11.3, 11.4. */
import { bit, bits, raw, u8, u16, u32 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  alwaysFinal, cmdSn, dataSegmentLength, expCmdSn, expStatSn, final, immediate, initiatorTaskTag,
  lun, maxCmdSn, noAhs, opcode, statSn, totalAhsLength,
} from './fields.ts';
import { OPCODE } from './opcodes.ts';

export const TASK_ATTRIBUTE = {
  untagged: 0, simple: 1, ordered: 2, headOfQueue: 3, aca: 4,
} as const;

export const scsiCommand = layout(
  { name: 'SCSI Command PDU', source: 'RFC 7143 11.3', size: 48 },
  {
    immediate,
    opcode:             opcode(OPCODE.scsiCommand, 'SCSI Command'),
    final,
    read:               bit(1, 6, 'R'),
    write:              bit(1, 5, 'W'),
    attribute:          bits(1, 2, 0, 'ATTR', { max: 4, meanings: {
      0: 'untagged', 1: 'simple', 2: 'ordered', 3: 'head of queue', 4: 'ACA' } }),
    totalAhsLength,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    expectedDataTransferLength: u32(20, 'Expected Data Transfer Length', { unit: 'bytes' }),
    cmdSn,
    expStatSn,
    cdb:                raw(32, 16, 'CDB'),
  },
  [
    ({ final: isFinal, write }) => (!isFinal && !write
      ? { field: 'final', rule: 'final', message: 'is 0 although W is 0' } : undefined),
    ({ dataSegmentLength: length, write }) => (length > 0 && !write
      ? { field: 'dataSegmentLength', rule: 'direction',
        message: `is ${length} although W is 0` } : undefined),
    ({ read, write, expectedDataTransferLength }) =>
      (!read && !write && expectedDataTransferLength > 0
        ? { field: 'expectedDataTransferLength', rule: 'direction',
          message: `is ${expectedDataTransferLength} although R and W are 0` } : undefined),
    ({ write, dataSegmentLength: length, expectedDataTransferLength: expected }) =>
      (write && length > expected
        ? { field: 'dataSegmentLength', rule: 'length',
          message: `is ${length}, the whole command moves ${expected}` } : undefined),
  ],
);
export type ScsiCommand = ValueOf<typeof scsiCommand>;

export const RESPONSE = { commandCompleted: 0x00, targetFailure: 0x01 } as const;

export const scsiResponse = layout(
  { name: 'SCSI Response PDU', source: 'RFC 7143 11.4', size: 48 },
  {
    opcode:             opcode(OPCODE.scsiResponse, 'SCSI Response'),
    final:              alwaysFinal,
    bidiOverflow:       bit(1, 4, 'o'),
    bidiUnderflow:      bit(1, 3, 'u'),
    overflow:           bit(1, 2, 'O', { meaning: 'residual overflow' }),
    underflow:          bit(1, 1, 'U', { meaning: 'residual underflow' }),
    response:           u8(2, 'Response', { meanings: {
      0: 'command completed at target', 1: 'target failure' } }),
    status:             u8(3, 'Status', { hex: true }),
    totalAhsLength:     noAhs,
    dataSegmentLength,
    statusQualifier:    u16(8, 'Status Qualifier'),
    initiatorTaskTag,
    snackTag:           u32(20, 'SNACK Tag', { hex: true }),
    statSn,
    expCmdSn,
    maxCmdSn,
    expDataSn:          u32(36, 'ExpDataSN'),
    bidiReadResidual:   u32(40, 'Bidirectional Read Residual Count', { unit: 'bytes' }),
    residual:           u32(44, 'Residual Count', { unit: 'bytes' }),
  },
  [
    ({ overflow, underflow }) => (overflow && underflow
      ? { field: 'overflow', rule: 'residual', message: 'is set together with U' } : undefined),
    ({ overflow, underflow, residual }) => ((overflow || underflow) && residual === 0
      ? { field: 'residual', rule: 'residual', severity: 'warning',
        message: 'is 0 although O or U is set; Linux refuses that' } : undefined),
    ({ status, dataSegmentLength: length, response }) =>
      (response === 0 && status === 0x02 && length < 2
        ? { field: 'dataSegmentLength', rule: 'sense', severity: 'warning',
          message: `is ${length}: CHECK CONDITION without sense data` } : undefined),
  ],
);
export type ScsiResponse = ValueOf<typeof scsiResponse>;
