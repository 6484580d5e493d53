/** Task Management Function Request and Response. Source: RFC 7143 11.5, 11.6; RFC 7144 6. */
import { bits, raw, u8, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import {
  alwaysFinal, cmdSn, expCmdSn, expStatSn, immediate, initiatorTaskTag, lun, maxCmdSn, noAhs,
  noData, opcode, statSn,
} from './fields.ts';
import { OPCODE } from './opcodes.ts';

export const TASK_FUNCTION = {
  abortTask: 1, abortTaskSet: 2, clearAca: 3, clearTaskSet: 4, logicalUnitReset: 5,
  targetWarmReset: 6, targetColdReset: 7, taskReassign: 8,
  queryTask: 9, queryTaskSet: 10, itNexusReset: 11, queryAsynchronousEvent: 12,
} as const;

export const TASK_RESPONSE = {
  complete: 0, taskDoesNotExist: 1, lunDoesNotExist: 2, taskStillAllegiant: 3,
  reassignmentNotSupported: 4, functionNotSupported: 5, authorizationFailed: 6, succeeded: 7,
  rejected: 255,
} as const;

export const taskManagementRequest = layout(
  { name: 'Task Management Function Request PDU', source: 'RFC 7143 11.5', size: 48 },
  {
    immediate,
    opcode:             opcode(OPCODE.taskManagementRequest, 'Task Management Request'),
    final:              alwaysFinal,
    function:           bits(1, 6, 0, 'Function', { meanings: {
      1: 'ABORT TASK', 2: 'ABORT TASK SET', 3: 'CLEAR ACA', 4: 'CLEAR TASK SET',
      5: 'LOGICAL UNIT RESET', 6: 'TARGET WARM RESET', 7: 'TARGET COLD RESET', 8: 'TASK REASSIGN',
      9: 'QUERY TASK', 10: 'QUERY TASK SET', 11: 'I_T NEXUS RESET',
      12: 'QUERY ASYNCHRONOUS EVENT' } }),
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    lun,
    initiatorTaskTag,
    referencedTaskTag:  u32(20, 'Referenced Task Tag', { hex: true }),
    cmdSn,
    expStatSn,
    refCmdSn:           u32(32, 'RefCmdSN'),
    expDataSn:          u32(36, 'ExpDataSN'),
  },
);

export const taskManagementResponse = layout(
  { name: 'Task Management Function Response PDU', source: 'RFC 7143 11.6', size: 48 },
  {
    opcode:             opcode(OPCODE.taskManagementResponse, 'Task Management Response'),
    final:              alwaysFinal,
    response:           u8(2, 'Response', { meanings: {
      0: 'function complete', 1: 'task does not exist', 2: 'LUN does not exist',
      3: 'task still allegiant', 4: 'task allegiance reassignment not supported',
      5: 'function not supported', 6: 'function authorization failed', 7: 'function succeeded',
      255: 'function rejected' } }),
    totalAhsLength:     noAhs,
    dataSegmentLength:  noData,
    additionalResponseInformation: raw(8, 3, 'Additional Response Information'),
    initiatorTaskTag,
    statSn,
    expCmdSn,
    maxCmdSn,
  },
);
