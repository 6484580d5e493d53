/** Login Request and Response. Source: RFC 7143 11.12, 11.13. */
import { bit, bits, raw, u8, u16 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import {
  cmdSn, dataSegmentLength, expCmdSn, expStatSn, initiatorTaskTag, maxCmdSn, noAhs, opcode, statSn,
} from './fields.ts';
import { OPCODE } from './opcodes.ts';

export const STAGE = { security: 0, operational: 1, fullFeature: 3 } as const;

const STAGES: Readonly<Record<number, string>> = {
  0: 'security negotiation', 1: 'login operational negotiation', 3: 'full feature phase',
};
const transit = bit(1, 7, 'T', { meaning: 'transit to the next stage' });
const continues = bit(1, 6, 'C', { meaning: 'text continues' });
const currentStage = bits(1, 3, 2, 'CSG', { oneOf: [0, 1], meanings: STAGES });
const nextStage = bits(1, 1, 0, 'NSG', { meanings: STAGES });
const isid = raw(8, 6, 'ISID');
const tsih = u16(14, 'TSIH');

interface StageFields {
  transit: boolean;
  continues: boolean;
  currentStage: number;
  nextStage: number;
}

const transitWhileContinuing = ({ transit: t, continues: c }: StageFields) => (t && c
  ? { field: 'continues' as const, rule: 'stage', message: 'is set together with T' } : undefined);
const stageOrder = ({ transit: t, currentStage: csg, nextStage: nsg }: StageFields) =>
  (t && (nsg <= csg || nsg === 2)
    ? { field: 'nextStage' as const, rule: 'stage',
      message: `is ${nsg}, which does not follow stage ${csg}` } : undefined);

export const loginRequest = layout(
  { name: 'Login Request PDU', source: 'RFC 7143 11.12', size: 48 },
  {
    immediate:          bit(0, 6, 'I', { mustBe: true, severity: 'warning' }),
    opcode:             opcode(OPCODE.loginRequest, 'Login Request'),
    transit,
    continues,
    currentStage,
    nextStage,
    versionMax:         u8(2, 'Version-max', { hex: true }),
    versionMin:         u8(3, 'Version-min', { hex: true }),
    totalAhsLength:     noAhs,
    dataSegmentLength,
    isid,
    tsih,
    initiatorTaskTag,
    cid:                u16(20, 'CID'),
    cmdSn,
    expStatSn,
  },
  [transitWhileContinuing, stageOrder],
);
export type LoginRequest = ValueOf<typeof loginRequest>;

/** Status-Class in the high byte, Status-Detail in the low one. Source: RFC 7143 11.13.5. */
export const LOGIN_STATUS = {
  success: [0x0000, 'success'],
  movedTemporarily: [0x0101, 'the target has moved temporarily'],
  movedPermanently: [0x0102, 'the target has moved permanently'],
  initiatorError: [0x0200, 'the target calls the login request wrong'],
  authenticationFailure: [0x0201, 'authentication failed'],
  authorizationFailure: [0x0202, 'the initiator may not use this target'],
  notFound: [0x0203, 'the target has no such name'],
  targetRemoved: [0x0204, 'the target has been removed'],
  unsupportedVersion: [0x0205, 'no common version of the protocol'],
  tooManyConnections: [0x0206, 'too many connections'],
  missingParameter: [0x0207, 'a parameter is missing'],
  cannotIncludeInSession: [0x0208, 'the target cannot include the connection in the session'],
  sessionTypeNotSupported: [0x0209, 'the session type is not supported'],
  sessionDoesNotExist: [0x020a, 'the session does not exist'],
  invalidDuringLogin: [0x020b, 'the request is invalid during login'],
  targetError: [0x0300, 'the target has failed'],
  serviceUnavailable: [0x0301, 'the target is not available now'],
  outOfResources: [0x0302, 'the target is out of resources'],
} as const satisfies Record<string, readonly [number, string]>;
export type LoginStatus = keyof typeof LOGIN_STATUS;

/** What a status means, for people. */
export const loginStatusText = (status: number): string =>
  Object.values(LOGIN_STATUS).find(([code]) => code === status)?.[1] ?? 'unknown status';

export const loginResponse = layout(
  { name: 'Login Response PDU', source: 'RFC 7143 11.13', size: 48 },
  {
    opcode:             opcode(OPCODE.loginResponse, 'Login Response'),
    transit,
    continues,
    currentStage,
    nextStage,
    versionMax:         u8(2, 'Version-max', { hex: true }),
    versionActive:      u8(3, 'Version-active', { hex: true }),
    totalAhsLength:     noAhs,
    dataSegmentLength,
    isid,
    tsih,
    initiatorTaskTag,
    statSn,
    expCmdSn,
    maxCmdSn,
    status:             u16(36, 'Status-Class and Status-Detail', {
      meanings: Object.fromEntries(Object.values(LOGIN_STATUS)) }),
  },
  [
    transitWhileContinuing,
    stageOrder,
    ({ transit: t, status }) => (t && status !== 0
      ? { field: 'transit', rule: 'status', severity: 'warning',
        message: 'is 1 although the login failed' } : undefined),
  ],
);
export type LoginResponse = ValueOf<typeof loginResponse>;
