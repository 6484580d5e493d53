/** Text Request and Response. Source: RFC 7143 11.10, 11.11. */
import { bit } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  cmdSn, dataSegmentLength, expCmdSn, expStatSn, final, immediate, initiatorTaskTag, lun, maxCmdSn,
  noAhs, opcode, statSn, targetTransferTag,
} from './fields.ts';
import { OPCODE } from './opcodes.ts';

const continues = bit(1, 6, 'C', { meaning: 'text continues' });
const finalWhileContinuing = ({ final: f, continues: c }: { final: boolean; continues: boolean }) =>
  (f && c ? { field: 'continues' as const, rule: 'final', message: 'is set together with F' }
    : undefined);

export const textRequest = layout(
  { name: 'Text Request PDU', source: 'RFC 7143 11.10', size: 48 },
  {
    immediate,
    opcode:             opcode(OPCODE.textRequest, 'Text Request'),
    final,
    continues,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    cmdSn,
    expStatSn,
  },
  [finalWhileContinuing],
);
export type TextRequest = ValueOf<typeof textRequest>;

export const textResponse = layout(
  { name: 'Text Response PDU', source: 'RFC 7143 11.11', size: 48 },
  {
    opcode:             opcode(OPCODE.textResponse, 'Text Response'),
    final,
    continues,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    statSn,
    expCmdSn,
    maxCmdSn,
  },
  [finalWhileContinuing],
);
