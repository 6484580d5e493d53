/** Logout Request and Response. Source: RFC 7143 11.14, 11.15. */
import { bits, u8, u16 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  alwaysFinal, cmdSn, expCmdSn, expStatSn, immediate, initiatorTaskTag, maxCmdSn, noAhs, noData,
  opcode, statSn,
} from './fields.ts';
import { OPCODE } from './opcodes.ts';

export const LOGOUT_REASON = { closeSession: 0, closeConnection: 1, removeForRecovery: 2 } as const;
export const LOGOUT_RESPONSE = { closed: 0, cidNotFound: 1, recoveryNotSupported: 2 } as const;

export const logoutRequest = layout(
  { name: 'Logout Request PDU', source: 'RFC 7143 11.14', size: 48 },
  {
    immediate,
    opcode:             opcode(OPCODE.logoutRequest, 'Logout Request'),
    final:              alwaysFinal,
    reason:             bits(1, 6, 0, 'Reason Code', { oneOf: [0, 1, 2], meanings: {
      0: 'close the session', 1: 'close the connection', 2: 'remove the connection for recovery' },
    }),
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    initiatorTaskTag,
    cid:                u16(20, 'CID'),
    cmdSn,
    expStatSn,
  },
);
export type LogoutRequest = ValueOf<typeof logoutRequest>;

export const logoutResponse = layout(
  { name: 'Logout Response PDU', source: 'RFC 7143 11.15', size: 48 },
  {
    opcode:             opcode(OPCODE.logoutResponse, 'Logout Response'),
    final:              alwaysFinal,
    response:           u8(2, 'Response', { meanings: {
      0: 'closed', 1: 'CID not found', 2: 'recovery not supported', 3: 'cleanup failed' } }),
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    initiatorTaskTag,
    statSn,
    expCmdSn,
    maxCmdSn,
    time2Wait:          u16(40, 'Time2Wait', { unit: 's' }),
    time2Retain:        u16(42, 'Time2Retain', { unit: 's' }),
  },
);
