/** NOP-Out and NOP-In. Source: RFC 7143 11.18, 11.19. */
import { layout } from '../../codec/layout.ts';
import {
  alwaysFinal, cmdSn, dataSegmentLength, expCmdSn, expStatSn, immediate, initiatorTaskTag, lun,
  maxCmdSn, noAhs, opcode, statSn, targetTransferTag,
} from './fields.ts';
import { NO_TAG, OPCODE } from './opcodes.ts';

export const nopOut = layout(
  { name: 'NOP-Out PDU', source: 'RFC 7143 11.18', size: 48 },
  {
    immediate,
    opcode:             opcode(OPCODE.nopOut, 'NOP-Out'),
    final:              alwaysFinal,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    cmdSn,
    expStatSn,
  },
  [({ initiatorTaskTag: tag, immediate: now }) => (tag === NO_TAG && !now
    ? { field: 'immediate', rule: 'immediate',
      message: 'is 0 although nothing is to be answered' } : undefined)],
);

export const nopIn = layout(
  { name: 'NOP-In PDU', source: 'RFC 7143 11.19', size: 48 },
  {
    opcode:             opcode(OPCODE.nopIn, 'NOP-In'),
    final:              alwaysFinal,
    totalAhsLength:     noAhs,
    dataSegmentLength,
    lun,
    initiatorTaskTag,
    targetTransferTag,
    statSn,
    expCmdSn,
    maxCmdSn,
  },
  [({ initiatorTaskTag: tag, dataSegmentLength: length }) => (tag === NO_TAG && length > 0
    ? { field: 'dataSegmentLength', rule: 'ping', severity: 'warning',
      message: `is ${length}: a target's ping has no data` } : undefined)],
);
